"""A table as a class: columns by annotation, one method for each event that touches it, named after the event."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final, get_args, get_type_hints

from domain.events import EVENTS
from domain.kernel.event import Event
from projections.engine.columns import REQUIRED, Column, Text, columns_of
from projections.engine.ops import Handler

SCHEMA: Final = "core"

COMPANY: Final = "company_id"


class Table:
    """Base of all tables. Every row belongs to a company; its primary key is (company_id, *KEY).

    A handler `def MessageReceived(self, e: Seen[MessageReceived]) -> Ops` sees the event with its words in plain. It
    touches rows of the event's own journey only, and takes what is foreign from the event: partitions interleave
    differently on every rebuild, the tables must not.
    """

    KEY: ClassVar[tuple[str, ...]] = ("id",)
    GLOBAL: ClassVar[bool] = False  # KEY alone is the primary key: a position of the log is nobody's own
    INDEXES: ClassVar[tuple[str, ...]] = ()
    # The column with the lead's id, or else with its conversation's (see `eraser`); or the event that a handler of the
    # table empties them at.
    ERASED_BY: ClassVar[str] = ""
    NAME: ClassVar[str] = ""
    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    DEFAULTS: ClassVar[Mapping[str, Any]] = {}
    PUT_SHAPE: ClassVar[tuple[tuple[str, str], ...]] = ()  # of a whole row: every column beside the key is set

    _BY_NAME: ClassVar[Mapping[str, Column]] = {}

    company_id: Text

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.NAME = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()
        cls.COLUMNS = columns_of(cls)
        cls.DEFAULTS = {c.name: c.default for c in cls.COLUMNS if c.default is not REQUIRED}
        names = {column.name for column in cls.COLUMNS}
        cls.PUT_SHAPE = tuple((name, "set") for name in sorted(names - set(cls.identity())))
        cls._BY_NAME = {column.name: column for column in cls.COLUMNS}
        if not set(cls.KEY) < names:
            raise TypeError(f"{cls.__name__}: KEY names columns that are not there")
        if any(column.personal for column in cls.COLUMNS) != bool(cls.ERASED_BY):
            raise TypeError(f"{cls.__name__}: personal columns and ERASED_BY come together")
        if cls.ERASED_BY and cls.ERASED_BY not in names and cls.ERASED_BY not in vars(cls):
            raise TypeError(f"{cls.__name__}: ERASED_BY is neither a column nor an event with a handler")

    @property
    def handlers(self) -> dict[type[Event], Handler]:
        """Event class → handler. Raises TypeError when a name and its annotation disagree."""
        found: dict[type[Event], Handler] = {}
        for name, member in vars(type(self)).items():
            if not name[0].isupper() or not callable(member):
                continue
            seen = get_type_hints(member).get("e")
            if name not in EVENTS or EVENTS[name] not in _members(seen):
                raise TypeError(f"{type(self).__name__}.{name} is not annotated with the event of its name")
            found[EVENTS[name]] = getattr(self, name)
        return found

    @classmethod
    def column(cls, name: str) -> Column:
        return cls._BY_NAME[name]

    @classmethod
    def identity(cls) -> tuple[str, ...]:
        """What the key of an op names."""
        return (COMPANY, *cls.KEY)

    @classmethod
    def primary_key(cls) -> tuple[str, ...]:
        return cls.KEY if cls.GLOBAL else cls.identity()

    @classmethod
    def eraser(cls) -> str | None:
        """The statement that empties personal columns of leads, by two arrays (company, lead): what is left is what a
        rebuild makes with a tombstone for a key. None where nothing of a lead is."""
        if cls.ERASED_BY not in cls._BY_NAME:
            return None
        sets = [f'"{column.name}" = null' for column in cls.COLUMNS if column.personal]
        if "erased" in cls._BY_NAME:
            sets.append("erased = true")
        mine = f't."{cls.ERASED_BY}" = s.lead'
        if cls.ERASED_BY == "conversation_id":
            mine = (
                f"t.conversation_id in (select c.id from {SCHEMA}.conversations c"  # noqa: S608 - names are ours
                " where c.company_id = s.company and c.lead_id = s.lead)"
            )
        return (
            f"update {SCHEMA}.{cls.NAME} t set {', '.join(sets)}"  # noqa: S608 - names are ours
            f" from unnest(%b::text[], %b::text[]) as s(company, lead) where t.company_id = s.company and {mine}"
        )

    @classmethod
    def ddl(cls) -> list[str]:
        """Idempotent statements. `fillfactor` leaves room for updates within the page (HOT). No statistics of personal
        columns: PostgreSQL would copy the commonest words into its catalogue, where no erasure finds them."""
        table = f"{SCHEMA}.{cls.NAME}"
        columns = ", ".join(column.ddl() for column in cls.COLUMNS)
        key = ", ".join(f'"{name}"' for name in cls.primary_key())
        made = f"create table if not exists {table} ({columns}, primary key ({key})) with (fillfactor = 90)"
        indexes = (
            f"create {'unique ' if on.startswith('unique ') else ''}index if not exists"
            f" {cls.NAME}_{n} on {table} {on.removeprefix('unique ')}"
            for n, on in enumerate(cls.INDEXES, 1)
        )
        silent = (
            f'alter table {table} alter column "{column.name}" set statistics 0'
            for column in cls.COLUMNS
            if column.personal
        )
        return [made, *indexes, *silent]


def _members(seen: Any) -> tuple[Any, ...]:
    """`Seen[A]` → (A,), `Seen[A | B]` → (A, B)."""
    inner = get_args(seen)
    return (*inner, *(member for part in inner for member in get_args(part)))
