from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from eventlog.codec import Codec
from proof.ground.field import Field
from proof.ground.tallies import make_codec


@pytest.fixture(scope="session")
def codec(tmp_path_factory: pytest.TempPathFactory) -> Codec:
    """Of the tally domain."""
    return make_codec(tmp_path_factory.mktemp("avro"))


@pytest.fixture
async def field(kafka: str, codec: Codec) -> AsyncIterator[Field]:
    field = Field(kafka, codec, partitions=3)
    await field.make()
    yield field
    await field.close()
