"""Rules of qualification as tests tell of them, and what is read from a lead's words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from domain.conversation import commands as cc
from domain.deal.parts import AutoHandoff, Place
from domain.kernel.ids import derived
from domain.lead.parts import Bar, Fact
from domain.qualification import commands as qc
from domain.qualification.settings import AnswerKind, Choice, HandoffRule, Question, Rules
from tests.domain.sales import BAR, DEAL, IN_TALK
from tests.domain.spec import COMPANY, World
from tests.domain.talk import IDS, ROSA, USAGE, Ask, message, talk


def question(key: str, kind: AnswerKind = AnswerKind.TEXT, **changed: Any) -> Question:
    made = Question(key=key, label=key.title(), kind=kind, asks=f"their {key}", required=False, points=10)
    return replace(made, **changed)


NEED: Final = question("need", required=True)
BUDGET: Final = question("budget", AnswerKind.NUMBER, required=True, points=30)
SIZE: Final = question(
    "size", AnswerKind.CHOICE, points=0, choices=(Choice(value="Small", points=-5), Choice(value="Large", points=40))
)
OWNER: Final = question("owner", AnswerKind.BOOLEAN, points=20)
START_ON: Final = question("start_on", AnswerKind.DATE)
RULES: Final = Rules(
    questions=(NEED, BUDGET, SIZE, OWNER, START_ON),
    threshold=60,
    intents=("buy", "rent"),
    handoff=HandoffRule(pipeline=derived("sales"), stage=derived("in talk"), assists=False),
    dormant_after_days=30,
)
WITHDRAW: Final = qc.WithdrawQualificationRules(company=COMPANY)
BY_RULE: Final = AutoHandoff(deal=DEAL, place=IN_TALK, assists=False)


def publish(company: str = COMPANY, **changed: Any) -> qc.PublishQualificationRules:
    return qc.PublishQualificationRules(company=company, **replace(RULES, **changed).own_fields())


def by_rule(*requires: str, deal: str = DEAL) -> AutoHandoff:
    return AutoHandoff(deal=deal, place=Place(pipeline="p", stage="s", requires=requires), assists=False)


def message_by_rules(text: str = "hello", rules: int = 4) -> Any:
    """In a company that has rules."""
    return message(text, handling=replace(ROSA, rules=rules))


def read(
    *facts: Fact,
    intent: str | None = None,
    reply: str | None = None,
    bar: Bar = BAR,
    handoff: AutoHandoff | None = None,
    dropped: int = 0,
) -> Ask:
    """reply: of the turn that was read, None: the one that is to be."""

    def made(world: World) -> cc.RecordReading:
        return cc.RecordReading(
            **IDS,
            reply=reply or talk(world).reading or "none",
            facts=facts,
            intent=intent,
            dropped=dropped,
            bar=bar,
            handoff=handoff,
            usage=USAGE,
        )

    return made
