"""Which event opens (+), moves, attempts, reopens or ends (−) which effect: all that Legion does by itself.

`effects` rows are a pure function of the log: the Postgres projector applies `EFFECTS[type(event)](event)` in the
transaction of the event and notes (stream, version) of the event that opened the row: a runner reads what it needs
from there. Leases, tries and clocks are not here (schema `work`): a lease saves work, the log proves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from domain.conversation import events as c
from domain.conversation.parts import Turn
from domain.conversion import events as v
from domain.conversion.milestones import MILESTONES, conversion_id
from domain.effect import events as x
from domain.holding import events as h
from domain.kernel.event import Event
from domain.lead import events as ld
from domain.lead.policies import rerun_key, rerun_wait
from domain.people import events as p
from domain.people.policies import INVITED_FOR
from domain.pixel import events as px


class EffectKind(StrEnum):
    CLOSE_TURN = "close_turn"
    REPLY = "reply"
    CHUNK = "chunk"
    RESOLVE = "resolve"
    RERUN = "rerun"
    PROVISION = "provision"
    ERASE = "erase"
    COMPLETE_ERASURE = "complete_erasure"
    INVITE = "invite"
    FORGET_USER = "forget_user"
    CONVERSION = "conversion"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class KindSpec:
    """repeatable: a second execution does no harm, no claim is needed. priority: smaller starts first (finishing
    before starting). expires: how long a gate may hold it before it makes no sense; None: for ever."""

    repeatable: bool
    priority: int
    expires: timedelta | None


KINDS: Final = {
    EffectKind.RESOLVE: KindSpec(repeatable=True, priority=0, expires=None),
    EffectKind.CHUNK: KindSpec(repeatable=False, priority=1, expires=timedelta(hours=2)),  # an older answer confuses
    EffectKind.REPLY: KindSpec(repeatable=True, priority=2, expires=timedelta(hours=12)),  # still the same day
    EffectKind.CLOSE_TURN: KindSpec(repeatable=True, priority=3, expires=None),
    EffectKind.RERUN: KindSpec(repeatable=True, priority=4, expires=None),
    EffectKind.PROVISION: KindSpec(repeatable=True, priority=5, expires=None),
    EffectKind.ERASE: KindSpec(repeatable=True, priority=6, expires=None),  # never: a promise to a person
    EffectKind.COMPLETE_ERASURE: KindSpec(repeatable=True, priority=7, expires=None),
    EffectKind.INVITE: KindSpec(repeatable=True, priority=8, expires=INVITED_FOR),
    EffectKind.FORGET_USER: KindSpec(repeatable=True, priority=9, expires=None),
    # Repeatable: Meta drops what it knows by name and id; when it has forgotten them says the conversion's own story.
    EffectKind.CONVERSION: KindSpec(repeatable=True, priority=10, expires=None),
    EffectKind.RELEASE: KindSpec(repeatable=True, priority=11, expires=None),
}


@dataclass(frozen=True, slots=True)
class Open:
    """A pending row (or an open one moved). version: what the effect was due for. group: ended together. seq: order."""

    kind: EffectKind
    key: str
    due: datetime
    version: str = ""
    group: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """pending → attempted, under the claim."""

    kind: EffectKind
    key: str
    claim: str


@dataclass(frozen=True, slots=True)
class Reopen:
    """attempted → pending, due again."""

    kind: EffectKind
    key: str
    due: datetime


@dataclass(frozen=True, slots=True)
class End:
    """→ done, whatever it was; nothing where there is none."""

    kind: EffectKind
    key: str


@dataclass(frozen=True, slots=True)
class EndGroup:
    """Ends the pending ones of a group; an attempted one stays until it is resolved."""

    kind: EffectKind
    group: str


@dataclass(frozen=True, slots=True)
class EndAll:
    """Ends whatever is open in the journey, attempted ones too: their outcome is nobody's any more."""


Op = Open | Attempt | Reopen | End | EndGroup | EndAll


def _due(turn: Turn) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=turn.due_us)


def _turn(turn: Turn | None) -> tuple[Op, ...]:
    return (Open(EffectKind.CLOSE_TURN, turn.turn, _due(turn), version=turn.last_message),) if turn else ()


def _chunks(e: c.ReplyGenerated | c.ReplyFailed) -> tuple[Op, ...]:
    return tuple(Open(EffectKind.CHUNK, k.chunk, e.timestamp, group=e.reply, seq=k.seq) for k in e.chunks)


def _settled(e: c.ChunkSent | c.ChunkFailed | c.ChunkOutcomeUnknown) -> tuple[Op, ...]:
    return (End(EffectKind.CHUNK, e.chunk), End(EffectKind.RESOLVE, e.chunk))


