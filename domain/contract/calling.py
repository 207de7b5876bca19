"""One runner at a time may make the document, once; what came of it is said by whoever knows."""

from __future__ import annotations

from domain.contract import commands as cc
from domain.contract import events as e
from domain.contract.aggregate import Contract
from domain.contract.known import Claiming, known_contract
from domain.contract.parts import ContractState, SentHow
from domain.contract.policies import MAX_ATTEMPTS, next_look
from domain.effect.calling import resolve_at, retry_at
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey


def attempt_contract(journey: Journey, command: cc.AttemptContract) -> None:
    """Refused: unknown_contract, timeout_out_of_range, contract_attempted, contract_not_pending, claim_not_fresh,
    too_many_attempts."""
    contract = known_contract(journey, command)
    resolve = resolve_at(journey.at, command.timeout_ms)
    if contract.attempted:
        raise Refused("contract_attempted")
    if contract.state is not ContractState.SENDING:
        raise Refused("contract_not_pending", f"it is {contract.state}")
    if command.claim in contract.claims:
        raise Refused("claim_not_fresh")
    if len(contract.claims) >= MAX_ATTEMPTS:
        raise Refused("too_many_attempts")
    journey.record(
        contract,
        e.ContractAttempted,
        contract=command.contract,
        claim=command.claim,
        resolve_at=resolve,
    )


def record_contract_not_called(journey: Journey, command: cc.RecordContractNotCalled) -> None:
    """Refused: unknown_contract, claim_not_open, retry_out_of_range."""
    contract = _open(journey, command, ContractState.SENDING)
    journey.record(
        contract,
        e.ContractNotCalled,
        contract=command.contract,
        claim=command.claim,
        retry_at=retry_at(journey.at, command.retry_ms),
    )


def record_contract_rejected(journey: Journey, command: cc.RecordContractRejected) -> None:
    """Refused: unknown_contract, claim_not_open, retry_out_of_range."""
    contract = _open(journey, command, ContractState.SENDING)
    journey.record(
        contract,
        e.ContractRejected,
        contract=command.contract,
        claim=command.claim,
        code=command.code,
        retry_at=retry_at(journey.at, command.retry_ms),
    )


def record_contract_failed(journey: Journey, command: cc.RecordContractFailed) -> None:
    """Refused: unknown_contract, claim_not_open."""
    contract = _open(journey, command, ContractState.SENDING)
    journey.record(contract, e.ContractFailed, contract=command.contract, claim=command.claim, code=command.code)


def record_contract_sent(journey: Journey, command: cc.RecordContractSent) -> None:
    """Also when the claim's outcome was unknown until now: what happened to it meanwhile was not heard, so that it is
    looked at at once. Refused: unknown_contract, claim_not_open."""
    contract = _open(journey, command, ContractState.SENDING, ContractState.SEARCHING, ContractState.OUTCOME_UNKNOWN)
    linked = {each.signer for each in command.links}
    by_channel = contract.by_channel if contract.by_channel in linked else None
    journey.record(
        contract,
        e.ContractSent,
        contract=command.contract,
        claim=command.claim,
        document=command.document,
        how=command.how,
        links=command.links,
        by_channel=by_channel,
        check_at=journey.at if command.how is SentHow.SEARCH else next_look(journey.at, contract.deadline_at),
    )


def record_contract_unknown(journey: Journey, command: cc.RecordContractUnknown) -> None:
    """Refused: unknown_contract, claim_not_open."""
    contract = _open(journey, command, ContractState.SENDING, ContractState.SEARCHING)
    journey.record(contract, e.ContractOutcomeUnknown, contract=command.contract, claim=command.claim)


def _open(journey: Journey, command: Claiming, *states: ContractState) -> Contract:
    """The contract, if it is in one of these states under this claim."""
    contract = known_contract(journey, command)
    if contract.state not in states or contract.claim != command.claim:
        raise Refused("claim_not_open")
    return contract
