"""An effect is given up. Every stream is asked the same way; what it means, each context says."""

from __future__ import annotations

from domain.contract.abandoned import check_contract_effect, follow_dropped_contract_effect
from domain.contract.aggregate import Contract
from domain.conversation.abandoned import check_conversation_effect, follow_dropped_effect
from domain.conversation.aggregate import Conversation
from domain.conversation.parts import AskReason, CancelReason
from domain.conversion.aggregate import Conversion
from domain.deal.aggregate import Deal
from domain.effect import commands as xc
from domain.effect import events as x
from domain.holding.aggregate import Company
from domain.kernel.errors import Refused
from domain.kernel.ids import HOLDING, category_of, id_of, lead_journey, tenant_journey
from domain.kernel.journey import Journey
from domain.kernel.stream import Stream
from domain.lead.aggregate import Lead
from domain.people.invitation import Invitation
from domain.people.user import User
from domain.pixel.aggregate import Pixels

HOLDERS = {
    cls.CATEGORY: cls for cls in (Conversation, Contract, Conversion, Lead, Deal, Pixels, Company, Invitation, User)
}
"""Categories whose events open effects."""


def holding_stream(command: xc.ExpireEffect | xc.AbandonEffect) -> tuple[str, ...]:
    """The stream that the command names, if streams of that kind open effects at all."""
    category, dash, _ = command.stream.partition("-")
    return (command.stream,) if dash and category in HOLDERS else ()


def expire_effect(journey: Journey, command: xc.ExpireEffect) -> None:
    """Refused: no_such_effect, chunk_attempted, contract_attempted."""
    stream = _holder(journey, command)
    journey.record(stream, x.EffectExpired, kind=command.kind, key=command.key)
    if isinstance(stream, Conversation):
        follow_dropped_effect(journey, stream, command.kind, CancelReason.EXPIRED, AskReason.EFFECT_EXPIRED)
    elif isinstance(stream, Contract):
        follow_dropped_contract_effect(journey, stream, command.kind, "effect_expired")


def abandon_effect(journey: Journey, command: xc.AbandonEffect) -> None:
    """Refused: no_such_effect, chunk_attempted, contract_attempted."""
    stream = _holder(journey, command)
    journey.record(stream, x.EffectAbandoned, kind=command.kind, key=command.key, code=command.code)
    if isinstance(stream, Conversation):
        follow_dropped_effect(journey, stream, command.kind, CancelReason.ABANDONED, AskReason.EFFECT_ABANDONED)
    elif isinstance(stream, Contract):
        follow_dropped_contract_effect(journey, stream, command.kind, command.code)


def _holder(journey: Journey, command: xc.ExpireEffect | xc.AbandonEffect) -> Stream:
    """The stream, if it has this effect open. The command does not say whose it is: the state must."""
    if not holding_stream(command):
        raise Refused("no_such_effect")
    stream = journey.get(HOLDERS[category_of(command.stream)], id_of(command.stream))
    if _home(stream) != journey.context.journey:
        raise Refused("no_such_effect")
    if isinstance(stream, Conversation):
        check_conversation_effect(stream, command.kind, command.key)
    elif isinstance(stream, Contract):
        check_contract_effect(stream, command.kind, command.key)
    elif not _holds(stream, command.kind, command.key):
        raise Refused("no_such_effect")
    return stream


def _home(stream: Stream) -> str:
    match stream:
        case Conversation() | Contract() | Conversion() | Deal():
            return lead_journey(stream.lead)
        case Lead():
            return lead_journey(stream.key)
        case Pixels():
            return tenant_journey(stream.key)
    return HOLDING


def _holds(stream: Stream, kind: str, key: str) -> bool:  # noqa: PLR0911  one return a class
    match stream:
        case Lead():
            asleep = kind == "dormancy" and key == stream.key and stream.awaited is not None
            return asleep or (kind == "rerun" and key in stream.moved)
        case Deal():
            return kind == "brief" and key == stream.key and stream.briefing
        case Conversion():
            return kind == "conversion" and key == stream.key and stream.open
        case Pixels():
            return kind == "release" and key in stream.pixels and stream.pixels[key].releasing
        case Company():
            return kind == "provision" and key == stream.key and stream.provisioning
        case Invitation():
            return kind == "invite" and key == stream.key and stream.mailing
        case User():
            return kind == "forget_user" and key == stream.key and stream.forgetting
    return False
