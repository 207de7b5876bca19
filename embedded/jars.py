"""The Java archives of the embedded Kafka: fetched from Maven Central, verified against a committed lock.

`kafka_jars.lock` is a JSON list of `[group, artifact, version, sha256]`. The resolver (jgo) only warns when a
checksum differs, so every file is hashed here, at each start: 45 files, 45 MB, some 30 ms.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import structlog

LOCK_FILE = Path(__file__).with_name("kafka_jars.lock")
# More did not help: the line, not the number of requests, is the limit.
DOWNLOADS_AT_ONCE = 8
DOWNLOAD_TIMEOUT_S = 60

_log = structlog.get_logger()


class JarMismatch(RuntimeError):
    """A jar is not the one that was locked. It has been deleted; the next start fetches it again."""


class JarUnavailable(RuntimeError):
    """A jar is neither here nor to be had from Maven Central. What was fetched before stays."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One locked archive. `sha256` is 64 lower-case hex digits."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def read_lock(lock: Path = LOCK_FILE) -> list[Jar]:
    """The locked jars, in class path order."""
    return [Jar(*row) for row in json.loads(lock.read_text(encoding="utf-8"))]


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(jar: Jar, path: Path) -> None:
    """Raise `JarMismatch` and delete the file when it is not the locked one."""
    found = sha256_of(path)
    if found != jar.sha256:
        path.unlink()
        raise JarMismatch(f"{jar.filename}: SHA-256 {found}, locked is {jar.sha256}; the file was deleted")


def _download(jar: Jar, cache: Path) -> None:
    """Fetch into a folder of its own, verify, then rename: a file in the cache is never half written."""
    # Imported only for a download: costs 0.3 s, which a warm start need not pay.
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="fetch-", dir=cache) as folder:
        context = MavenContext(
            repo_cache=Path(folder), resolver=PythonResolver(), local_repos=[], timeout=DOWNLOAD_TIMEOUT_S
        )
        component = context.project(jar.group, jar.artifact).at_version(jar.version)
        try:
            fetched = Path(component.artifact().resolve())
        except (OSError, RuntimeError) as error:  # the network's errors are OSErrors, the resolver's RuntimeErrors
            raise JarUnavailable(f"{jar.filename} cannot be fetched: {_innermost(error)}") from error
        verify(jar, fetched)
        fetched.replace(cache / jar.filename)


def _innermost(error: BaseException) -> str:
    """The first cause: a failed download comes wrapped three deep, and the wrappers say nothing."""
    while error.__context__ is not None:
        error = error.__context__
    return str(error) or type(error).__name__


def absent_jars(cache: Path, jars: Sequence[Jar] | None = None) -> list[Jar]:
    """The locked jars that `cache` does not hold yet."""
    return [jar for jar in (read_lock() if jars is None else jars) if not (cache / jar.filename).exists()]


def fetch_jars(cache: Path, progress: Callable[[int, int], None], jars: Sequence[Jar] | None = None) -> None:
    """Fetches what is absent, each verified; calls `progress(fetched, wanted)` from this thread after each.

    Safe for several processes at once. Raises `JarMismatch`, `JarUnavailable`.
    """
    cache.mkdir(parents=True, exist_ok=True)
    absent = absent_jars(cache, jars)
    with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        for count, _ in enumerate(pool.map(lambda jar: _download(jar, cache), absent), start=1):
            progress(count, len(absent))


def ensure_jars(cache: Path, jars: Sequence[Jar] | None = None) -> list[Path]:
    """Paths of all locked jars in `cache`, fetched where absent, each verified. Raises as `fetch_jars`."""
    wanted = read_lock() if jars is None else list(jars)
    if absent := absent_jars(cache, wanted):
        _log.info("fetching jars", count=len(absent), cache=str(cache))
        fetch_jars(cache, lambda _count, _of: None, absent)
    paths = [cache / jar.filename for jar in wanted]
    for jar, path in zip(wanted, paths, strict=True):
        verify(jar, path)
    return paths
