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

from domain.contract import events as k
from domain.conversation import events as c
from domain.conversation.parts import Turn
from domain.conversion import events as v
from domain.conversion.milestones import MILESTONES, conversion_id
from domain.deal import events as d
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
    EXTRACT = "extract"
    BRIEF = "brief"
    DORMANCY = "dormancy"
    RESOLVE_CONTRACT = "resolve_contract"
    CONTRACT = "contract"
    CONTRACT_LINK = "contract_link"
    CHECK_CONTRACT = "check_contract"
    CANCEL_CONTRACT = "cancel_contract"
    RESEND_CONTRACT = "resend_contract"
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
    EffectKind.BRIEF: KindSpec(repeatable=True, priority=10, expires=timedelta(hours=12)),  # they have read the chat
    EffectKind.EXTRACT: KindSpec(repeatable=True, priority=11, expires=timedelta(hours=12)),  # read with the next turn
    EffectKind.DORMANCY: KindSpec(repeatable=True, priority=12, expires=None),
    EffectKind.RESOLVE_CONTRACT: KindSpec(repeatable=True, priority=13, expires=None),
    # A document that comes a day late surprises who asked for it: then it has failed, and they ask again.
    EffectKind.CONTRACT: KindSpec(repeatable=False, priority=14, expires=timedelta(days=1)),
    EffectKind.CONTRACT_LINK: KindSpec(repeatable=True, priority=15, expires=timedelta(hours=12)),  # still the same day
    EffectKind.CHECK_CONTRACT: KindSpec(repeatable=True, priority=16, expires=None),
    EffectKind.CANCEL_CONTRACT: KindSpec(repeatable=True, priority=17, expires=None),
    EffectKind.RESEND_CONTRACT: KindSpec(repeatable=True, priority=18, expires=timedelta(hours=12)),
    # Repeatable: Meta drops what it knows by name and id; when it has forgotten them says the conversion's own story.
    EffectKind.CONVERSION: KindSpec(repeatable=True, priority=19, expires=None),
    EffectKind.RELEASE: KindSpec(repeatable=True, priority=20, expires=None),
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


def _closed(e: c.TurnClosed) -> tuple[Op, ...]:
    reply = Open(EffectKind.REPLY, e.reply, e.timestamp, version=e.turn)
    ended = End(EffectKind.CLOSE_TURN, e.turn)
    if not e.rules:
        return ended, reply
    # One for each conversation: where the last turn was not read yet, this one is read with it.
    return ended, reply, Open(EffectKind.EXTRACT, e.conversation, e.timestamp, version=e.reply)


def _read(e: c.TurnRead) -> tuple[Op, ...]:
    return () if e.superseded else (End(EffectKind.EXTRACT, e.conversation),)


def _unawaited(
    e: ld.LeadDormant | ld.LeadDisqualified | ld.LeadOptedOut | ld.LeadHandedOff | ld.JourneyClosed,
) -> tuple[Op, ...]:
    return (End(EffectKind.DORMANCY, e.lead),)


def _unbriefed(e: d.DealBriefed | d.DealWon | d.DealLost | d.DealWithdrawn) -> tuple[Op, ...]:
    return (End(EffectKind.BRIEF, e.deal),)


def _chunks(e: c.ReplyGenerated | c.ReplyFailed | c.NoticeWritten) -> tuple[Op, ...]:
    group = e.notice if isinstance(e, c.NoticeWritten) else e.reply
    return tuple(Open(EffectKind.CHUNK, each.chunk, e.timestamp, group=group, seq=each.seq) for each in e.chunks)


def _settled(e: c.ChunkSent | c.ChunkFailed | c.ChunkOutcomeUnknown) -> tuple[Op, ...]:
    return (End(EffectKind.CHUNK, e.chunk), End(EffectKind.RESOLVE, e.chunk))


def _reopened(e: c.ChunkNotCalled | c.ChunkRejected) -> tuple[Op, ...]:
    return (Reopen(EffectKind.CHUNK, e.chunk, e.retry_at), End(EffectKind.RESOLVE, e.chunk))


def _dropped(e: x.EffectExpired | x.EffectAbandoned) -> tuple[Op, ...]:
    return (End(EffectKind(e.kind), e.key),)


def _contract_called(e: k.ContractFailed | k.ContractOutcomeUnknown) -> tuple[Op, ...]:
    return (End(EffectKind.CONTRACT, e.contract), End(EffectKind.RESOLVE_CONTRACT, e.contract))


def _contract_reopened(e: k.ContractNotCalled | k.ContractRejected) -> tuple[Op, ...]:
    return (Reopen(EffectKind.CONTRACT, e.contract, e.retry_at), End(EffectKind.RESOLVE_CONTRACT, e.contract))


