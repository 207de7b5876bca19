"""Random histories of pixels and of what was reported to Meta: see moves.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from domain.conversion import events as v
from domain.conversion.milestones import conversion_id
from domain.conversion.parts import Happened, Match, RefusedBy, RequestReason, SkipReason, UnknownReason
from domain.deal.parts import Money
from domain.effect.events import EffectAbandoned
from domain.kernel.event import Event
from domain.lead import events as ld
from domain.lead.parts import StateReason
from domain.pixel import events as px
from domain.pixel.settings import ConsentRule, HoldReason, Milestone, ReleaseReason, Report, ValueFrom
from proof.ground.histories import Story

PIXELS: Final[dict[str, Callable[[str, int], tuple[type[Event], dict[str, Any]]]]] = {
    "pixel": lambda id_, n: (px.PixelAdded, _setup(id_, n)),
    "pixel_changes": lambda id_, n: (px.PixelChanged, _setup(id_, 10 * n)),
    "pixel_ends": lambda id_, _: (px.PixelRetired, {"pixel": id_}),
    "pixel_token": lambda id_, n: (px.PixelTokenSet, {"pixel": id_, "token": f"t{n}"}),
    "pixel_held": lambda id_, n: (px.PixelHeld, {
        "pixel": id_, "token": f"t{n}", "dataset": "12345", "reason": HoldReason.TOKEN_DEAD, "code": 190,
        "subcode": 463 if n % 2 else None, "trace": "T"}),
    "pixel_released": lambda id_, _: (px.PixelReleased, {"pixel": id_, "reason": ReleaseReason.TOKEN_SET}),
    "pixel_caught_up": lambda id_, n: (px.PixelCaughtUp, {"pixel": id_, "conversions": n}),
}  # fmt: skip
"""Of the company's stream of pixels, by an id and a number."""


def _setup(id_: str, n: int) -> dict[str, Any]:
    reports = (
        Report(milestone=Milestone.ENGAGED, name="Lead", value=ValueFrom.NONE, fixed=None, percent=None),
        Report(milestone=Milestone.WON, name="Purchase", value=ValueFrom.FIXED,
               fixed=Money(minor=n, currency="BRL"), percent=None),
    )  # fmt: skip
    return {
        "pixel": id_,
        "name": f"{id_} {n}",
        "dataset": f"1234{n}",
        "centurion": f"c{n}" if n % 2 else None,
        "test_code": None,
        "consent": ConsentRule.ASSUMED,
        "limited": n % 2 == 0,
        "reports": reports,
    }


ENDS: Final[dict[str, tuple[type[Event], ...]]] = {
    "report_accepted": (v.ConversionAttempted, v.ConversionAccepted),
    "report_refused": (v.ConversionAttempted, v.ConversionRefused, v.ConversionRequested),
    "report_skipped": (v.ConversionSkipped, v.ConversionRequested, v.ConversionAttempted),
    "report_held": (v.ConversionHeld,),
    "report_released": (v.ConversionHeld, v.ConversionRequested, v.ConversionExpired),
    "report_unknown": (v.ConversionAttempted, v.ConversionOutcomeUnknown),
    "report_abandoned": (v.ConversionHeld, EffectAbandoned),
}
"""What becomes of the report of a new event, each in a commit of its own."""


def reported(story: Story, move: str, n: int) -> None:
    """Something happens, and is reported."""
    log = story.log
    why: dict[str, Any] = {"reason": StateReason.BY_PERSON, "evidence": ()}
    engaged = log.event(story.lead_stream, ld.LeadEngaged, lead=story.lead, **why)
    story.commit(engaged)
    id_ = conversion_id(engaged.originator_id, engaged.originator_version)
    for cls in ENDS[move]:
        story.commit(log.event(f"conversion-{id_}", cls, **_fields(story, cls, id_, engaged, n)))


def _fields(story: Story, cls: type[Event], id_: str, engaged: Event, n: int) -> dict[str, Any]:
    happened = Happened(
        milestone=Milestone.ENGAGED,
        stream=engaged.originator_id,
        version=engaged.originator_version,
        event=story.id("event", n),
        at=engaged.timestamp,
    )
    of = {"conversion": id_, "lead": story.lead}
    reason: dict[str, Any] = {**of, "milestone": Milestone.ENGAGED}
    fields: dict[type[Event], dict[str, Any]] = {
        v.ConversionRequested: {**of, "happened": happened, "reason": RequestReason.RESEND, "afresh": n % 2 == 0},
        v.ConversionHeld: {**of, "happened": happened, "pixel": f"p{n}", "until": story.log.at, "certain": True},
        v.ConversionAttempted: {
            **reason, "pixel": f"p{n}", "dataset": "12345", "name": "Lead", "action_source": "system_generated",
            "value": Money(minor=n, currency="BRL") if n % 2 else None, "test_code": None,
            "match": Match(present=("ph",), left_out=("email_invalid",), hints=()),
            "payload": story.sealed("conversion.payload", '{"event_name": "Lead"}')},
        v.ConversionAccepted: {"conversion": id_, "name": "Lead", "trace": f"T{n}"},
        v.ConversionRefused: {
            **reason, "by": RefusedBy.META, "cause": "user_too_broad", "fields": (), "code": 100, "subcode": 2804050,
            "trace": "T"},
        v.ConversionSkipped: {**reason, "pixel": None, "reason": SkipReason.NO_PIXEL},
        v.ConversionExpired: reason,
        v.ConversionOutcomeUnknown: {"conversion": id_, "reason": UnknownReason.TOO_LATE},
        EffectAbandoned: {"kind": "conversion", "key": id_, "code": "refused"},
    }  # fmt: skip
    return fields[cls]


def told_to_meta(story: Story) -> None:
    """Something in every table that reports fill."""
    reported(story, "report_accepted", 1)
