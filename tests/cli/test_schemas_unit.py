"""The committed ids in a registry: given, complete, the same at every run."""

from __future__ import annotations

import pytest

from cli.schemas import Registered, register
from domain.kernel.errors import Misconfigured, Unavailable
from eventlog.book import Book
from tests.cli.registry import make_registry, serving

BOOK = Book.load()


async def test_every_schema_gets_its_own_id_and_a_second_run_changes_nothing() -> None:
    app = make_registry()
    with serving(app) as url:
        assert await register(url, BOOK) == Registered(len(BOOK.entries), 0)
        assert {id_: text.encode() for id_, text in app.state.schemas.items()} == {
            entry.id: BOOK.raw(entry) for entry in BOOK.entries.values()
        }
        assert not app.state.modes  # no subject is left open for imports
        assert await register(url, BOOK) == Registered(0, len(BOOK.entries))


async def test_an_id_that_stands_for_something_else_is_told() -> None:
    app = make_registry()
    taken = min(BOOK.entries)
    app.state.schemas[taken] = '{"type": "record", "name": "Other", "fields": []}'
    with serving(app) as url, pytest.raises(Misconfigured, match=f"id {taken} is not"):
        await register(url, BOOK)


async def test_a_registry_that_is_away_is_told() -> None:
    with pytest.raises(Unavailable, match="registry_unavailable"):
        await register("http://127.0.0.1:9", BOOK)
