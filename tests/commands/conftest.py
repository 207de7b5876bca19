from __future__ import annotations

import pytest

from eventlog.codec import Codec
from tests.commands.tally import make_codec


@pytest.fixture(scope="session")
def codec(tmp_path_factory: pytest.TempPathFactory) -> Codec:
    """Of the tally domain."""
    return make_codec(tmp_path_factory.mktemp("avro"))