def _reopened(e: c.ChunkNotCalled | c.ChunkRejected) -> tuple[Op, ...]:
    return (Reopen(EffectKind.CHUNK, e.chunk, e.retry_at), End(EffectKind.RESOLVE, e.chunk))


def _dropped(e: x.EffectExpired | x.EffectAbandoned) -> tuple[Op, ...]:
    return (End(EffectKind(e.kind), e.key),)


def _uninvited(e: p.InvitationMailed | p.InvitationAccepted | p.InvitationRevoked) -> tuple[Op, ...]:
    return (End(EffectKind.INVITE, e.invitation),)


def _milestone(e: Event) -> tuple[Op, ...]:
    return (Open(EffectKind.CONVERSION, conversion_id(e.originator_id, e.originator_version), e.timestamp),)


def _reported_again(e: v.ConversionRequested | v.ConversionHeld) -> tuple[Op, ...]:
    """Its own version, so that a lease of before does not hold it."""
    due = e.until if isinstance(e, v.ConversionHeld) else e.timestamp
    return (Open(EffectKind.CONVERSION, e.conversion, due, version=str(e.originator_version)),)


def _reported(e: Any) -> tuple[Op, ...]:
    return (End(EffectKind.CONVERSION, e.conversion),)


def _not_releasing(e: px.PixelHeld | px.PixelRetired | px.PixelCaughtUp) -> tuple[Op, ...]:
    return (End(EffectKind.RELEASE, e.pixel),)


_K = EffectKind

EFFECTS: Final[dict[type[Event], Callable[[Any], tuple[Op, ...]]]] = {
    h.CompanyCreated: lambda e: (Open(_K.PROVISION, e.company, e.timestamp),),
    h.CompanyProvisioned: lambda e: (End(_K.PROVISION, e.company),),
    p.InvitationIssued: lambda e: (Open(_K.INVITE, e.invitation, e.timestamp),),
    p.InvitationMailed: _uninvited,
    p.InvitationAccepted: _uninvited,
    p.InvitationRevoked: _uninvited,
    p.UserErased: lambda e: (Open(_K.FORGET_USER, e.user, e.timestamp),),
    p.UserForgotten: lambda e: (End(_K.FORGET_USER, e.user),),
    ld.MessageMoved: lambda e: (Open(_K.RERUN, rerun_key(e.provider_id, e.run), e.timestamp + rerun_wait(e.run)),),
    ld.MessageRerun: lambda e: (End(_K.RERUN, rerun_key(e.provider_id, e.run)),),
    ld.LeadErased: lambda e: (EndAll(), Open(_K.ERASE, e.lead, e.timestamp)),
    ld.LeadForgotten: lambda e: (End(_K.ERASE, e.lead), Open(_K.COMPLETE_ERASURE, e.lead, e.bodies_until)),
    ld.ErasureCompleted: lambda e: (End(_K.COMPLETE_ERASURE, e.lead),),
    **dict.fromkeys(MILESTONES, _milestone),
    v.ConversionRequested: _reported_again,
    v.ConversionHeld: _reported_again,
    v.ConversionAccepted: _reported,
    v.ConversionRefused: _reported,
    v.ConversionSkipped: _reported,
    v.ConversionExpired: _reported,
    v.ConversionOutcomeUnknown: _reported,
    px.PixelReleased: lambda e: (Open(_K.RELEASE, e.pixel, e.timestamp, version=str(e.originator_version)),),
    px.PixelHeld: _not_releasing,
    px.PixelRetired: _not_releasing,
    px.PixelCaughtUp: _not_releasing,
    c.MessageReceived: lambda e: _turn(e.turn),
    c.FloorGivenBack: lambda e: _turn(e.turn),
    c.TurnDropped: lambda e: (End(_K.CLOSE_TURN, e.turn),),
    c.TurnClosed: lambda e: (End(_K.CLOSE_TURN, e.turn), Open(_K.REPLY, e.reply, e.timestamp, version=e.turn)),
    c.ReplyGenerated: lambda e: (End(_K.REPLY, e.reply), *_chunks(e)),
    c.ReplyFailed: lambda e: (End(_K.REPLY, e.reply), *_chunks(e)),
    c.ReplyCancelled: lambda e: (End(_K.REPLY, e.reply), EndGroup(_K.CHUNK, e.reply)),
    c.ReplyFinished: lambda e: _turn(e.turn),
    c.ChunkAttempted: lambda e: (
        Attempt(_K.CHUNK, e.chunk, e.claim),
        Open(_K.RESOLVE, e.chunk, e.resolve_at, version=e.claim),
    ),
    c.ChunkNotCalled: _reopened,
    c.ChunkRejected: _reopened,
    c.ChunkSent: _settled,
    c.ChunkFailed: _settled,
    c.ChunkOutcomeUnknown: _settled,
    x.EffectExpired: _dropped,
    x.EffectAbandoned: _dropped,
}
