"""What the edge makes of a lead's message, sealed fields filled with bytes of their usual length."""

from __future__ import annotations

from domain.centurion.settings import OnFailure
from domain.conversation.commands import ReceiveMessage
from domain.conversation.parts import AliasRef, Handling, SourcePosition
from domain.kernel.ids import conversation_id, derived
from domain.kernel.sealed import Sealed


def received(scope: str, lead: str, number: int, *, message: str, provider_id: str, text: bytes) -> ReceiveMessage:
    """scope: whose instance and Centurion; two users of this share no id. number: of the lead's messages."""
    instance = derived(scope, "instance")
    return ReceiveMessage(
        lead=lead,
        conversation=conversation_id(lead, instance),
        instance=instance,
        channel="whatsapp",
        aliases=(AliasRef(scheme="phone", alias_hash="ab" * 32, value=Sealed(b"s" * 45)),),
        name=Sealed(b"n" * 40),
        name_digest="cd" * 8,
        message=message,
        provider_id=provider_id,
        kind="text",
        provider_at=None,
        text=Sealed(text),
        content=None,
        quoted_id=None,
        address=Sealed(b"a" * 60),
        handling=Handling(
            centurion=derived(scope, "centurion"),
            centurion_version=1,
            window_ms=4_000,
            cap_ms=20_000,
            on_failure=next(iter(OnFailure)),
        ),
        opts_out=False,
        late=False,
        source=SourcePosition(partition=0, offset=number),
    )
