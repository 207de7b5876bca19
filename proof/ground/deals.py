"""Random histories of leads' states, what is known of them, and their deals: see moves.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from domain.deal import events as d
from domain.deal.parts import ActivityKind, DealItem, HandoffReason, Money, UndoReason
from domain.kernel.event import Event
from domain.lead import events as ld
from domain.lead.life import LeadState
from domain.lead.parts import ConsentFor, ConsentHow, Fact, FactBy, StateReason, Touch
from proof.ground.histories import Story, usage


def handed_off(story: Story, n: int, number: int) -> list[Event]:
    """Lead and deal in one commit."""
    return [
        _lead(
            story,
            ld.LeadHandedOff,
            deal=_id(story, number),
            reason=HandoffReason.QUALIFIED,
            evidence=(),
            assists=False,
        ),
        _deal(
            story,
            number,
            d.DealOpened,
            lead=story.lead,
            company=story.company,
            pipeline="p",
            stage="a",
            value=Money(minor=n, currency="JPY") if n % 2 else None,
        ),
    ]


WHY: Final[dict[str, Any]] = {"reason": StateReason.BY_PERSON, "evidence": ("e1",)}
DEAL_MOVES: Final[dict[str, Callable[[Story, int, int], list[Event]]]] = {
    "contacted": lambda story, _n, _s: [_lead(story, ld.LeadContacted, **WHY)],
    "engaged": lambda story, _n, _s: [_lead(story, ld.LeadEngaged, **WHY)],
    "qualifying": lambda story, n, s: [_facts(story, n, s), _lead(story, ld.LeadQualificationStarted, **WHY)],
    "qualified": lambda story, n, _s: [_lead(story, ld.LeadQualified, **WHY, rules=n, score=10 * n)],
    "disqualified": lambda story, _n, _s: [_lead(story, ld.LeadDisqualified, **WHY)],
    "silent": lambda story, _n, _s: [_lead(story, ld.SilenceAwaited, due=story.log.at)],
    "dormant": lambda story, _n, _s: [_lead(story, ld.LeadDormant, **WHY)],
    "left_alone": lambda story, _n, _s: [_lead(story, ld.LeadOptedOut, **WHY)],
    "reopened": lambda story, _n, _s: [_lead(story, ld.LeadReopened, **WHY, state=LeadState.ENGAGED)],
    "known": lambda story, n, s: [_facts(story, n, s)],
    "touched": lambda story, n, _s: [_lead(story, ld.LeadTouched, touch=_touch(story, n), evidence=())],
    "agrees": lambda story, n, _s: [
        _lead(story, ld.ConsentRecorded, purpose=ConsentFor.MARKETING, given=n % 2 == 0, how=ConsentHow.FORM,
              evidence=()),
    ],
    "handed_off": handed_off,
    "undone": lambda story, _n, s: [
        _lead(story, ld.HandoffUndone, deal=_id(story, s), state=LeadState.QUALIFIED, reason=UndoReason.MISTAKE),
        _deal(story, s, d.DealWithdrawn),
    ],
    "won": lambda story, _n, s: [
        _deal(story, s, d.DealWon, reason="r", evidence=()), _lead(story, ld.LeadWon, deal=_id(story, s), evidence=())
    ],
    "lost": lambda story, _n, s: [
        _deal(story, s, d.DealLost, reason=None, evidence=()),
        _lead(story, ld.LeadLost, deal=_id(story, s), evidence=()),
    ],
    "deal_reopened": lambda story, _n, s: [_deal(story, s, d.DealReopened)],
    "deal_moved": lambda story, n, s: [_deal(story, s, d.DealMoved, pipeline="p", before="a", stage=f"s{n}")],
    "held_back": lambda story, n, s: [
        _deal(story, s, d.DealHeldBack, pipeline="p", stage=f"s{n}", missing=("value", "fact:budget"))
    ],
    "valued": lambda story, n, s: [
        _deal(story, s, d.DealValued, value=Money(minor=n * s, currency="BRL"), before=2,
              items=tuple(DealItem(service=f"v{n}", quantity=1, price=n) for _ in range(s))),
    ],
    "briefed": lambda story, n, s: [
        _deal(story, s, d.DealBriefed, brief=story.sealed("deal.brief", f'{{"need": {n}}}'), evidence=("e1",),
              usage=usage())
    ],
    "noted": lambda story, n, s: [
        _deal(story, s, d.ActivityAdded, activity=story.id(f"activity {s}", n), kind=ActivityKind.TASK,
              text=story.sealed("deal.activity", "liga"), due_at=story.log.at, file=None)
    ],
    "done": lambda story, n, s: [_deal(story, s, d.ActivityDone, activity=story.id(f"activity {s}", n))],
}  # fmt: skip


def sold_to(story: Story) -> None:
    """Something in every table that a deal and what is known of its lead fill."""
    for move in ("known", "touched", "agrees", "handed_off", "valued", "briefed", "noted"):
        story.commit(*DEAL_MOVES[move](story, 1, 1))


def _id(story: Story, number: int) -> str:
    return story.id("deal", number)


def _lead(story: Story, cls: type[Event], **own: Any) -> Event:
    return story.log.event(story.lead_stream, cls, lead=story.lead, **own)


def _deal(story: Story, number: int, cls: type[Event], **own: Any) -> Event:
    return story.log.event(f"deal-{_id(story, number)}", cls, deal=_id(story, number), **own)


def _facts(story: Story, n: int, number: int) -> Event:
    value = story.sealed("lead.fact", str(n))
    fact = Fact(key=f"k{number}", value=value, digest=str(n), points=n, confidence=80, source=None)
    return _lead(
        story, ld.LeadFactsRecorded, by=FactBy.MACHINE, facts=(fact,), intent="buy" if n % 2 else None, extraction="x"
    )


def _touch(story: Story, n: int) -> Touch:
    return Touch(
        source="ctwa",
        campaign=None,
        ad_set=None,
        ad=f"ad{n}",
        click=story.sealed("lead.click", "clique"),
        click_digest=str(n),
        happened_at=None,
    )
