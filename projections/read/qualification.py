"""By which rules one company qualifies its leads. `conn`: from `ReadDb.company` or `ReadDb.system`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.deal.parts import AutoHandoff, Place
from domain.qualification.settings import AnswerKind, Choice, HandoffRule, Question, Rules
from projections.pool import Connection
from projections.read.pipelines import pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRules:
    """number: counts from 1 over all that the company ever had. in_force: they count now."""

    number: int
    rules: Rules
    in_force: bool
    published_at: datetime


async def rules(conn: Connection, company: str, *, number: int | None = None) -> PublishedRules | None:
    """number: None for those in force, else also such as were."""
    cursor = await conn.execute(
        "select number, rules, in_force, published_at from core.qualification_rules where company_id = %(company)s"
        " and case when %(number)s::bigint is null then in_force else number = %(number)s end",
        {"company": company, "number": number},
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    return PublishedRules(number=row[0], rules=_made(row[1]), in_force=row[2], published_at=row[3])


def dormant_ms(found: PublishedRules | None) -> int:
    """Silence after which a lead is asleep, 0: never."""
    return 86_400_000 * (found.rules.dormant_after_days or 0) if found else 0


async def auto_handoff(conn: Connection, company: str, rule: HandoffRule | None, deal: str) -> AutoHandoff | None:
    """What the rule comes to as of now. None without a rule, and where its stage was taken away or its pipeline
    retired: people hand over then. deal: the id that one opened by it has."""
    found = None if rule is None else await pipeline(conn, company, rule.pipeline)
    if rule is None or found is None or found.retired:
        return None
    stage = next((each for each in found.stages if each.id == rule.stage), None)
    if stage is None:
        return None
    place = Place(pipeline=found.id, stage=stage.id, requires=stage.requires)
    return AutoHandoff(deal=deal, place=place, assists=rule.assists)


def _made(stored: dict[str, Any]) -> Rules:
    """From the JSON that the projector wrote."""
    handoff = stored["handoff"]
    return Rules(
        questions=tuple(_question(each) for each in stored["questions"]),
        threshold=stored["threshold"],
        intents=tuple(stored["intents"]),
        handoff=HandoffRule(**handoff) if handoff else None,
        dormant_after_days=stored["dormant_after_days"],
    )


def _question(stored: dict[str, Any]) -> Question:
    choices = tuple(Choice(**each) for each in stored["choices"])
    return Question(**{**stored, "kind": AnswerKind(stored["kind"]), "choices": choices})
