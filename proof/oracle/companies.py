"""Whether every company that was acknowledged is there, whole and once; by the log's copy and the catalogue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import psycopg

from domain.holding.events import CompanyCreated, CompanyProvisioned
from projections.catalogue.facts import facts_of, schemas_of
from projections.catalogue.lint import findings
from projections.catalogue.reference import reference
from projections.names import company_schema, database_name
from proof.ground.running import Running
from proof.tally import Tally

OPEN = "select count(*) from core.effects where kind = 'provision' and state <> 'done'"
SAID = "select stream, topic from core.journal where topic in ('{}', '{}') and applied and version is not null"


async def unprovisioned(running: Running) -> int:
    """Companies whose schema is not yet confirmed."""
    [(count,)] = await running.rows(OPEN)
    return int(str(count))


async def said(running: Running) -> Counter[tuple[str, str]]:
    """(company, topic) → how often the log says it."""
    rows = await running.rows(SAID.format(CompanyCreated.TOPIC, CompanyProvisioned.TOPIC))
    return Counter((str(stream).removeprefix("company-"), str(topic)) for stream, topic in rows)


async def companies_tally(running: Running, created: Sequence[str]) -> Tally:
    """created: ids that were acknowledged; the demo's company is one more.

    lost: without its event, its confirmation or its schema. doubled: with two of them. phantom: there and never asked
    for, or a schema that differs from what the code makes.
    """
    times = await said(running)
    admin = running.settings.admin_dsn(database_name(running.generation))
    expected = await reference(running.settings.admin_dsn())
    async with await psycopg.AsyncConnection.connect(admin) as conn:
        schemas = set(schemas_of(await facts_of(conn)))
        faulty = await findings(conn, expected)
    wanted = {*created, running.legion.tenant}
    topics = (CompanyCreated.TOPIC, CompanyProvisioned.TOPIC)
    lost = [f"{company}: no {topic}" for company in wanted for topic in topics if not times[company, topic]]
    lost += [f"{company}: no schema" for company in wanted if company_schema(company) not in schemas]
    doubled = [f"{company}: {topic} {count} times" for (company, topic), count in times.items() if count > 1]
    known = {company_schema(company) for company in wanted}
    phantom = [f"{company}: never asked for" for company, _ in times if company not in wanted]
    phantom += [f"{schema}: a schema of nobody" for schema in schemas - known] + faulty
    return Tally(
        0,
        lost=len(lost),
        doubled=len(doubled),
        phantom=len(phantom),
        facts={"companies": float(len(wanted)), "schemas": float(len(schemas))},
        examples=(*lost, *doubled, *phantom),
    )
