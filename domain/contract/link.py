"""The link of who signs, said where the lead talks with us."""

from __future__ import annotations

from domain.contract import commands as cc
from domain.contract import events as e
from domain.contract.aggregate import Contract
from domain.contract.known import live_contract
from domain.conversation.known import known_conversation
from domain.conversation.notice import notice_hindrance, write_notice
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.lead.aggregate import Lead


def say_contract_link(journey: Journey, command: cc.SayContractLink) -> None:
    """A notice in the conversation, in this commit. To who does not want to be written to, and where people have the
    floor, nothing is said: the contract tells why.

    Refused: unknown_contract, contract_over, contract_not_sent, no_such_effect, unknown_conversation,
    conversation_busy (later), no_chunks, too_many_chunks, chunks_not_in_order.
    """
    contract = _linking(journey, command)
    conversation = known_conversation(journey, command)
    code = notice_hindrance(conversation, journey.get(Lead, command.lead))
    if code is not None:
        journey.record(contract, e.ContractLinkNotSent, contract=contract.key, code=code)
        return
    write_notice(journey, conversation, command.notice, command.chunks)
    journey.record(
        contract,
        e.ContractLinkWritten,
        contract=contract.key,
        conversation=command.conversation,
        notice=command.notice,
    )


def record_contract_link_not_sent(journey: Journey, command: cc.RecordContractLinkNotSent) -> None:
    """Refused: unknown_contract, contract_over, contract_not_sent, no_such_effect."""
    contract = _linking(journey, command)
    journey.record(contract, e.ContractLinkNotSent, contract=contract.key, code=command.code)


def _linking(journey: Journey, command: cc.SayContractLink | cc.RecordContractLinkNotSent) -> Contract:
    contract = live_contract(journey, command)
    if not contract.linking:
        raise Refused("no_such_effect")
    return contract
