"""Which event of a lead's journey is which step of its trail, and which other events it says it stands on.

Closed over the events of a lead's journey: a new one takes one line in `STEPS` (`DETAIL`: told only where all is asked
for), and one in `CITES` or `MESSAGES` if it names other events elsewhere than in a field `evidence`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

from domain.contract import events as k
from domain.conversation import events as c
from domain.conversion import events as v
from domain.deal import events as d
from domain.effect import events as x
from domain.kernel.event import Event
from domain.lead import events as ld


class Step(StrEnum):
    """From the ad to what the ad's platform said, in the order in which they usually come. DETAIL: none of these."""

    TOUCH = "touch"
    ARRIVAL = "arrival"
    MESSAGE = "message"
    TURN = "turn"
    REPLY = "reply"
    SENT = "sent"
    CONSENT = "consent"
    FACTS = "facts"
    STATE = "state"
    QUALIFICATION = "qualification"
    HANDOFF = "handoff"
    DEAL = "deal"
    CONTRACT = "contract"
    SIGNATURE = "signature"
    CONVERSION = "conversion"
    ERASURE = "erasure"
    DETAIL = "detail"


_S = Step

STEPS: Final[Mapping[type[Event], Step]] = {
    ld.LeadTouched: _S.TOUCH,
    ld.LeadCreated: _S.ARRIVAL,
    ld.AliasLinked: _S.DETAIL,
    ld.ContactUpdated: _S.DETAIL,
    ld.OptOutRecorded: _S.CONSENT,
    ld.ConsentRecorded: _S.CONSENT,
    ld.LeadFactsRecorded: _S.FACTS,
    ld.LeadContacted: _S.STATE,
    ld.LeadEngaged: _S.STATE,
    ld.LeadQualificationStarted: _S.QUALIFICATION,
    ld.LeadQualified: _S.QUALIFICATION,
    ld.LeadDisqualified: _S.QUALIFICATION,
    ld.LeadOptedOut: _S.STATE,
    ld.LeadDormant: _S.STATE,
    ld.SilenceAwaited: _S.DETAIL,
    ld.LeadReopened: _S.STATE,
    ld.LeadAssigned: _S.DETAIL,
    ld.LeadHandedOff: _S.HANDOFF,
    ld.HandoffUndone: _S.HANDOFF,
    ld.LeadWon: _S.STATE,
    ld.LeadLost: _S.STATE,
    ld.JourneyClosed: _S.STATE,
    ld.MessageMoved: _S.DETAIL,
    ld.MessageRerun: _S.DETAIL,
    ld.LeadErased: _S.ERASURE,
    ld.LeadForgotten: _S.DETAIL,
    ld.ErasureCompleted: _S.DETAIL,
    c.ConversationStarted: _S.DETAIL,
    c.MessageReceived: _S.MESSAGE,
    c.MessageEdited: _S.DETAIL,
    c.MessageDeleted: _S.DETAIL,
    c.ReactionReceived: _S.DETAIL,
    c.HumanMessageSent: _S.SENT,
    c.FloorTaken: _S.DETAIL,
    c.FloorGivenBack: _S.DETAIL,
    c.HumanAsked: _S.DETAIL,
    c.TurnClosed: _S.TURN,
    c.TurnRead: _S.DETAIL,
    c.TurnDropped: _S.TURN,
    c.ReplyGenerated: _S.REPLY,
    c.ReplyCancelled: _S.REPLY,
    c.ReplyDiscarded: _S.DETAIL,
    c.ReplyFailed: _S.REPLY,
    c.ReplyFinished: _S.DETAIL,
    c.ChunkAttempted: _S.DETAIL,
    c.ChunkNotCalled: _S.DETAIL,
    c.ChunkRejected: _S.DETAIL,
    c.ChunkSent: _S.SENT,
    c.ChunkFailed: _S.SENT,
    c.ChunkOutcomeUnknown: _S.SENT,
    c.NoticeWritten: _S.REPLY,
    c.ReceiptRecorded: _S.DETAIL,
    c.ReceiptParked: _S.DETAIL,
    d.DealOpened: _S.HANDOFF,
    d.DealMoved: _S.DEAL,
    d.DealHeldBack: _S.DEAL,
    d.DealValued: _S.DEAL,
    d.DealWon: _S.DEAL,
    d.DealLost: _S.DEAL,
    d.DealReopened: _S.DEAL,
    d.DealWithdrawn: _S.HANDOFF,
    d.DealBriefed: _S.HANDOFF,
    d.ActivityAdded: _S.DETAIL,
    d.ActivityDone: _S.DETAIL,
    k.ContractDrafted: _S.CONTRACT,
    k.ContractSendAsked: _S.DETAIL,
    k.ContractAttempted: _S.DETAIL,
    k.ContractNotCalled: _S.DETAIL,
    k.ContractRejected: _S.DETAIL,
    k.ContractSent: _S.CONTRACT,
    k.ContractFailed: _S.CONTRACT,
    k.ContractOutcomeUnknown: _S.CONTRACT,
    k.ContractSearchAsked: _S.DETAIL,
    k.ContractNeverMade: _S.CONTRACT,
    k.ContractHinted: _S.DETAIL,
    k.ContractChecked: _S.DETAIL,
    k.ContractViewed: _S.CONTRACT,
    k.ContractSignerSigned: _S.SIGNATURE,
    k.ContractSigned: _S.SIGNATURE,
    k.ContractRefused: _S.CONTRACT,
    k.ContractExpired: _S.CONTRACT,
    k.ContractCancelAsked: _S.DETAIL,
    k.ContractCancelRefused: _S.DETAIL,
    k.ContractCancelled: _S.CONTRACT,
    k.ContractResendAsked: _S.DETAIL,
    k.ContractResent: _S.DETAIL,
    k.ContractLinkAsked: _S.DETAIL,
    k.ContractLinkWritten: _S.DETAIL,
    k.ContractLinkNotSent: _S.DETAIL,
    v.ConversionRequested: _S.DETAIL,
    v.ConversionHeld: _S.CONVERSION,
    v.ConversionAttempted: _S.CONVERSION,
    v.ConversionAccepted: _S.CONVERSION,
    v.ConversionRefused: _S.CONVERSION,
    v.ConversionSkipped: _S.CONVERSION,
    v.ConversionExpired: _S.CONVERSION,
    v.ConversionOutcomeUnknown: _S.CONVERSION,
    x.EffectExpired: _S.DETAIL,
    x.EffectAbandoned: _S.DETAIL,
}

