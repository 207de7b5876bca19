"""The lint: what breaks a law, and what differs from the code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from projections.catalogue.facts import Fact, facts_of, renamed, schemas_of
from projections.catalogue.laws import broken_laws
from projections.catalogue.reference import Reference
from projections.names import COMPANY_LOGINS
from projections.pool import Connection, unavailable_when_away


async def findings(conn: Connection, expected: Reference) -> list[str]:
    """One line each; nothing: all is as the code says. conn: any login's, in a generation's database. Raises
    Unavailable."""
    with unavailable_when_away():
        return [*await broken_laws(conn), *_differences(await facts_of(conn), expected)]


def _differences(found: frozenset[Fact], expected: Reference) -> Iterator[str]:
    companies = set(schemas_of(found))
    shared = frozenset(fact for fact in found if fact.place not in companies and not _admits_company(fact))
    yield from _between(shared, expected.shared)
    for schema in sorted(companies):
        mine = renamed(found, schema, schema)
        yield from _between(
            mine - renamed(expected.login, expected.schema, schema), renamed(expected.company, expected.schema, schema)
        )


def _between(found: frozenset[Fact], expected: frozenset[Fact]) -> Iterator[str]:
    for fact in sorted(found - expected):
        yield f"{_named(fact)}: {fact.what}, which the code does not say"
    for fact in sorted(expected - found):
        yield f"{_named(fact)}: not {fact.what}, as the code says"


def _named(fact: Fact) -> str:
    return f"{fact.kind} {'.'.join(part for part in (fact.place, fact.name) if part)}".strip()


def _admits_company(fact: Fact) -> bool:
    """Which companies have a login is data."""
    return fact.kind == "right on database" and bool(re.fullmatch(f"{COMPANY_LOGINS[1:-1]} CONNECT", fact.what))
