"""The words that specs of conversations are written in: one lead, one instance, commands with all the rest filled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from domain.centurion.settings import OnFailure
from domain.conversation import commands as cc
from domain.conversation.aggregate import Conversation
from domain.conversation.parts import AliasRef, Chunk, Handling, SentHow, SourcePosition
from domain.conversation.state import Attempt, Reply
from domain.effect.commands import AbandonEffect, ExpireEffect
from domain.kernel.command import Command
from domain.kernel.ids import conversation_id, derived
from domain.kernel.sealed import Sealed
from domain.kernel.usage import Usage
from domain.lead.aggregate import Lead
from domain.lead.commands import AssignLead, CloseJourney, CompleteErasure, ConfirmForgotten, EraseLead
from domain.lead.parts import AssignReason, ErasureReason
from tests.domain.spec import START, World

LEAD, INSTANCE = derived("lead"), derived("instance")
TALK = conversation_id(LEAD, INSTANCE)
STREAM = f"conversation-{TALK}"
IDS: dict[str, Any] = {"lead": LEAD, "conversation": TALK}
ROSA = Handling(
    centurion=derived("rosa"), centurion_version=3, window_ms=4000, cap_ms=20_000, on_failure=OnFailure.HUMAN
)
USAGE = Usage(model="m", prompt_tokens=100, completion_tokens=20, cost_micros=7, latency_ms=900)
PHONE = AliasRef(scheme="phone", alias_hash="aa", value=Sealed(b"sealed phone"))

Ask = Callable[[World], Command]


def talk(world: World) -> Conversation:
    return world.stream(Conversation, TALK)


def lead(world: World) -> Lead:
    return world.stream(Lead, LEAD)


def id_of_message(name: str) -> str:
    return derived("message", name)


def message(name: str = "hello", **changed: Any) -> cc.ReceiveMessage:
    fields: dict[str, Any] = {
        **IDS,
        "instance": INSTANCE,
        "channel": "whatsapp",
        "aliases": (PHONE,),
        "name": Sealed(b"sealed name"),
        "name_digest": "digest",
        "message": id_of_message(name),
        "provider_id": f"in-{name}",
        "kind": "text",
        "provider_at": None,
        "text": Sealed(name.encode()),
        "content": None,
        "quoted_id": None,
        "address": Sealed(b"sealed address"),
        "handling": ROSA,
        "opts_out": False,
        "late": False,
        "source": SourcePosition(partition=2, offset=77),
    }
    return cc.ReceiveMessage(**{**fields, **changed})


def opt_out_elsewhere() -> cc.ReceiveMessage:
    """The lead opts out in a conversation on another instance."""
    other = derived("other instance")
    return message("elsewhere", instance=other, conversation=conversation_id(LEAD, other), opts_out=True)


def own_message(name: str = "typed", **changed: Any) -> cc.ReceiveOwnMessage:
    fields: dict[str, Any] = {
        **IDS,
        "instance": INSTANCE,
        "channel": "whatsapp",
        "aliases": (PHONE,),
        "message": id_of_message(name),
        "provider_id": f"own-{name}",
        "kind": "text",
        "provider_at": None,
        "text": Sealed(name.encode()),
        "content": None,
        "tag": f"tag of {name}",
        "late": False,
    }
    return cc.ReceiveOwnMessage(**{**fields, **changed})


def edit(target: str = "in-hello", **changed: Any) -> cc.ReceiveEdit:
    fields: dict[str, Any] = {**IDS, "provider_id": "edit-1", "target": target, "text": None, "provider_at": None}
    return cc.ReceiveEdit(**{**fields, **changed})


def delete(target: str = "in-hello", **changed: Any) -> cc.ReceiveDelete:
    fields: dict[str, Any] = {**IDS, "provider_id": "delete-1", "target": target, "provider_at": None}
    return cc.ReceiveDelete(**{**fields, **changed})


def reaction(target: str = "in-hello", **changed: Any) -> cc.ReceiveReaction:
    fields: dict[str, Any] = {**IDS, "provider_id": "react-1", "target": target, "reaction": None, "provider_at": None}
    return cc.ReceiveReaction(**{**fields, **changed})


def receipt(provider_id: str, status: str, code: str | None = None) -> cc.ReceiveReceipt:
    return cc.ReceiveReceipt(**IDS, provider_id=provider_id, status=status, provider_at=None, code=code)


def take_floor() -> cc.TakeFloor:
    return cc.TakeFloor(**IDS)


def give_floor_back(handling: Handling | None = ROSA) -> cc.GiveFloorBack:
    return cc.GiveFloorBack(**IDS, handling=handling)


def close_journey() -> CloseJourney:
    return CloseJourney(lead=LEAD, winner=derived("winner"))


def assign_lead(
    user: str | None = None, team: str | None = None, reason: AssignReason = AssignReason.DISTRIBUTION
) -> AssignLead:
    return AssignLead(lead=LEAD, user=user, team=team, reason=reason)


def erase(reason: ErasureReason = ErasureReason.LEAD_REQUEST) -> EraseLead:
    return EraseLead(lead=LEAD, reason=reason, alias_hashes=("bb",), ingress_ends=(7, 0, 9))


FORGOTTEN = ConfirmForgotten(lead=LEAD, bodies_until=START + timedelta(days=15))
COMPLETE = CompleteErasure(lead=LEAD)


def close_turn(world: World) -> cc.CloseTurn:
    turn = talk(world).turn
    return cc.CloseTurn(**IDS, turn=turn.turn if turn else "none", last_message=turn.last_message if turn else "none")


def chunks_of(reply: str, words: Iterable[str]) -> tuple[Chunk, ...]:
    return tuple(
        Chunk(
            chunk=derived("chunk", reply, seq), seq=seq, text=Sealed(word.encode()), tag=f"tag of {word}", typing_ms=9
        )
        for seq, word in enumerate(words)
    )


def reply_now(world: World) -> Reply:
    reply = talk(world).reply
    return reply or Reply("none", "none", (), "none", 0)


def attempt_now(world: World) -> Attempt | None:
    return talk(world).attempt


def answer(*words: str, reply: str | None = None) -> Ask:
    """The AI answers the reply in the making (or the one named) in these chunks."""

    def ask(world: World) -> cc.RecordReply:
        id_ = reply or reply_now(world).reply
        return cc.RecordReply(
            **IDS,
            reply=id_,
            prompt_version="1",
            prompt_hash="00" * 32,
            parameters={"temperature": "0.4"},
            context=("event-1",),
            usage=USAGE,
            chunks=chunks_of(id_, words),
        )

    return ask


def fail_answer(*fallback: str, reply: str | None = None) -> Ask:
    def ask(world: World) -> cc.RecordReplyFailure:
        id_ = reply or reply_now(world).reply
        return cc.RecordReplyFailure(**IDS, reply=id_, code="timeout", fallback=chunks_of(id_, fallback))

    return ask


def attempt(claim: str = "claim", index: int = 0, chunk: str | None = None, timeout_ms: int = 10_000) -> Ask:
    """A runner asks for the pending chunk of that index."""

    def ask(world: World) -> cc.AttemptChunk:
        pending = [piece.chunk for piece in reply_now(world).pending]
        id_ = chunk or (pending[index] if index < len(pending) else "none")
        return cc.AttemptChunk(**IDS, chunk=id_, claim=claim, timeout_ms=timeout_ms)

    return ask


def _claimed(make: Callable[[str], Command], chunk: str | None) -> Ask:
    def ask(world: World) -> Command:
        open_now = attempt_now(world)
        return make(chunk or (open_now.piece.chunk if open_now else "none"))

    return ask


def not_called(claim: str = "claim", chunk: str | None = None, retry_ms: int = 1000) -> Ask:
    return _claimed(lambda id_: cc.RecordNotCalled(**IDS, chunk=id_, claim=claim, retry_ms=retry_ms), chunk)


def rejected(claim: str = "claim", chunk: str | None = None, retry_ms: int = 1000) -> Ask:
    return _claimed(lambda id_: cc.RecordRejected(**IDS, chunk=id_, claim=claim, code="429", retry_ms=retry_ms), chunk)


def sent(provider_id: str = "out-1", claim: str = "claim", chunk: str | None = None) -> Ask:
    return _claimed(
        lambda id_: cc.RecordSent(**IDS, chunk=id_, claim=claim, provider_id=provider_id, how=SentHow.ANSWER), chunk
    )


def failed(claim: str = "claim", chunk: str | None = None) -> Ask:
    return _claimed(lambda id_: cc.RecordChunkFailed(**IDS, chunk=id_, claim=claim, code="400"), chunk)


def unknown(claim: str = "claim", chunk: str | None = None) -> Ask:
    return _claimed(lambda id_: cc.RecordOutcomeUnknown(**IDS, chunk=id_, claim=claim), chunk)


def abandon(kind: str, key: Callable[[World], str] = lambda _world: "none", stream: str = STREAM) -> Ask:
    return lambda world: AbandonEffect(stream=stream, kind=kind, key=key(world), code="refused")


def expire(kind: str, key: Callable[[World], str] = lambda _world: "none", stream: str = STREAM) -> Ask:
    return lambda world: ExpireEffect(stream=stream, kind=kind, key=key(world))
