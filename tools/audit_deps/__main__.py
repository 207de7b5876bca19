"""`python -m tools.audit_deps [URL]`: exit 1 when a locked package has a known vulnerability that a newer one mends.

URL: of an index with PyPI's JSON interface. Where it cannot be asked, that is said in capitals and exit is 0: a machine
without the net must be able to run the CI, and the next one with it finds what this one missed.
"""

from __future__ import annotations

import asyncio
import sys
import tomllib
from pathlib import Path
from typing import Final

from tools.audit_deps.ask import PYPI, Answers, ask
from tools.audit_deps.verdict import locked

LOCK: Final = Path(__file__).resolve().parents[2] / "uv.lock"
SHOWN: Final = 5
"""Unanswered packages that are named."""


def report(asked: int, answers: Answers) -> tuple[list[str], int]:
    """(lines, exit code)."""
    lines = [f"{'FAILS ' if each.fails else 'told  '} {each.line()}" for each in answers.findings]
    if missing := answers.unanswered:
        some = ", ".join(f"{package.name} ({why})" for package, why in list(missing.items())[:SHOWN])
        lines.append(f"WARNING: {len(missing)} OF {asked} PACKAGES WERE NOT AUDITED: {some}")
    fails = sum(each.fails for each in answers.findings)
    lines.append(f"{asked - len(missing)} packages audited, {fails} fixable findings")
    return lines, 1 if fails else 0


def main() -> int:
    packages = locked(tomllib.loads(LOCK.read_text()))
    answers = asyncio.run(ask(packages, sys.argv[1] if len(sys.argv) > 1 else PYPI))
    lines, code = report(len(packages), answers)
    sys.stderr.write("\n".join(lines) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
