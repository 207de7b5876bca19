"""Project laws as AST lints: `python -m tools.lints`. Exit 1 and one line a finding.

A line that must break a law says `# lint: allow CODE reason`; an allow without a reason is a finding itself.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from tools.lints.laws import LAWS, Finding

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (
    "domain", "eventlog", "commands", "projections", "vault", "gateways", "streams", "api", "cli", "simulators",
    "embedded", "proof", "tools", "benchmarks", "tests",
)  # fmt: skip


def check_source(path: str, source: str) -> list[Finding]:
    """All findings of one file. path: relative to the repository, with forward slashes."""
    tree = ast.parse(source)
    lines = source.splitlines()
    found: list[Finding] = []
    for law in LAWS:
        for finding in law(path, tree):
            allow = f"# lint: allow {finding.code}"
            line = lines[finding.line - 1] if finding.line <= len(lines) else ""
            if allow not in line:
                found.append(finding)
            elif not line.split(allow, 1)[1].strip():
                found.append(Finding("L000", finding.line, f"allow {finding.code} needs a reason"))
    return found


def main() -> int:
    count = 0
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            path = file.relative_to(ROOT).as_posix()
            for finding in check_source(path, file.read_text()):
                count += 1
                sys.stdout.write(f"{path}:{finding.line}: {finding.code} {finding.text}\n")
    sys.stdout.write(f"{count} findings\n" if count else "project laws hold\n")
    return 1 if count else 0


if __name__ == "__main__":
    raise SystemExit(main())
