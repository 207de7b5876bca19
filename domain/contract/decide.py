"""What people want of a contract."""

from __future__ import annotations

from domain.contract import commands as cc
from domain.contract import events as e
from domain.contract.aggregate import Contract
from domain.contract.known import check_goes_on, check_settled, known_contract, live_contract
from domain.contract.parts import CancelledBy, ContractState, Reach
from domain.contract.policies import FAULTS, deadline_fault, signers_fault
from domain.deal.known import open_deal
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey


def draft_contract(journey: Journey, command: cc.DraftContract) -> None:
    """Refused: unknown_deal (also another lead's), deal_over, contract_exists, nobody_signs, too_many_signers,
    signer_twice, channel_reaches_one, deadline_passed, deadline_too_far."""
    open_deal(journey, command)
    contract = journey.get(Contract, command.contract)
    if contract.exists:
        raise Refused("contract_exists")
    if fault := signers_fault(command.signers) or deadline_fault(command.deadline_at, journey.at):
        raise Refused(fault, FAULTS[fault])
    journey.record(
        contract,
        e.ContractDrafted,
        contract=command.contract,
        lead=command.lead,
        company=journey.context.tenant,
        deal=command.deal,
        template=command.template,
        template_version=command.template_version,
        values=command.values,
        locale=command.locale,
        signers=command.signers,
        ordered=command.ordered,
        deadline_at=command.deadline_at,
        reminder=command.reminder,
        sandbox=command.sandbox,
    )


def send_contract(journey: Journey, command: cc.SendContract) -> None:
    """Refused: unknown_contract, unknown_deal, deal_over, contract_over, contract_sent, settle_first,
    deadline_passed."""
    contract = known_contract(journey, command)
    if command.deal != contract.deal:
        raise Refused("unknown_deal")
    open_deal(journey, command)
    check_goes_on(contract)
    check_settled(contract)
    if contract.state not in (ContractState.DRAFTED, ContractState.FAILED):
        raise Refused("contract_sent", f"it is {contract.state}")
    if fault := deadline_fault(contract.deadline_at, journey.at):
        raise Refused(fault, FAULTS[fault])
    journey.record(contract, e.ContractSendAsked, contract=command.contract)


def cancel_contract(journey: Journey, command: cc.CancelContract) -> None:
    """At once where nothing was made; else the provider is asked.

    Refused: unknown_contract, contract_over, contract_attempted, settle_first, already_asked.
    """
    contract = known_contract(journey, command)
    check_goes_on(contract)
    if contract.attempted:
        raise Refused("contract_attempted", "it is being made: a moment later it is known what came of it")
    check_settled(contract)
    if not contract.live:
        journey.record(contract, e.ContractCancelled, contract=command.contract, by=CancelledBy.US)
        return
    if contract.cancelling:
        raise Refused("already_asked")
    journey.record(contract, e.ContractCancelAsked, contract=command.contract)


def resend_contract(journey: Journey, command: cc.ResendContract) -> None:
    """By the provider's mail, or by us where the lead talks with us.

    Refused: unknown_contract, contract_over, contract_not_sent, unknown_signer, signer_done, not_delivered,
    already_asked.
    """
    contract = live_contract(journey, command)
    part = contract.parts.get(command.signer)
    if part is None:
        raise Refused("unknown_signer")
    if part.signed:
        raise Refused("signer_done")
    if part.reach is Reach.LINK:
        raise Refused("not_delivered", "people pass this link on themselves")
    if part.reach is Reach.CHANNEL:
        if contract.linking:
            raise Refused("already_asked")
        journey.record(contract, e.ContractLinkAsked, contract=command.contract)
        return
    if contract.resending is not None:
        raise Refused("already_asked")
    journey.record(contract, e.ContractResendAsked, contract=command.contract, signer=command.signer)


def settle_contract(journey: Journey, command: cc.SettleContract) -> None:
    """Refused: unknown_contract, nothing_to_settle."""
    contract = known_contract(journey, command)
    if contract.state is not ContractState.OUTCOME_UNKNOWN:
        raise Refused("nothing_to_settle", f"it is {contract.state}")
    assert contract.claim is not None, "an outcome is unknown of a claim"
    if command.never_made:
        journey.record(contract, e.ContractNeverMade, contract=command.contract, claim=contract.claim)
        return
    search(journey, contract, command.document)


def search(journey: Journey, contract: Contract, document: str | None) -> None:
    """The document is looked for anew. Its outcome is unknown."""
    journey.record(contract, e.ContractSearchAsked, contract=contract.key, claim=contract.claim, document=document)
