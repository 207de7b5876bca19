"""All cases: every operation by everybody, once as it should be, and once for each id that could be another company's,
or a lead's that not everybody sees. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from tests.isolation.cast import Actor, Known
from tests.isolation.entries import ENTRIES, variants
from tests.isolation.entry import Entry, Position, names_company, positions
from tests.isolation.operations import Operation

SHOWING: Final = frozenset({"lead", "conversation", "deal", "contract"})
"""Kinds of ids that are answered with something of the lead."""

OF_LEAD: Final = SHOWING | {"command", "event", "activity", "lead_cursor", "conversation_cursor"}
"""Kinds that hang on a lead, of the lead's own journey the command."""


class Verdict(Enum):
    ALLOWED = "allowed"
    FORBIDDEN = "403"
    UNKNOWN = "401"


@dataclass(frozen=True, slots=True)
class Case:
    """position: whose id is the other company's, and then one that is nobody's; None: all ids are the company's own.
    company: X-Tenant-ID is sent though the operation does not ask for it.
    hidden: all ids that hang on a lead are of one that only its own team sees."""

    operation: Operation
    entry: Entry
    actor: Actor
    position: Position | None = None
    company: bool = False
    hidden: bool = False

    @property
    def in_company(self) -> bool:
        return self.company or names_company(self.operation, self.entry)

    @property
    def verdict(self) -> Verdict:
        """By the matrix, of the call with the company's own ids."""
        if self.operation.permission is None:
            return Verdict.ALLOWED
        if self.actor.known is Known.NOBODY:
            return Verdict.UNKNOWN
        refused = (
            (self.in_company and not self.actor.belongs)
            or (self.entry.members and not self.actor.belongs)
            or (self.entry.people and self.actor.known is not Known.USER)
            or not self.actor.may(self.operation.permission, in_company=self.in_company)
        )
        return Verdict.FORBIDDEN if refused else Verdict.ALLOWED

    @property
    def may_succeed(self) -> bool:
        return self.position is None and not self.hidden and self.verdict is Verdict.ALLOWED

    def __str__(self) -> str:
        at = f" with another's {self.position.place} {self.position.name}" if self.position else ""
        company = " with X-Tenant-ID" if self.company else ""
        hidden = " with a hidden lead's ids" if self.hidden else ""
        return f"{self.operation.name} by {self.actor.name}{company}{at}{hidden}"


def own_cases(operations: Iterable[Operation], actors: Iterable[Actor]) -> Iterator[Case]:
    """Everybody, with the company's own ids: allowed exactly if the matrix says so."""
    actors = tuple(actors)
    for operation in operations:
        for entry in variants(operation.name):
            for actor in _callers(operation, actors):
                yield Case(operation, entry, actor)
                if operation.permission is not None and not names_company(operation, entry) and entry.company:
                    yield Case(operation, entry, actor, company=True)


def foreign_cases(operations: Iterable[Operation], actors: Iterable[Actor]) -> Iterator[Case]:
    """Everybody, with one id that is the other company's."""
    actors = tuple(actors)
    for operation in operations:
        for entry in variants(operation.name):
            for position in positions(operation, entry):
                for actor in _callers(operation, actors):
                    case = Case(operation, entry, actor, position, _is_extra(operation, entry, position))
                    if not actor.stranger and not is_theirs(case):
                        yield case


def sight_cases(operations: Iterable[Operation], actors: Iterable[Actor]) -> Iterator[Case]:
    """Everybody of the company, where leads are named, and where they show. Who sees the hidden one does nothing to it;
    what became of a command (`/v1/commands`, in no company) shows no lead."""
    actors = tuple(each for each in actors if each.belongs)
    for operation in operations:
        for entry in variants(operation.name):
            named = {each.kind for each in positions(operation, entry)} & OF_LEAD
            looks = operation.method == "GET" and names_company(operation, entry) and entry.reaches == 200
            shows = entry.shows_leads or (looks and named & SHOWING)
            for actor in actors:
                if shows or (named and not actor.sees_all_leads):
                    yield Case(operation, entry, actor, hidden=True)


def is_theirs(case: Case) -> bool:
    """Whether the other company's id is no stranger's to the caller: who sees all companies, or is a member of both,
    may name it, alone, and what belongs to no company is for who may do it in the holding."""
    position, operation = case.position, case.operation
    if position is None or operation.permission is None:
        return False
    if position.names_company:
        return case.actor.knows_other and not (position.place == "header" and operation.company_in_path)
    if case.entry.members and position.kind == "company":
        return case.actor.there is not None
    personal = case.entry.people or operation.path.startswith("/v1/commands")
    return not case.in_company and not personal and case.actor.may(operation.permission, in_company=False)


def untested(operations: Iterable[Operation]) -> list[str]:
    """What the table of entries lacks: operations, and ids that the document has in places where no entry has one."""
    lacking: list[str] = []
    for operation in operations:
        if operation.name not in ENTRIES:
            lacking.append(operation.name)
            continue
        entries = variants(operation.name)
        tried = {(each.place, each.name) for entry in entries for each in positions(operation, entry)}
        lacking += [f"{operation.name}: {place} {name}" for place, name in sorted(operation.ids - tried)]
    return lacking


def superfluous(operations: Iterable[Operation], entries: Mapping[str, object] = ENTRIES) -> set[str]:
    """Entries of operations that are not there."""
    return set(entries) - {operation.name for operation in operations}


def _callers(operation: Operation, actors: tuple[Actor, ...]) -> tuple[Actor, ...]:
    """Nobody's role matters where none is asked for: an open operation is called with a token and without."""
    if operation.permission is not None:
        return actors
    return tuple(each for each in actors if each.name in {"company_admin", "no token"})


def _is_extra(operation: Operation, entry: Entry, position: Position) -> bool:
    return position.place == "header" and position.names_company and not (operation.company_header and entry.company)
