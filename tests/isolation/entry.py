"""How an operation is called so that it would succeed: the words that the table of entries is written in. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.isolation.operations import Operation

TENANT_HEADER: Final = "x-tenant-id"


@dataclass(frozen=True, slots=True)
class Of:
    """The id of a resource of the company. kind: of `estate.KINDS`. form: what the id stands in."""

    kind: str
    form: str = "{}"


@dataclass(frozen=True, slots=True)
class New:
    """A text that no call had before."""

    form: str = "{}"


@dataclass(frozen=True, slots=True)
class Own:
    """Something of who calls: `email`, `password`, `next_password`, `cookie`, `other_session`."""

    what: str


Texts = Mapping[str, Of | New | Own | str]
"""Name → what stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """path: what is not simply the id of the kind that the parameter is named after.
    uses: kinds that a call uses up, each with the kind that is made for every such call.
    company: X-Tenant-ID is sent where the document has it.
    members: who is no member of the company in the body is refused, whatever they may do.
    people: neither a machine nor the bootstrap token is anybody, and they are refused.
    shows_leads: every lead that the caller sees, or something that hangs on it, stands in the answer.
    streams: the answer has no end.
    ends_session: the caller logs in again afterwards.
    reaches: the best status that a call has here, where it is no 2xx.
    body: bytes are sent as they are, anything else as JSON.
    """

    path: Texts = field(default_factory=dict)
    query: Texts = field(default_factory=dict)
    headers: Texts = field(default_factory=dict)
    body: Any = None
    uses: Mapping[str, str] = field(default_factory=dict)
    company: bool = True
    members: bool = False
    people: bool = False
    shows_leads: bool = False
    streams: bool = False
    ends_session: bool = False
    reaches: int = 200


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a request where an id stands. names_company: its id says in whose company the call is made."""

    place: str
    name: str
    kind: str

    @property
    def names_company(self) -> bool:
        return (self.place, self.name) in {("path", "company_id"), ("header", TENANT_HEADER)}


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


Fill = Callable[[Position | None, Of | New | Own], str]
"""What stands for a value; the position is None where no id stands."""


def path_values(operation: Operation, entry: Entry) -> Texts:
    """A parameter's kind is its name: `lead_id` is a lead."""
    return {name: entry.path.get(name, Of(name.removesuffix("_id"))) for name in operation.path_ids}


def sends_company(operation: Operation, entry: Entry) -> bool:
    """By X-Tenant-ID, as its document says."""
    return operation.company_header and entry.company


def names_company(operation: Operation, entry: Entry) -> bool:
    return operation.company_in_path or sends_company(operation, entry)


def positions(operation: Operation, entry: Entry) -> tuple[Position, ...]:
    """All places where an id stands. X-Tenant-ID is one of every guarded operation: what the document does not mention
    is looked at all the same."""
    found: list[Position] = []

    def note(position: Position | None, value: Of | New | Own) -> str:
        if position is not None:
            found.append(position)
        return ""

    request(operation, entry, note, company=operation.permission is not None)
    return tuple(found)


def request(operation: Operation, entry: Entry, fill: Fill, *, company: bool = False) -> Request:
    """company: X-Tenant-ID is sent even if the operation does not ask for it."""
    path = operation.path
    for name, value in path_values(operation, entry).items():
        path = path.replace(f"{{{name}}}", _text("path", name, value, fill))
    headers = {name: _text("header", name, value, fill) for name, value in entry.headers.items()}
    if company or sends_company(operation, entry):
        headers[TENANT_HEADER] = fill(Position("header", TENANT_HEADER, "company"), Of("company"))
    query = {name: _text("query", name, value, fill) for name, value in entry.query.items()}
    return Request(operation.method, path, query, headers, _body(entry.body, "", fill))


def _text(place: str, name: str, value: Of | New | Own | str, fill: Fill) -> str:
    if isinstance(value, str):
        return value
    return fill(Position(place, name, value.kind) if isinstance(value, Of) else None, value)


def _body(value: Any, at: str, fill: Fill) -> Any:
    if isinstance(value, Of | New | Own):
        return _text("body", at, value, fill)
    if isinstance(value, Mapping):
        return {name: _body(inner, f"{at}.{name}" if at else name, fill) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_body(inner, f"{at}.{index}" if at else str(index), fill) for index, inner in enumerate(value)]
    return value


def values_of(entry: Entry) -> Iterator[Any]:
    """All values that an entry is made of, those of the body one by one."""
    yield from (*entry.path.values(), *entry.query.values(), *entry.headers.values())
    waiting = [entry.body]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += value.values()
        elif isinstance(value, list | tuple):
            waiting += value
        else:
            yield value
