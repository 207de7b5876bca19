"""Where figures go: to the reader, and into results/."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import orjson

RESULTS: Final = Path(__file__).parent / "results"


def publish(result: dict[str, Any], *, write: bool = True) -> None:
    """result: with its `id`, V and a number or a name, which names the file."""
    text = orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n"
    sys.stdout.write(text.decode())
    if write:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{result['id'].lower()}.json").write_bytes(text)
