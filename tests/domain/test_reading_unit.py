"""Who sees the events of a stream: every kind of stream says it, and for every person's permission somebody may."""

from __future__ import annotations

import pytest

from domain.access.matrix import MATRIX
from domain.access.reading import READ_OF, to_read
from domain.kernel.actor import Permission
from domain.kernel.ids import derived, stream_name
from domain.kernel.stream import STREAMS as ALL_STREAMS
from domain.routing import ROUTES

# Other tests of the same process register small domains of their own.
STREAMS = {category for category, cls in ALL_STREAMS.items() if cls.__module__.startswith("domain.")}


def test_every_category_of_streams_says_who_reads_it_and_no_other_does() -> None:
    assert ROUTES, "routing imports every aggregate"
    assert set(READ_OF) == STREAMS


def test_a_permission_to_read_is_a_persons() -> None:
    for category, permission in READ_OF.items():
        assert permission in MATRIX, category


@pytest.mark.parametrize("category", sorted(READ_OF))
def test_a_stream_is_read_by_its_category(category: str) -> None:
    assert to_read(stream_name(category, derived(category))) is READ_OF[category]


def test_what_nobody_thought_of_is_for_who_reads_the_whole_history() -> None:
    """The control: a category without an entry is not open to everybody."""
    assert to_read(stream_name("novelty", derived("novelty"))) is Permission.HISTORY_READ
    assert to_read(None) is Permission.HISTORY_READ
