"""The provider's word on messages of ours; it may come before we know that they are ours."""

from __future__ import annotations

from domain.conversation import commands as cc
from domain.conversation import events as c
from domain.conversation.aggregate import Conversation
from domain.conversation.known import open_conversation
from domain.conversation.policies import receipt_advances
from domain.conversation.state import Parked
from domain.kernel.clock import to_us
from domain.kernel.errors import Refused
from domain.kernel.items import RECEIPT_STATUSES
from domain.kernel.journey import Journey


def receive_receipt(journey: Journey, command: cc.ReceiveReceipt) -> None:
    """Refused: unknown_conversation, journey_closed, unknown_status, receipt_for_inbound, receipt_not_newer."""
    conversation = open_conversation(journey, command)
    id_, now = command.provider_id, to_us(journey.at)
    if command.status not in RECEIPT_STATUSES:
        raise Refused("unknown_status")
    if conversation.outgoing.has(id_, now):
        if not receipt_advances(conversation.outgoing.status(id_), command.status):
            raise Refused("receipt_not_newer")
        _record_receipt(journey, conversation, id_, Parked(command.status, command.provider_at, command.code))
        return
    if conversation.incoming.has(id_, now):
        raise Refused("receipt_for_inbound")
    if any(receipt.status == command.status for receipt in conversation.parked.get(id_, ())):
        raise Refused("receipt_not_newer")
    journey.record(
        conversation,
        c.ReceiptParked,
        conversation=conversation.key,
        provider_id=id_,
        status=command.status,
        provider_at=command.provider_at,
        code=command.code,
    )


def apply_parked(journey: Journey, conversation: Conversation, provider_id: str) -> None:
    """The message is known from now on: what was parked for it counts, in the order it came, where it advances."""
    for receipt in conversation.parked.get(provider_id, ()):
        if receipt_advances(conversation.outgoing.status(provider_id), receipt.status):
            _record_receipt(journey, conversation, provider_id, receipt)


def _record_receipt(journey: Journey, conversation: Conversation, provider_id: str, receipt: Parked) -> None:
    journey.record(
        conversation,
        c.ReceiptRecorded,
        conversation=conversation.key,
        provider_id=provider_id,
        status=receipt.status,
        provider_at=receipt.provider_at,
        code=receipt.code,
    )
