"""Ops of a batch → one op a row → one statement for each (table, operation, columns)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from domain.kernel.event import Event
from projections.engine.columns import REQUIRED
from projections.engine.ops import Add, Handler, Kind, Latest, Max, Op, Ops, then
from projections.engine.seen import Seen
from projections.engine.table import SCHEMA, Table

Shape = tuple[tuple[str, str], ...]
"""(column, wish), wish: `set`, `add`, `max` or `latest <column of its time>`."""

RowKey = tuple[Any, ...]


class Statement(NamedTuple):
    """`query` with one array for each `%b`."""

    query: str
    arrays: list[list[Any]]


class Projection:
    """The tables by the events that touch them."""

    def __init__(self, tables: Iterable[type[Table]]) -> None:
        self.tables = tuple(tables)
        self._handlers: dict[type[Event], list[tuple[type[Table], Handler]]] = {}
        for table in self.tables:
            for event_class, handler in table().handlers.items():
                self._handlers.setdefault(event_class, []).append((table, handler))

    def ops(self, seen: Seen[Any]) -> list[tuple[type[Table], Op]]:
        """What the event does, before anything is merged. Raises whatever a handler raises."""
        wished = []
        for table, handler in self._handlers.get(type(seen.event), ()):
            for op in _listed(handler(seen)):
                company = op.company or seen.meta.tenant
                wished.append((table, Op(op.kind, (company, *op.key), op.values)))
        return wished


class Batch:
    """One op for each row, merged as they come."""

    def __init__(self) -> None:
        self._rows: dict[type[Table], dict[RowKey, Op]] = {}

    def add(self, table: type[Table], op: Op) -> None:
        rows = self._rows.setdefault(table, {})
        before = rows.get(op.key)
        rows[op.key] = op if before is None else then(before, op, table.DEFAULTS)

    @property
    def rows(self) -> Mapping[type[Table], Mapping[RowKey, Op]]:
        """The one op of each row."""
        return self._rows

    def statements(self) -> Iterator[Statement]:
        """A row is in exactly one of them, so that their order does not matter."""
        for table, rows in self._rows.items():
            groups: dict[tuple[Kind, Shape], list[Op]] = {}
            for op in rows.values():
                shape = table.PUT_SHAPE if op.kind is Kind.PUT else _shape(op.values)
                groups.setdefault((op.kind, shape), []).append(op)
            for (kind, shape), group in groups.items():
                yield Statement(query_of(table, kind, shape), _arrays(table, kind, shape, group))


def _listed(ops: Ops) -> tuple[Op, ...]:
    return (ops,) if isinstance(ops, Op) else ops or ()


_WISHES: Final[Mapping[type, str]] = {Add: "add", Max: "max"}


def _shape(values: Mapping[str, Any]) -> Shape:
    return tuple([(name, _wish(values[name])) for name in sorted(values)])


def _wish(value: Any) -> str:
    return f"latest {value.by}" if isinstance(value, Latest) else _WISHES.get(type(value), "set")


def _arrays(table: type[Table], kind: Kind, shape: Shape, group: list[Op]) -> list[list[Any]]:
    """One array for each column, filled column by column: a batch has few columns and many rows."""
    arrays = [[op.key[index] for op in group] for index in range(len(table.identity()))]
    values = [op.values for op in group]
    if kind is Kind.PUT:
        arrays += _whole(table, values)
    else:
        for name, wish in shape:
            attribute = {"add": "n", "max": "value", "latest": "value"}.get(wish.partition(" ")[0])
            column = [row[name] for row in values]
            arrays.append(column if attribute is None else [getattr(wished, attribute) for wished in column])
    names = (*table.identity(), *(name for name, _ in shape))
    return [table.column(name).encode_all(array) for name, array in zip(names, arrays, strict=True)]


def _whole(table: type[Table], rows: list[Mapping[str, Any]]) -> list[list[Any]]:
    """Whole rows with their defaults. Raises TypeError where a required column is missing or a name is unknown."""
    names = [name for name, _ in table.PUT_SHAPE]
    known = set(names)
    for row in rows:
        if not row.keys() <= known:
            raise TypeError(f"{table.__name__}: put of unknown columns {sorted(row.keys() - known)}")
    columns = []
    for name in names:
        default = table.DEFAULTS.get(name, REQUIRED)
        column = [row.get(name, default) for row in rows]
        if default is REQUIRED and any(value is REQUIRED for value in column):
            raise TypeError(f"{table.__name__}: put without {name}")
        columns.append(column)
    return columns


_QUERIES: Final[dict[tuple[type[Table], Kind, Shape], str]] = {}
"""Handlers have a fixed set of shapes: a few dozen texts."""


def query_of(table: type[Table], kind: Kind, shape: Shape) -> str:
    """The statement of a group."""
    made = _QUERIES.get((table, kind, shape))
    if made is None:
        made = _QUERIES[table, kind, shape] = _query(table, kind, shape)
    return made


def _query(table: type[Table], kind: Kind, shape: Shape) -> str:
    target = f"{SCHEMA}.{table.NAME}"
    key = table.identity()
    names = [*key, *(name for name, _ in shape)]
    arrays = ", ".join(f"%b::{table.column(name).type.sent}[]" for name in names)
    source = f"unnest({arrays}) as s({_list(names)})"
    same_row = " and ".join(f't."{name}" = s."{name}"' for name in key)
    if kind is Kind.REMOVE:
        return f"delete from {target} t using {source} where {same_row}"  # noqa: S608 - names are ours
    if kind is Kind.CHANGE:
        sets = ", ".join(_set(table, name, wish, "s") for name, wish in shape)
        return f"update {target} t set {sets} from {source} where {same_row}"  # noqa: S608 - names are ours
    picks = ", ".join(f's."{name}"{_cast(table, name)}' for name in names)
    sets = ", ".join(_set(table, name, wish, "excluded") for name, wish in shape)
    action = f"update set {sets}" if sets else "nothing"
    return (
        f"insert into {target} as t ({_list(names)}) select {picks} from {source}"  # noqa: S608 - names are ours
        f" on conflict ({_list(table.primary_key())}) do {action}"
    )


def _set(table: type[Table], name: str, wish: str, source: str) -> str:
    new = f'{source}."{name}"' + (_cast(table, name) if source == "s" else "")
    if wish == "add":
        new = f't."{name}" + {new}'
    elif wish == "max":
        new = f'greatest(t."{name}", {new})'
    elif wish.startswith("latest "):
        by = wish.removeprefix("latest ")
        new = f'case when t."{by}" > {source}."{by}" then t."{name}" else {new} end'
    return f'"{name}" = {new}'


def _cast(table: type[Table], name: str) -> str:
    type_ = table.column(name).type
    return "" if type_.sent == type_.sql else f"::{type_.sql}"


def _list(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
