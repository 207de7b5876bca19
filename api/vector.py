"""The id of an SSE event: the vector of positions delivered so far, so that a reconnect misses and repeats nothing.

`0:12,3:7` says: of partition 0 everything before offset 12 was delivered, of partition 3 everything before 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.kernel.errors import InvalidInput

MAX_PARTITIONS: Final = 1024
"""As the setting `partitions` allows: a longer vector is not one of ours."""


def format_vector(vector: Mapping[int, int]) -> str:
    return ",".join(f"{partition}:{offset}" for partition, offset in sorted(vector.items()))


def parse_vector(text: str) -> dict[int, int]:
    """Raises InvalidInput `position_invalid`."""
    vector: dict[int, int] = {}
    pairs = text.split(",") if text else []
    for pair in pairs:
        partition, colon, offset = pair.partition(":")
        if not (colon and partition.isascii() and partition.isdigit() and offset.isascii() and offset.isdigit()):
            raise InvalidInput("position_invalid", "expected partition:offset[,partition:offset]")
        vector[int(partition)] = int(offset)
    if len(vector) != len(pairs) or len(vector) > MAX_PARTITIONS:
        raise InvalidInput("position_invalid", "a partition stands twice, or there are too many")
    return vector
