"""The words that specs of leads' states and deals are written in: the lead of talk.py, one deal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from domain.conversation.commands import ReceiveMessage
from domain.deal import commands as dc
from domain.deal.aggregate import Deal
from domain.deal.parts import ActivityKind, AutoHandoff, HandoffReason, Money, Place, UndoReason
from domain.kernel.actor import ALL, Actor, ActorKind
from domain.kernel.ids import derived
from domain.kernel.sealed import Sealed
from domain.lead import commands as lc
from domain.lead.parts import Bar, ConsentFor, ConsentHow, Fact, SeenTalk, StateReason, Touch
from tests.domain.spec import World
from tests.domain.talk import LEAD, ROSA, TALK, USAGE, Ask, message, talk

DEAL: Final = derived("deal")
IN_TALK: Final = Place(pipeline=derived("pipeline"), stage=derived("in talk"), requires=())
OFFERED: Final = Place(pipeline=derived("pipeline"), stage=derived("offered"), requires=("value", "fact:budget"))
REAIS: Final = Money(minor=250_000, currency="BRL")
PERSON: Final = Actor(kind=ActorKind.USER, id="ana", grant=ALL)
BAR: Final = Bar(rules=4, required=("need", "budget"), threshold=50, intents=("buy",))
NAMES: Final[dict[str, Any]] = {"lead": LEAD, "deal": DEAL}


def deal(world: World, id_: str = DEAL) -> Deal:
    return world.stream(Deal, id_)


def fact(key: str, value: str = "yes", points: int = 30, confidence: int = 80, source: str | None = "e1") -> Fact:
    sealed = Sealed(value.encode())
    return Fact(key=key, value=sealed, digest=value, points=points, confidence=confidence, source=source)


def know(
    *facts: Fact, intent: str | None = None, bar: Bar | None = BAR, handoff: AutoHandoff | None = None
) -> lc.RecordFacts:
    return lc.RecordFacts(lead=LEAD, facts=facts, intent=intent, bar=bar, handoff=handoff)


def drowsy(text: str = "hello", days: int = 3) -> ReceiveMessage:
    """A lead writes who is asleep after so many days of silence."""
    return message(text, handling=replace(ROSA, dormant_ms=days * 86_400_000))


def asleep(heard_days_ago: float = 3, days: int = 3, behind: int = 0) -> Ask:
    """Somebody looks. behind: events of the conversation that were not seen."""

    def made(world: World) -> lc.EndSilence:
        return lc.EndSilence(
            lead=LEAD,
            heard="m1",
            heard_at=world.at - timedelta(days=heard_days_ago),
            after_ms=days * 86_400_000,
            seen=(SeenTalk(conversation=TALK, version=talk(world).version - behind),),
        )

    return made


def qualify(*evidence: str) -> lc.QualifyLead:
    return lc.QualifyLead(lead=LEAD, evidence=evidence)


def disqualify(reason: StateReason = StateReason.NO_NEED) -> lc.DisqualifyLead:
    return lc.DisqualifyLead(lead=LEAD, reason=reason, evidence=())


def reopen(reason: StateReason = StateReason.NEW_NEED) -> lc.ReopenLead:
    return lc.ReopenLead(lead=LEAD, reason=reason, evidence=())


def touch(**changed: Any) -> Touch:
    fields: dict[str, Any] = {
        "source": "ctwa",
        "campaign": None,
        "ad_set": None,
        "ad": "120210000",
        "click": Sealed(b"sealed click"),
        "click_digest": "click",
        "happened_at": None,
    }
    return Touch(**{**fields, **changed})


def told_touch(**changed: Any) -> lc.RecordTouch:
    return lc.RecordTouch(lead=LEAD, touch=touch(**changed))


def consent(given: bool = True) -> lc.RecordConsent:
    return lc.RecordConsent(
        lead=LEAD, purpose=ConsentFor.AD_MEASUREMENT, given=given, how=ConsentHow.FORM, evidence=("e1",)
    )


def hand_off(**changed: Any) -> dc.HandOffLead:
    fields: dict[str, Any] = {
        **NAMES,
        "place": IN_TALK,
        "value": None,
        "assigns": False,
        "user": None,
        "team": None,
        "reason": HandoffReason.QUALIFIED,
        "assists": False,
        "evidence": (),
    }
    return dc.HandOffLead(**{**fields, **changed})


UNDO: Final = dc.UndoHandoff(**NAMES, reason=UndoReason.MISTAKE)
REOPEN_DEAL: Final = dc.ReopenDeal(**NAMES)
BRIEF: Final = dc.BriefDeal(**NAMES, brief=Sealed(b"brief"), evidence=("e1",), usage=USAGE)
DONE: Final = dc.FinishActivity(**NAMES, activity=derived("task"))


def move(place: Place = OFFERED) -> dc.MoveDeal:
    return dc.MoveDeal(**NAMES, place=place)


def value(money: Money = REAIS, *items: Any) -> dc.ValueDeal:
    return dc.ValueDeal(**NAMES, value=money, items=items)


def win(deal: str = DEAL) -> dc.WinDeal:
    return dc.WinDeal(lead=LEAD, deal=deal, reason="price", evidence=())


def lose(deal: str = DEAL) -> dc.LoseDeal:
    return dc.LoseDeal(lead=LEAD, deal=deal, reason=None, evidence=())


def activity(name: str = "note", **changed: Any) -> dc.AddActivity:
    fields: dict[str, Any] = {
        **NAMES,
        "activity": derived(name),
        "kind": ActivityKind.NOTE,
        "text": Sealed(b"words"),
        "due_at": None,
        "file": None,
    }
    return dc.AddActivity(**{**fields, **changed})
