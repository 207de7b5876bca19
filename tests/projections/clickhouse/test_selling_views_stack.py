"""The views of leads, deals, contracts and conversions in ClickHouse are what the events say when told once more."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from domain.kernel.event import Event
from domain.lead import events as ld
from domain.lead.aggregate import Lead
from domain.lead.life import LeadState
from eventlog.examples import example_event
from eventlog.topics import Topics
from projections.clickhouse.closing import CLOSING
from projections.clickhouse.connection import connect
from projections.clickhouse.generations import generation_database
from projections.clickhouse.projection import Projection
from projections.clickhouse.selling import LEAD_STATE_SAID, LEAD_STATES, SELLING
from projections.clickhouse.store import ClickHouseStore
from projections.clickhouse.tables import create_tables
from projections.clickhouse.views import VIEWS, selects
from proof.ground.contracts import CONTRACT_MOVES
from proof.ground.deals import DEAL_MOVES
from proof.ground.histories import COMPANY, OTHER, Log, Story, set_up
from proof.ground.moves import interleaved
from proof.ground.reports import ENDS, reported
from proof.ground.served import Asked, config_of, dropped
from proof.servers import ClickHouse
from tests.projections.clickhouse.retold import MOVING, RETOLD, told
from tests.projections.clickhouse.retold_closing import RETOLD_CLOSING

pytestmark = pytest.mark.stack

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "analytics.md"
OFTEN = ("writes", "closes", "handed_off", "won", "undone", "touched")
MOVES = (*DEAL_MOVES, *CONTRACT_MOVES, *ENDS, *(8 * OFTEN))
LEADS, STEPS = 16, 1400


def lived(seed: int) -> Log:
    """Leads of two companies over some weeks: anything in any order, as the tables must bear it."""
    random, log = Random(seed), Log()
    for company, slug in ((COMPANY, "acme"), (OTHER, "other")):
        set_up(log, company, slug=slug)
    stories = [Story(log, f"lead {n}", company=(COMPANY, OTHER)[n % 2]) for n in range(LEADS)]
    for story in stories:
        story.arrives()
        log.at += timedelta(hours=random.randrange(40), milliseconds=random.randrange(1000))
    for _ in range(STEPS):
        story, n, number = random.choice(stories), random.randint(1, 4), random.randint(0, 2)
        move = random.choice(MOVES)
        if move == "writes":
            story.writes()
        elif move == "closes":
            story.turn_closes(n)
        elif move in ENDS:
            reported(story, move, n)
        elif move in CONTRACT_MOVES:
            story.commit(*CONTRACT_MOVES[move](story, n, number))
        else:
            story.commit(*(_varied(event, n) for event in DEAL_MOVES[move](story, n, number)))
        log.at += timedelta(minutes=random.randrange(90), milliseconds=random.randrange(1000))
    return log


def _varied(event: Event, n: int) -> Event:
    """Ads of several campaigns and sources."""
    if isinstance(event, ld.LeadTouched):
        more = {"source": ("ctwa", "link")[n % 2], "campaign": f"c{n % 3}" if n > 1 else None, "ad_set": f"s{n}"}
        return replace(event, touch=replace(event.touch, **more))  # type: ignore[arg-type]
    return event


@pytest.fixture(scope="module")
async def shown(clickhouse: ClickHouse) -> AsyncIterator[Shown]:
    """For all tests, to be read only."""
    config = config_of("nobody", Topics("nobody."), clickhouse)
    log = lived(7)
    async with dropped(config) as asked, connect(config.target) as client:
        await create_tables(config.target)
        projection = await Projection.open(ClickHouseStore(client, config.target, 1), log.genesis(), block_rows=100)
        await projection.take(interleaved(log, Random(1)), 0.0)
        await projection.write(0.0, flush=True)
        yield Shown(asked, again(log), generation_database(config.target, 1))


class Shown(NamedTuple):
    """again: view → its rows, told once more."""

    asked: Asked
    again: Mapping[str, Counter[tuple[object, ...]]]
    database: str


def again(log: Log) -> Mapping[str, Counter[tuple[object, ...]]]:
    leads = told(log.commits)
    closing = {view: retell(log.commits) for view, retell in RETOLD_CLOSING.items()}
    return {view: retell(leads) for view, retell in RETOLD.items()} | closing


def test_every_view_of_selling_is_told_once_more() -> None:
    assert RETOLD.keys() == SELLING.keys()
    assert RETOLD_CLOSING.keys() == CLOSING.keys()


def test_every_event_that_moves_a_lead_is_a_state() -> None:
    """Whatever state it was in: the aggregate itself says which events move it, and where to."""
    moving, to = {ld.LeadCreated.TOPIC}, {ld.LeadCreated.TOPIC: {LeadState.NEW.value}}
    for cls in Lead.HANDLERS:
        for before in LeadState:
            life, event = Lead.blank("lead-x"), example_event(cls)
            life.state = before
            life.evolve(event)
            if life.state != before:
                moving.add(cls.TOPIC)
                to.setdefault(cls.TOPIC, set()).add(life.state.value)
    assert moving == {cls.TOPIC for cls in MOVING} == {*LEAD_STATES, *LEAD_STATE_SAID}
    assert {topic: {state} for topic, state in LEAD_STATES.items()} == {topic: to[topic] for topic in LEAD_STATES}


@pytest.mark.parametrize("view", [*SELLING, *CLOSING])
async def test_a_view_is_what_the_events_say(shown: Shown, view: str) -> None:
    rows = counted(await shown.asked.rows(f"SELECT * FROM {{db}}.{view}"))
    assert rows == shown.again[view]
    assert len(rows) > 4


def counted(rows: Iterable[Sequence[object]]) -> Counter[tuple[object, ...]]:
    """ClickHouse's times are UTC and do not say so."""
    return Counter(
        tuple(value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for value in row) for row in rows
    )


