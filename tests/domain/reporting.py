"""Pixels and reports to Meta as tests tell of them: the lead of talk.py, one pixel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from domain.conversion import commands as vc
from domain.conversion.aggregate import Conversion
from domain.conversion.milestones import MILESTONES, conversion_id
from domain.conversion.parts import Happened, Match, RefusedBy, RequestReason, SkipReason, UnknownReason
from domain.kernel.command import Command
from domain.kernel.ids import derived
from domain.kernel.sealed import Sealed
from domain.pixel import commands as px
from domain.pixel.settings import ConsentRule, HoldReason, Milestone, Report, Setup, ValueFrom
from tests.domain.spec import COMPANY, START, World
from tests.domain.talk import LEAD

PIXEL, OTHER = derived("pixel"), derived("another pixel")
ON: Final[dict[str, Any]] = {"pixel": PIXEL, "company": COMPANY}

Ask = Callable[[World], Command]


def report(milestone: Milestone = Milestone.ENGAGED, name: str = "Lead", **changed: Any) -> Report:
    plain = Report(milestone=milestone, name=name, value=ValueFrom.NONE, fixed=None, percent=None)
    return replace(plain, **changed)


SETUP: Final = Setup(
    name="Site",
    dataset="1234567890",
    centurion=None,
    test_code=None,
    consent=ConsentRule.ASSUMED,
    limited=False,
    reports=(report(), report(Milestone.WON, "Purchase", value=ValueFrom.DEAL)),
)


def add_pixel(pixel: str = PIXEL, **changed: Any) -> px.AddPixel:
    return px.AddPixel(pixel=pixel, company=COMPANY, **replace(SETUP, **changed).own_fields())


def change_pixel(pixel: str = PIXEL, **changed: Any) -> px.ChangePixel:
    return px.ChangePixel(pixel=pixel, company=COMPANY, **replace(SETUP, **changed).own_fields())


def set_token(token: str = "t1", pixel: str = PIXEL) -> px.SetPixelToken:
    return px.SetPixelToken(pixel=pixel, company=COMPANY, token=token)


def hold_pixel(token: str = "t1", **changed: Any) -> px.HoldPixel:
    fields: dict[str, Any] = {
        **ON,
        "token": token,
        "dataset": SETUP.dataset,
        "reason": HoldReason.TOKEN_DEAD,
        "code": 190,
        "subcode": 463,
        "trace": "T",
    }
    return px.HoldPixel(**{**fields, **changed})


RETIRE_PIXEL: Final = px.RetirePixel(**ON)
RELEASE_PIXEL: Final = px.ReleasePixel(**ON)
CAUGHT_UP: Final = px.ConfirmCaughtUp(**ON, conversions=3)


def happened(world: World) -> Happened:
    """The lead's last milestone; before there is one, an event that is not there."""
    for event in reversed(world.events):
        if type(event) in MILESTONES:
            return Happened(
                milestone=MILESTONES[type(event)],
                stream=event.originator_id,
                version=event.originator_version,
                event=derived("event", event.originator_version),
                at=event.timestamp,
            )
    return Happened(milestone=Milestone.ENGAGED, stream=f"lead-{LEAD}", version=999, event="e", at=START)


def conversion(world: World) -> Conversion:
    of = happened(world)
    return world.stream(Conversion, conversion_id(of.stream, of.version))


def attempt_report(**changed: Any) -> Ask:
    fields = {
        "pixel": PIXEL,
        "dataset": SETUP.dataset,
        "name": "Lead",
        "action_source": "system_generated",
        "value": None,
        "test_code": None,
        "match": Match(present=("ph",), left_out=(), hints=()),
        "payload": Sealed(b"hashes"),
    }
    return _of(vc.AttemptConversion, {**fields, **changed})


def hold_report(certain: bool = True) -> Ask:
    return _of(vc.HoldConversion, {"pixel": PIXEL, "certain": certain})


def skip_report(reason: SkipReason = SkipReason.NO_PIXEL) -> Ask:
    return _of(vc.SkipConversion, {"pixel": None, "reason": reason})


def request_report(reason: RequestReason = RequestReason.RESEND, anyway: bool = False) -> Ask:
    return _of(vc.RequestConversion, {"reason": reason, "anyway": anyway})


def release_report(world: World) -> Command:
    return vc.ReleaseConversion(lead=LEAD, conversion=_id(world), happened=happened(world))


def refuse_report(by: RefusedBy = RefusedBy.META) -> Ask:
    said = {"cause": "user_too_broad", "fields": (), "code": 100, "subcode": 2804050, "trace": "T"}
    return _of(vc.RecordConversionRefused, {"by": by, **said})


def accept_report(world: World) -> Command:
    return vc.RecordConversionAccepted(lead=LEAD, conversion=_id(world), trace="T")


def unknown_report(world: World) -> Command:
    return vc.RecordConversionUnknown(lead=LEAD, conversion=_id(world), reason=UnknownReason.TOO_LATE)


def expire_report(world: World) -> Command:
    return vc.ExpireConversion(lead=LEAD, conversion=_id(world), happened=happened(world))


def _id(world: World) -> str:
    of = happened(world)
    return conversion_id(of.stream, of.version)


def _of(cls: Any, fields: dict[str, Any]) -> Ask:
    def made(world: World) -> Command:
        command: Command = cls(lead=LEAD, conversion=_id(world), happened=happened(world), **fields)
        return command

    return made
