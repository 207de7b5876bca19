"""The id of an SSE event: the vector of positions delivered so far, so that a reconnect misses and repeats nothing.

`0:12,3:7` says: of partition 0 everything before offset 12 was delivered, of partition 3 everything before 7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from domain.kernel.errors import InvalidInput

MAX_PARTITIONS: Final = 1024
"""As the setting `partitions` allows."""

PAIR: Final = re.compile(r"([0-9]{1,4}):([0-9]{1,18})")
"""partition:offset, the latter within PostgreSQL's bigint."""


def format_vector(vector: Mapping[int, int]) -> str:
    return ",".join(f"{partition}:{offset}" for partition, offset in sorted(vector.items()))


def parse_vector(text: str, partitions: int = MAX_PARTITIONS) -> dict[int, int]:
    """partitions: how many there are. Raises InvalidInput `position_invalid`."""
    vector: dict[int, int] = {}
    pairs = text.split(",", partitions) if text else []
    for pair in pairs:
        match = PAIR.fullmatch(pair)
        if match is None or int(match[1]) >= partitions:
            raise InvalidInput("position_invalid", "expected partition:offset[,partition:offset]")
        vector[int(match[1])] = int(match[2])
    if len(vector) != len(pairs):
        raise InvalidInput("position_invalid", "a partition stands twice")
    return vector
