from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from proof.ground.field import Field
from proof.ground.tallies import make_codec
from proof.harm.writers import Writers, writers_on


@pytest.fixture
async def field(kafka: str, tmp_path: Path) -> AsyncIterator[Field]:
    field = Field(kafka, make_codec(tmp_path / "schemas"), partitions=2)
    await field.make()
    yield field
    await field.close()


@pytest.fixture
def writers(field: Field, tmp_path: Path) -> Iterator[Writers]:
    with writers_on(field, tmp_path, tmp_path / "schemas") as writers:
        yield writers
