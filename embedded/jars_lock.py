"""Makes `kafka_jars.lock` anew: `python -m embedded.jars_lock`, run by hand when Kafka's version changes.

The transitive closure in compile and runtime scope, unpruned: Kafka needs jars that look superfluous
(commons-*, argparse4j, HdrHistogram, re2j, log4j).
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from jgo.maven import Dependency, MavenContext, PythonResolver

from embedded.jars import LOCK_FILE, sha256_of

ROOTS = (
    ("org.apache.kafka", "kafka_2.13", "4.4.0"),
    # Kafka ships no slf4j binding; without one no error is ever shown.
    ("org.slf4j", "slf4j-simple", "1.7.36"),
)
SCOPES = frozenset({"compile", "runtime"})


def resolve(cache: Path) -> list[tuple[str, str, str, str]]:
    """Rows `(group, artifact, version, sha256)` of the closure of `ROOTS`, roots first."""
    context = MavenContext(repo_cache=cache, resolver=PythonResolver(), local_repos=[])
    roots = [Dependency(context.project(g, a).at_version(v).artifact(), scope="compile") for g, a, v in ROOTS]
    inputs, transitive = context.resolver.resolve(roots)
    closure = [*inputs, *(dep for dep in transitive if dep.scope in SCOPES and dep.type == "jar")]
    return [(d.groupId, d.artifactId, d.version, sha256_of(Path(d.artifact.resolve()))) for d in closure]


def main() -> None:
    """Resolve, hash and write the lock, one row a line so that a change reads well in a diff."""
    with tempfile.TemporaryDirectory() as cache:
        rows = resolve(Path(cache))
    body = ",\n".join(json.dumps(row) for row in rows)
    LOCK_FILE.write_text(f"[\n{body}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