WRONG = [
    ("funnel", "WHERE NOT s.undone", ""),
    ("funnel", "min(s.since)", "max(s.since)"),
    ("leads", "argMaxIf(e.campaign", "argMinIf(e.campaign"),
    ("lead_states", "ORDER BY e.epoch, e.`offset`", "ORDER BY e.epoch, e.`offset` DESC"),
    ("lead_state_times", "isNotNull(s.until)) AS ms", "s.state != '') AS ms"),
    ("state_times", "quantileExactIfOrNull(0.9)", "quantileExactIfOrNull(0.5)"),
    ("deals", "argMaxIf(e.value", "argMinIf(e.value"),
    ("contracts", "minIf(toNullable(e.at)", "maxIf(toNullable(e.at)"),
    ("contract_days", "c.state = 'completed'", "isNotNull(c.completed_at)"),
    ("conversions", "argMax(", "argMin("),
    ("conversion_days", "sum(c.attempts)", "count()"),
    ("revenue", "AND e.at <= w.state_at", ""),
    ("revenue", "WHERE d.state = 'won'", "WHERE d.state IN ('won', 'open')"),
]


@pytest.mark.parametrize(("view", "right", "wrong"), WRONG)
async def test_as_a_control_a_view_that_is_wrong_is_found(shown: Shown, view: str, right: str, wrong: str) -> None:
    select = selects(shown.database)[view]
    assert right in select
    planted = select.replace(right, wrong)
    async with connect(shown.asked.target) as client:
        rows = counted((await client.query(planted)).result_rows)
    assert rows != shown.again[view]


# docs/analytics.md


EXAMPLES = re.findall(r"```sql\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda sql: sql.split("\n")[0][:60])
async def test_documented_examples_run(shown: Shown, example: str) -> None:
    assert await shown.asked.rows(example.replace("{", "{{").replace("}", "}}").replace("legion.", "{db}."))


@pytest.mark.parametrize("view", VIEWS)
async def test_every_column_of_a_view_is_documented_in_its_order(shown: Shown, view: str) -> None:
    columns = [str(name) for name, *_ in await shown.asked.rows(f"DESCRIBE TABLE {{db}}.{view}")]
    section = DOCUMENT.read_text(encoding="utf-8").split(f"\n### `{view}`\n")[1].split("\n### ")[0].split("\n## ")[0]
    if view == "events":
        assert "columns.py" in section
    else:
        assert re.findall(r"^\| `(\w+)`", section, re.MULTILINE) == columns
