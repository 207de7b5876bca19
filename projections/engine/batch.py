"""Ops of a batch → one op a row → one statement for each (table, operation, columns)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from domain.kernel.event import Event
from projections.engine.columns import REQUIRED
from projections.engine.ops import Add, Handler, Kind, Max, Op, Ops, then
from projections.engine.seen import Seen
from projections.engine.table import SCHEMA, Table

Shape = tuple[tuple[str, str], ...]
"""(column, wish), wish: `set`, `add` or `max`."""

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

    def statements(self) -> Iterator[Statement]:
        """A row is in exactly one of them, so that their order does not matter."""
        for table, rows in self._rows.items():
            groups: dict[tuple[Kind, Shape], list[tuple[Op, Mapping[str, Any]]]] = {}
            for op in rows.values():
                values = _whole(table, op) if op.kind is Kind.PUT else op.values
                shape = tuple((name, _wish(value)) for name, value in sorted(values.items()))
                groups.setdefault((op.kind, shape), []).append((op, values))
            for (kind, shape), group in groups.items():
                yield Statement(query_of(table, kind, shape), _arrays(table, shape, group))


def _listed(ops: Ops) -> tuple[Op, ...]:
    return ops if isinstance(ops, tuple) else () if ops is None else (ops,)


def _whole(table: type[Table], op: Op) -> dict[str, Any]:
    """A put's row with its defaults. Raises TypeError where a required column is missing or a name is unknown."""
    row = {**table.DEFAULTS, **op.values}
    wanted = {column.name for column in table.COLUMNS} - set(table.identity())
    row = {name: value for name, value in row.items() if name not in table.identity()}
    if row.keys() != wanted or REQUIRED in row.values():
        raise TypeError(f"{table.__name__}: put of {sorted(row)}, the columns are {sorted(wanted)}")
    return row


def _wish(value: Any) -> str:
    return "add" if isinstance(value, Add) else "max" if isinstance(value, Max) else "set"


def _plain(value: Any) -> Any:
    return value.n if isinstance(value, Add) else value.value if isinstance(value, Max) else value


def _arrays(table: type[Table], shape: Shape, group: list[tuple[Op, Mapping[str, Any]]]) -> list[list[Any]]:
    keys = [
        [table.column(name).encode(op.key[index]) for op, _ in group] for index, name in enumerate(table.identity())
    ]
    columns = [(table.column(name), name) for name, _ in shape]
    return keys + [[column.encode(_plain(values[name])) for _, values in group] for column, name in columns]


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
    return f'"{name}" = {new}'


def _cast(table: type[Table], name: str) -> str:
    type_ = table.column(name).type
    return "" if type_.sent == type_.sql else f"::{type_.sql}"


def _list(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
