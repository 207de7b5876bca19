"""Where proofs leave their figures: one JSON file for each, n and seed in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import orjson

FOLDER: Final = Path(__file__).parent / "results"


def keep(name: str, figures: Mapping[str, float]) -> None:
    """Only long runs are kept; a short one must not replace its figures."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
