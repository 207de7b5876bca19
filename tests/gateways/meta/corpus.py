"""Third-party payloads and vectors, where they are; they are read and never kept here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

FOLDER = Path(__file__).parents[3].parent / "shared/corpus/meta_capi"


def corpus(name: str) -> Any:
    """Skips the test where the shared corpus is not."""
    file = FOLDER / f"{name}.json"
    if not file.exists():
        pytest.skip("the shared corpus is not here")
    return orjson.loads(file.read_bytes())