def _contract_sent(e: k.ContractSent) -> tuple[Op, ...]:
    return (
        End(EffectKind.CONTRACT, e.contract),
        End(EffectKind.RESOLVE_CONTRACT, e.contract),
        Open(EffectKind.CHECK_CONTRACT, e.contract, e.check_at, version=e.document),
        *((Open(EffectKind.CONTRACT_LINK, e.contract, e.timestamp),) if e.by_channel else ()),
    )


def _contract_over(
    e: k.ContractSigned | k.ContractRefused | k.ContractExpired | k.ContractCancelled,
) -> tuple[Op, ...]:
    return tuple(End(kind, e.contract) for kind in CONTRACT_KINDS)


def _uninvited(e: p.InvitationMailed | p.InvitationAccepted | p.InvitationRevoked) -> tuple[Op, ...]:
    return (End(EffectKind.INVITE, e.invitation),)


CONTRACT_KINDS: Final = (
    EffectKind.CONTRACT,
    EffectKind.CONTRACT_LINK,
    EffectKind.CHECK_CONTRACT,
    EffectKind.CANCEL_CONTRACT,
    EffectKind.RESEND_CONTRACT,
)
"""What ends with a contract. An attempt is over before."""


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

Told = Callable[[Any], tuple[Op, ...]]

_OWN: Final[dict[type[Event], Told]] = {
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
    ld.SilenceAwaited: lambda e: (Open(_K.DORMANCY, e.lead, e.due),),
    ld.LeadDormant: _unawaited,
    ld.LeadDisqualified: _unawaited,
    ld.LeadOptedOut: _unawaited,
    ld.LeadHandedOff: _unawaited,
    ld.JourneyClosed: _unawaited,
    ld.LeadErased: lambda e: (EndAll(), Open(_K.ERASE, e.lead, e.timestamp)),
    ld.LeadForgotten: lambda e: (End(_K.ERASE, e.lead), Open(_K.COMPLETE_ERASURE, e.lead, e.bodies_until)),
    ld.ErasureCompleted: lambda e: (End(_K.COMPLETE_ERASURE, e.lead),),
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
    c.TurnClosed: _closed,
    c.TurnRead: _read,
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
    d.DealOpened: lambda e: (Open(_K.BRIEF, e.deal, e.timestamp),),
    d.DealBriefed: _unbriefed,
    d.DealWon: _unbriefed,
    d.DealLost: _unbriefed,
    d.DealWithdrawn: _unbriefed,
    c.NoticeWritten: _chunks,
    k.ContractSendAsked: lambda e: (Open(_K.CONTRACT, e.contract, e.timestamp),),
    k.ContractAttempted: lambda e: (
        Attempt(_K.CONTRACT, e.contract, e.claim),
        Open(_K.RESOLVE_CONTRACT, e.contract, e.resolve_at, version=e.claim),
    ),
    k.ContractNotCalled: _contract_reopened,
    k.ContractRejected: _contract_reopened,
    k.ContractFailed: _contract_called,
    k.ContractOutcomeUnknown: _contract_called,
    k.ContractSearchAsked: lambda e: (Open(_K.RESOLVE_CONTRACT, e.contract, e.timestamp, version=e.claim),),
    k.ContractSent: _contract_sent,
    k.ContractLinkAsked: lambda e: (Open(_K.CONTRACT_LINK, e.contract, e.timestamp),),
    k.ContractLinkWritten: lambda e: (End(_K.CONTRACT_LINK, e.contract),),
    k.ContractLinkNotSent: lambda e: (End(_K.CONTRACT_LINK, e.contract),),
    k.ContractHinted: lambda e: (Open(_K.CHECK_CONTRACT, e.contract, e.timestamp, version=e.hint),),
    k.ContractChecked: lambda e: (Open(_K.CHECK_CONTRACT, e.contract, e.check_at, version=e.next),),
    k.ContractCancelAsked: lambda e: (Open(_K.CANCEL_CONTRACT, e.contract, e.timestamp),),
    k.ContractCancelRefused: lambda e: (
        End(_K.CANCEL_CONTRACT, e.contract),
        Open(_K.CHECK_CONTRACT, e.contract, e.timestamp, version=e.next),
    ),
    k.ContractResendAsked: lambda e: (Open(_K.RESEND_CONTRACT, e.contract, e.timestamp),),
    k.ContractResent: lambda e: (End(_K.RESEND_CONTRACT, e.contract),),
    k.ContractSigned: _contract_over,
    k.ContractRefused: _contract_over,
    k.ContractExpired: _contract_over,
    k.ContractCancelled: _contract_over,
    x.EffectExpired: _dropped,
    x.EffectAbandoned: _dropped,
}


def _and_reported(told: Told | None) -> Told:
    return _milestone if told is None else lambda e: (*told(e), *_milestone(e))


EFFECTS: Final[dict[type[Event], Told]] = _OWN | {each: _and_reported(_OWN.get(each)) for each in MILESTONES}
"""What each event does to effects; those that are not here, nothing. A milestone is reported, whatever else it does."""
