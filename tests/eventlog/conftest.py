from __future__ import annotations

import pytest

from eventlog.codec import Codec
from tests.eventlog.samples import codec_of, grow


@pytest.fixture(scope="session")
def codec(tmp_path_factory: pytest.TempPathFactory) -> Codec:
    """Of the sample events and commands."""
    root = tmp_path_factory.mktemp("avro")
    assert grow(root) == []
    return codec_of(root)
