"""`make bench`: every benchmark of this folder, one after the other, each in a process of its own.

Each measures its hop and its floor in the same run and writes `results/<id>.json`. Nothing is gated on a figure.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> int:
    """1 if any of them could not be run."""
    failed = 0
    for file in sorted(Path(__file__).parent.glob("v[0-9]*_*.py")):
        if file.stem.endswith("_server"):
            continue  # started by its benchmark
        print(f"== {file.stem}", flush=True)
        failed |= subprocess.run([sys.executable, "-m", f"benchmarks.{file.stem}"], check=False).returncode != 0
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
