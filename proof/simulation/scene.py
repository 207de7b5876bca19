"""Who is there: three leads of one company, what they and others ask, and deciders that misbehave on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from commands.intake import Routes
from domain.centurion.settings import OnFailure
from domain.conversation import commands as k
from domain.conversation.parts import AliasRef, Chunk, Handling, SourcePosition
from domain.kernel.actor import BOOTSTRAP, NORMALISER, Actor
from domain.kernel.command import Command, CommandMeta, EventMeta
from domain.kernel.deciding import Route
from domain.kernel.errors import Poison, Refused
from domain.kernel.event import Event
from domain.kernel.ids import conversation_id, derived, lead_journey
from domain.kernel.journey import Journey
from domain.kernel.sealed import Sealed
from domain.kernel.usage import Usage
from domain.routing import ROUTES as DOMAIN_ROUTES
from eventlog.codec import Body, Codec
from eventlog.model import Anchor, Recorded, Refusal

COMPANY: Final = derived("simulated company")
INSTANCE: Final = derived("simulated instance")
CLUSTER, TOPIC = "simulated", "events"

NAMES: Final = ("ana", "bo", "jinx")
JINXED: Final = derived("lead", "jinx")
"""Nobody can close this lead's turns: a bug of the decider's. The effect has to be given up, and people asked."""

START: Final = datetime(2026, 11, 28, 12, tzinfo=UTC)

HANDLING: Final = Handling(
    centurion=derived("rosa"), centurion_version=1, window_ms=2_000, cap_ms=6_000, on_failure=OnFailure.HUMAN
)
_USAGE: Final = Usage(model="m", prompt_tokens=1, completion_tokens=1, cost_micros=1, latency_ms=1)
_NOBODY: Final = Actor(kind=NORMALISER.kind, id="nobody")

Asked = tuple[CommandMeta, Command]


def origin() -> Anchor:
    return Anchor.genesis(cluster_id=CLUSTER, topic=TOPIC, partition=0)


def at(now_ms: int) -> datetime:
    """Virtual milliseconds since the history began, as a time."""
    return START + timedelta(milliseconds=now_ms)


def lead_of(n: int) -> str:
    """Two of three times one of the two who can be answered."""
    return derived("lead", (*NAMES, "ana", "bo", "bo")[n % 6])


def talk_of(lead: str) -> dict[str, Any]:
    return {"lead": lead, "conversation": conversation_id(lead, INSTANCE)}


def message(lead: str, number: int, wish: str = "") -> Asked:
    """The lead's `number`th message. wish: how its decider misbehaves, see `ROUTES`."""
    id_ = derived("message", lead, number)
    command = k.ReceiveMessage(
        **talk_of(lead),
        instance=INSTANCE,
        channel="whatsapp",
        aliases=(AliasRef(scheme="phone", alias_hash=lead[:8], value=Sealed(b"sealed")),),
        name=Sealed(b"sealed"),
        name_digest="digest",
        message=id_,
        provider_id=f"in-{number}{wish}",
        kind="text",
        provider_at=None,
        text=Sealed(b"sealed"),
        content=None,
        quoted_id=None,
        address=Sealed(b"sealed"),
        handling=HANDLING,
        opts_out=False,
        late=False,
        source=SourcePosition(partition=0, offset=number),
    )
    return _meta(lead, "message", number, actor=NORMALISER), command


def forbidden(lead: str, number: int) -> Asked:
    """A message brought by somebody without the permission."""
    meta, command = message(lead, number)
    return replace(meta, actor=_NOBODY), command


def floor(lead: str, number: int, take: bool) -> Asked:
    """People take the floor, or give it back."""
    command = k.TakeFloor(**talk_of(lead)) if take else k.GiveFloorBack(**talk_of(lead), handling=HANDLING)
    return _meta(lead, "floor", number), command


def receipt(lead: str, provider_id: str, status: str) -> Asked:
    command = k.ReceiveReceipt(**talk_of(lead), provider_id=provider_id, status=status, provider_at=None, code=None)
    return _meta(lead, "receipt", provider_id, status, actor=NORMALISER), command