TOPICS: Final = tuple(sorted(cls.TOPIC for cls, step in STEPS.items() if step is not Step.DETAIL))
"""Of the steps."""

Named = Callable[[Any], Iterable[str | None]]
"""An event → ids that it names."""

CITES: Final[Mapping[type[Event], Named]] = {
    ld.LeadFactsRecorded: lambda e: (fact.source for fact in e.facts),
    v.ConversionRequested: lambda e: (e.happened.event,),
    v.ConversionHeld: lambda e: (e.happened.event,),
}
"""Ids of events. Beside `evidence`, which is taken wherever an event has it. Not `ReplyGenerated.context`: that is all
of what was said so far, once more with every reply."""

MESSAGES: Final[Mapping[type[Event], Named]] = {
    ld.OptOutRecorded: lambda e: (e.message,),
    c.TurnClosed: lambda e: e.messages,
    c.ReplyCancelled: lambda e: (e.by_message,),
}
"""Our ids of messages, which are not those of the events that tell of them."""

TELLS: Final[Mapping[type[Event], Callable[[Any], str]]] = {
    c.MessageReceived: lambda e: str(e.message),
    c.HumanMessageSent: lambda e: str(e.message),
}
"""The event of a message → its id."""


def cited(event: Event) -> tuple[str, ...]:
    """Ids of the events that it stands on, each once."""
    named = (*getattr(event, "evidence", ()), *CITES.get(type(event), _nothing)(event))
    return tuple(dict.fromkeys(id_ for id_ in named if id_))


def messages(event: Event) -> tuple[str, ...]:
    """Ids of the messages that it stands on."""
    return tuple(id_ for id_ in MESSAGES.get(type(event), _nothing)(event) if id_)


def _nothing(_event: Event) -> tuple[str, ...]:
    return ()
