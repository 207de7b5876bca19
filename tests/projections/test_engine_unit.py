"""The engine: a read model is about fifteen lines, and cannot be declared wrongly without being told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.conversation import events as c
from domain.kernel.errors import InvalidInput
from projections.engine.batch import Batch, Projection, query_of
from projections.engine.columns import Int, Json, Text, Time
from projections.engine.ops import Add, Kind, Latest, Max, Op, Ops, change, put, remove, then, upsert
from projections.engine.seen import Seen
from projections.engine.table import Table
from projections.headers import pack, unpack
from projections.read.page import MAX_LIMIT, decode_cursor, encode_cursor, limit_of
from proof.ground.histories import COMPANY, Log, Story


class Moods(Table):
    """Fifteen lines, without docstring and imports."""

    INDEXES = ("(company_id, last_at)",)

    id: Text
    lead_id: Text
    mood: Text = "it's new"
    messages: Int = 0
    last_at: Time | None

    def ConversationStarted(self, e: Seen[c.ConversationStarted]) -> Ops:
        return put(e.event.conversation, lead_id=e.event.lead)

    def MessageReceived(self, e: Seen[c.MessageReceived]) -> Ops:
        return change(e.event.conversation, messages=Add(1), last_at=Max(e.at))


def test_a_table_of_fifteen_lines_has_its_ddl_and_one_statement_for_a_whole_batch() -> None:
    log = Log(1)
    ana = Story(log)
    ana.arrives()
    ana.writes()
    ana.writes()
    projection, batch = Projection([Moods]), Batch()
    for commit in log.commits:
        for index, e in enumerate(commit.events):
            seen: Seen[Any] = Seen(e.event, e.meta, commit.first_offset + index)
            for table, op in projection.ops(seen):
                batch.add(table, op)
    (statement,) = batch.statements()
    last_at = log.commits[-1].events[0].at
    # company, id, then the columns by name
    assert statement.arrays == [[COMPANY], [ana.conversation], [last_at], [ana.lead], [2], ["it's new"]]
    assert statement.query.startswith('insert into core.moods as t ("company_id", "id", "last_at"')
    made, index_ = Moods.ddl()
    assert "\"mood\" text not null default 'it''s new'" in made
    assert "moods_1" in index_


def test_each_operation_is_one_statement_over_arrays() -> None:
    changed = query_of(Moods, Kind.CHANGE, (("last_at", "max"), ("messages", "add")))
    assert 'set "last_at" = greatest(t."last_at", s."last_at"), "messages" = t."messages" + s."messages"' in changed
    said = query_of(Moods, Kind.CHANGE, (("last_at", "max"), ("mood", "latest last_at")))
    assert '"mood" = case when t."last_at" > s."last_at" then t."mood" else s."mood" end' in said
    assert query_of(Moods, Kind.REMOVE, ()).startswith("delete from core.moods t using unnest(%b::text[], %b::text[])")
    assert query_of(Moods, Kind.UPSERT, (("messages", "add"),)).endswith(
        'do update set "messages" = t."messages" + excluded."messages"'
    )


def test_a_put_that_forgets_a_column_or_names_another_is_an_error() -> None:
    for op in (put("k"), put("k", lead_id="x", colour="red")):
        batch = Batch()
        batch.add(Moods, Op(op.kind, (COMPANY, *op.key), op.values))
        with pytest.raises(TypeError):
            list(batch.statements())


def test_a_handler_must_be_annotated_with_the_event_of_its_name() -> None:
    class Wrong(Table):
        id: Text

        def MessageReceived(self, e: Seen[c.MessageEdited]) -> Ops:
            return remove(e.event.conversation)

    with pytest.raises(TypeError, match="MessageReceived"):
        _ = Wrong().handlers


def test_a_key_must_name_columns() -> None:
    with pytest.raises(TypeError, match="KEY"):
        type("Keyless", (Table,), {"KEY": ("nothing",), "__annotations__": {"id": Text}})


def test_what_postgres_cannot_hold_is_replaced() -> None:
    class Odd(Table):
        id: Text
        content: Json

    content = Odd.column("content")
    assert content.encode({"a\x00": ["b\x00", 1]}) == '{"a\ufffd":["b\ufffd",1]}'
    assert content.encode(None) is None
    assert Odd.column("id").encode("x\x00") == "x\ufffd"


Row = dict[str, Any] | None
MOMENTS = st.integers(1, 4).map(lambda n: datetime(2026, 1, n, tzinfo=UTC))


def wishes(touch: Callable[..., Op]) -> st.SearchStrategy[Op]:
    """touch: `change` or `upsert`: a table uses one of them."""
    return st.one_of(
        st.builds(lambda n, m: put("k", a=n, b=m), st.integers(0, 5), st.integers(0, 5)),
        st.builds(lambda n: touch("k", a=Add(n)), st.integers(-3, 3)),
        st.builds(lambda n: touch("k", b=Max(n)), st.integers(0, 9)),
        st.builds(lambda n: touch("k", a=n), st.integers(0, 5)),
        st.builds(lambda word, at: touch("k", c=Latest(word, "d", at), d=Max(at)), st.text("xyz", max_size=1), MOMENTS),
        st.just(remove("k")),
    )


HISTORIES = st.sampled_from([change, upsert]).flatmap(lambda touch: st.lists(wishes(touch), min_size=1, max_size=8))
DEFAULTS: dict[str, Any] = {"a": 0, "b": 0, "c": None, "d": None}
ROWS = [None, {**DEFAULTS, "a": 2, "b": 4}, {**DEFAULTS, "c": "w", "d": datetime(2026, 1, 3, tzinfo=UTC)}]


def meant(row: Row, op: Op) -> Row:
    """What an op does to a row, said as plainly as possible."""
    if op.kind is Kind.REMOVE:
        return None
    if op.kind is Kind.PUT:
        return {**DEFAULTS, **op.values}
    base = row if row is not None else dict(DEFAULTS) if op.kind is Kind.UPSERT else None
    if base is None:
        return None
    after = dict(base)
    for name, wish in op.values.items():
        after[name] = (
            after[name] + wish.n if isinstance(wish, Add)
            else max(after[name] or wish.value, wish.value) if isinstance(wish, Max)
            else wish.value if isinstance(wish, Latest) and (base["d"] is None or base["d"] <= wish.at)
            else after[name] if isinstance(wish, Latest) else wish
        )  # fmt: skip
    return after


@given(
    HISTORIES,
    st.sampled_from(
        [None, {**DEFAULTS, "a": 2, "b": 4}, {**DEFAULTS, "c": "w", "d": datetime(2026, 1, 3, tzinfo=UTC)}]
    ),
)
def test_one_merged_op_does_what_all_of_them_do_in_turn(ops: list[Op], row: Row) -> None:
    in_turn, merged = row, ops[0]
    for op in ops:
        in_turn = meant(in_turn, op)
    for op in ops[1:]:
        merged = then(merged, op, DEFAULTS)
    assert meant(row, merged) == in_turn


def test_control_merging_in_another_order_would_differ() -> None:
    first, second = put("k", a=1, b=0), change("k", a=Add(1))
    assert meant(None, then(first, second, DEFAULTS)) != meant(None, then(second, first, DEFAULTS))


def test_mixes_that_no_single_op_can_say_are_errors() -> None:
    with pytest.raises(TypeError):
        then(change("k", a=1), upsert("k", a=1), DEFAULTS)
    with pytest.raises(TypeError):
        then(change("k", a=Add(1)), change("k", a=Max(1)), DEFAULTS)
    with pytest.raises(TypeError):
        then(change("k", a=1), change("k", a=Latest(1, "d", datetime(2026, 1, 1, tzinfo=UTC))), DEFAULTS)


@given(st.lists(st.tuples(st.text(), st.binary())))
def test_headers_come_back_as_they_were(headers: list[tuple[str, bytes]]) -> None:
    assert unpack(pack(tuple(headers))) == tuple(headers)


def test_cursors_come_back_typed_and_foreign_ones_are_refused() -> None:
    at = datetime(2026, 11, 25, tzinfo=UTC)
    assert decode_cursor(encode_cursor(at, "x", 3), datetime, str, int) == (at, "x", 3)
    for bad in ("", "???", "bm90IGpzb24", encode_cursor("x"), encode_cursor(1, "x", 3), encode_cursor(at, 1, 1)):
        with pytest.raises(InvalidInput):
            decode_cursor(bad, datetime, str, int)
    with pytest.raises(InvalidInput):
        decode_cursor(encode_cursor("2026-11-25T00:00:00"), datetime)  # naive
    assert limit_of(MAX_LIMIT) == MAX_LIMIT
    for limit in (0, MAX_LIMIT + 1):
        with pytest.raises(InvalidInput):
            limit_of(limit)
