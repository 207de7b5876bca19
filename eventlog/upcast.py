"""Old events in today's words. A changed event is a new topic; its old records stay as they are and are read so.

An upcaster gets an old record as its Avro dictionary (with `meta`; times are microseconds since 1970) and gives back
the topic and dictionary that mean the same today. It is pure and total: it fails for no record that was ever written.
Chains are followed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

Avro = dict[str, Any]
Upcaster = Callable[[Avro], tuple[str, Avro]]

UPCASTERS: Final[dict[str, Upcaster]] = {}
"""Retired topic → upcaster. `eventlog.generate` refuses to retire a topic that has none."""


def upcast(topic: str, record: Avro, upcasters: Mapping[str, Upcaster] = UPCASTERS) -> tuple[str, Avro]:
    """The record in its newest topic; itself if that topic was never retired."""
    while (step := upcasters.get(topic)) is not None:
        topic, record = step(record)
    return topic, record