def echo(lead: str, provider_id: str, tag: str) -> Asked:
    """The provider's own word of a message that we sent."""
    command = k.ReceiveOwnMessage(
        **talk_of(lead),
        instance=INSTANCE,
        channel="whatsapp",
        aliases=(AliasRef(scheme="phone", alias_hash=lead[:8], value=Sealed(b"sealed")),),
        message=derived("message", provider_id),
        provider_id=provider_id,
        kind="text",
        provider_at=None,
        text=Sealed(b"sealed"),
        content=None,
        tag=tag,
        late=False,
    )
    return _meta(lead, "echo", provider_id, actor=NORMALISER), command


def answer(lead: str, reply: str, words: int) -> Command:
    """What the AI says: so many messages."""
    chunks = tuple(
        Chunk(
            chunk=derived("chunk", reply, seq), seq=seq, text=Sealed(b"sealed"), tag=f"tag-{reply}-{seq}", typing_ms=9
        )
        for seq in range(words)
    )
    return k.RecordReply(
        **talk_of(lead),
        reply=reply,
        prompt_version="1",
        prompt_hash="00" * 32,
        parameters={"temperature": "0"},
        context=(),
        usage=_USAGE,
        chunks=chunks,
    )


def _meta(lead: str, *words: str | int, actor: Actor = BOOTSTRAP) -> CommandMeta:
    id_ = derived("simulated", lead, *words)
    return CommandMeta(command_id=id_, tenant=COMPANY, journey=lead_journey(lead), actor=actor)


def _misbehaving(route: Route) -> Route:
    """A message's provider id may end with a wish: its decider then fails after it has changed the streams."""

    def decide(journey: Journey, command: k.ReceiveMessage) -> None:
        wish = command.provider_id.partition("!")[2]
        if wish == "nothing":
            return
        route.decide(journey, command)
        if wish == "crash":
            raise ZeroDivisionError
        if wish == "half":
            raise Refused("half_way", "after the events")

    return replace(route, decide=decide)


def _jinxed(route: Route) -> Route:
    def decide(journey: Journey, command: k.CloseTurn) -> None:
        if command.lead == JINXED:
            raise Refused("jinxed", "a bug of the decider's")
        route.decide(journey, command)

    return replace(route, decide=decide)


_ODD: Final[Mapping[type[Command], Callable[[Route], Route]]] = {
    k.ReceiveMessage: _misbehaving,
    k.CloseTurn: _jinxed,
}

ROUTES: Final[Routes] = {cls: _ODD[cls](route) if cls in _ODD else route for cls, route in DOMAIN_ROUTES.items()}
"""The product's, but for those two."""


class Remembering(Codec):
    """Decodes no bytes that it has encoded or decoded before: a history is read by many. The bodies are frozen."""

    def __init__(self, inner: Codec) -> None:
        self.__dict__.update(inner.__dict__)
        self._inner = inner
        self._bodies: dict[bytes, Body | Poison] = {}
        self._asked: dict[bytes, Asked | Poison] = {}

    def forget(self) -> None:
        """Between histories."""
        self._bodies.clear()
        self._asked.clear()

    def encode_event(self, meta: EventMeta, event: Event) -> bytes:
        value = self._inner.encode_event(meta, event)
        self._bodies[value] = Recorded(meta, event)
        return value

    def encode_refusal(self, refusal: Refusal) -> bytes:
        value = self._inner.encode_refusal(refusal)
        self._bodies[value] = refusal
        return value

    def encode_command(self, meta: CommandMeta, command: Command) -> bytes:
        value = self._inner.encode_command(meta, command)
        self._asked[value] = meta, command
        return value

    def decode(self, value: bytes) -> Body:
        known = self._bodies.get(value)
        if known is None:
            try:
                known = self._inner.decode(value)
            except Poison as error:
                known = error
            self._bodies[value] = known
        if isinstance(known, Poison):
            raise known
        return known

    def decode_command(self, value: bytes) -> Asked:
        known = self._asked.get(value)
        if known is None:
            try:
                known = self._inner.decode_command(value)
            except Poison as error:
                known = error
            self._asked[value] = known
        if isinstance(known, Poison):
            raise known
        return known
