"""Runs the benchmarks one after the other, each in a process of its own, and adds the machine's facts to its results.

    python -m benchmarks [v1 v3 audit-verify …]

A benchmark is a module `benchmarks/v<N>_<name>.py` with a `main`; it writes `benchmarks/results/v<N>.json`, and may
write more than one. Those beside the scoreboard's have a name for a number. Exit status 1 when one of them failed; the
others are run nevertheless.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks.machine import facts
from benchmarks.publish import RESULTS

FOLDER: Final = Path(__file__).parent

BESIDE: Final = ("audit_verify", "edge")
"""Benchmarks of what the scoreboard has no number for; the id is the name, with a dash."""


def modules(wanted: list[str]) -> list[str]:
    """Names of the modules, in order of their numbers, then those without; all, or those of the wanted ids."""
    found = [file.stem for file in FOLDER.glob("v*_*.py") if "\ndef main()" in file.read_text()]
    found.sort(key=lambda name: (int(name.split("_")[0][1:]), name))
    numbered = [name for name in found if not wanted or name.split("_")[0] in wanted]
    return [*numbered, *(name for name in BESIDE if not wanted or name.replace("_", "-") in wanted)]


def run(name: str) -> bool:
    """Whether it ended well. What it wrote gets the facts of the machine as it was before."""
    machine, began = facts(), time.time()
    sys.stdout.write(f"--- {name}\n")
    sys.stdout.flush()
    ended = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=FOLDER.parent, check=False).returncode
    for file in sorted(RESULTS.glob("*.json")):
        if file.stat().st_mtime >= began:
            result: dict[str, Any] = orjson.loads(file.read_bytes())
            result["machine"] = machine
            file.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")
    return ended == 0


def main() -> int:
    RESULTS.mkdir(exist_ok=True)
    failed = [name for name in modules([each.lower() for each in sys.argv[1:]]) if not run(name)]
    if failed:
        sys.stderr.write(f"failed: {', '.join(failed)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
