"""Which events wake the runner, by the agent that carries them. A hint may be lost: the runner looks by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from domain.contract import events as k
from domain.conversation import events as c
from domain.conversion import events as v
from domain.conversion.milestones import MILESTONES
from domain.kernel.event import Event
from eventlog.schema import full_name

AGENTS: Final[Mapping[str, tuple[type[Event], ...]]] = {
    "debounce": (c.MessageReceived, c.FloorGivenBack, c.ReplyFinished),
    "reply": (c.TurnClosed,),
    "outbound": (
        *(c.ReplyGenerated, c.ReplyFailed, c.NoticeWritten),
        *(c.ChunkSent, c.ChunkNotCalled, c.ChunkRejected, c.ChunkAttempted),
        *(k.ContractSendAsked, k.ContractSent, k.ContractHinted, k.ContractCancelAsked),
        *(k.ContractResendAsked, k.ContractLinkAsked),
    ),
    "capi": (*MILESTONES, v.ConversionRequested),
}


def types_of(agent: str) -> frozenset[bytes]:
    """Values of the `ce_type` header that concern the agent: it needs no decoding."""
    return frozenset(full_name(event.TOPIC).encode() for event in AGENTS[agent])


def is_for(types: frozenset[bytes], headers: Iterable[tuple[str, bytes]] | Mapping[str, bytes] | None) -> bool:
    """headers: as Kafka's client or Faust hands them over."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    return any(name == "ce_type" and value in types for name, value in pairs)
