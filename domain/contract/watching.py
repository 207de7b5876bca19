"""What becomes of a document that is out: hints say when to look, the document says what is so.

What it says only ever adds: repeated, late or out of order it gives the same events, each once.
"""

from __future__ import annotations

from domain.contract import commands as cc
from domain.contract import events as e
from domain.contract.aggregate import Contract
from domain.contract.decide import search
from domain.contract.known import known_contract, live_contract
from domain.contract.parts import AfterSigning, CancelledBy, ContractState, SignedFile, SignerSeen
from domain.contract.policies import next_look
from domain.deal.aggregate import Deal
from domain.deal.decide import move_by_rule, win
from domain.deal.parts import DealState
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey


def hint_contract(journey: Journey, command: cc.HintContract) -> None:
    """One that is over has nothing to look at. Of an unknown outcome it is the answer: the document is looked for
    again, under the id that the provider calls it by.

    Refused: unknown_contract, contract_over, contract_not_sent, another_document.
    """
    contract = known_contract(journey, command)
    if contract.state is ContractState.OUTCOME_UNKNOWN:
        search(journey, contract, command.document)
        return
    live_contract(journey, command)
    if contract.document != command.document:
        raise Refused("another_document")
    journey.record(contract, e.ContractHinted, contract=command.contract, hint=command.hint, kind=command.kind)


def record_contract_state(journey: Journey, command: cc.RecordContractState) -> None:
    """What is over by it ends; what all have signed moves the deal, where it is still open. A signature counts before
    a deadline that passed meanwhile and before a document that is gone: it was given in time.

    Refused: unknown_contract, unknown_deal, contract_over, contract_not_sent, stale_check, unknown_signer,
    file_missing.
    """
    contract = live_contract(journey, command)
    if command.deal != contract.deal:
        raise Refused("unknown_deal")
    if command.check != contract.check:
        raise Refused("stale_check", "something was told since: the document is asked again")
    if not {each.signer for each in command.signers} <= contract.parts.keys():
        raise Refused("unknown_signer")
    signed = {each.signer for each in command.signers if each.signed_at is not None}
    all_signed = all(part.signed or name in signed for name, part in contract.parts.items())
    if all_signed and command.file is None:
        raise Refused("file_missing", "what was signed is kept before it counts")
    refusal = _add(journey, contract, command.signers)
    if all_signed and command.file is not None:
        _sign(journey, contract, command, command.file)
    elif refusal is not None:
        journey.record(
            contract,
            e.ContractRefused,
            contract=contract.key,
            signer=refusal.signer,
            refused_at=refusal.refused_at,
            reason=refusal.reason,
        )
    elif command.gone:
        journey.record(contract, e.ContractCancelled, contract=contract.key, by=CancelledBy.PROVIDER)
    elif command.passed and contract.cancelling:  # it is the cancelling that ended it
        journey.record(contract, e.ContractCancelled, contract=contract.key, by=CancelledBy.US)
    elif command.passed:
        journey.record(contract, e.ContractExpired, contract=contract.key)
    else:
        journey.record(
            contract,
            e.ContractChecked,
            contract=contract.key,
            next=journey.context.command_id,
            check_at=next_look(journey.at, contract.deadline_at),
        )


def record_contract_cancelled(journey: Journey, command: cc.RecordContractCancelled) -> None:
    """Refused: unknown_contract, contract_over, contract_not_sent, no_such_effect."""
    contract = _cancelling(journey, command)
    journey.record(contract, e.ContractCancelled, contract=contract.key, by=CancelledBy.US)


def record_contract_cancel_refused(journey: Journey, command: cc.RecordContractCancelRefused) -> None:
    """The document says why: it is looked at. Refused: unknown_contract, contract_over, contract_not_sent,
    no_such_effect."""
    contract = _cancelling(journey, command)
    next_ = journey.context.command_id
    journey.record(contract, e.ContractCancelRefused, contract=contract.key, code=command.code, next=next_)


def record_contract_resent(journey: Journey, command: cc.RecordContractResent) -> None:
    """Refused: unknown_contract, contract_over, contract_not_sent, no_such_effect."""
    contract = live_contract(journey, command)
    if contract.resending != command.signer:
        raise Refused("no_such_effect")
    journey.record(contract, e.ContractResent, contract=contract.key, signer=command.signer, code=command.code)


def _cancelling(journey: Journey, command: cc.RecordContractCancelled | cc.RecordContractCancelRefused) -> Contract:
    contract = live_contract(journey, command)
    if not contract.cancelling:
        raise Refused("no_such_effect")
    return contract


def _add(journey: Journey, contract: Contract, seen: tuple[SignerSeen, ...]) -> SignerSeen | None:
    """What is new of each. The first refusal, if there is one."""
    refusal = None
    for each in seen:
        part = contract.parts[each.signer]
        if each.viewed_at is not None and not part.viewed:
            journey.record(
                contract,
                e.ContractViewed,
                contract=contract.key,
                signer=each.signer,
                viewed_at=each.viewed_at,
                first=contract.state is ContractState.SENT,
            )
        if each.signed_at is not None and not part.signed:
            journey.record(
                contract, e.ContractSignerSigned, contract=contract.key, signer=each.signer, signed_at=each.signed_at
            )
        elif each.refused_at is not None and not part.signed:
            refusal = refusal or each
    return refusal


def _sign(journey: Journey, contract: Contract, command: cc.RecordContractState, file: SignedFile) -> None:
    """All have signed, and the file is there."""
    journey.record(
        contract,
        e.ContractSigned,
        contract=contract.key,
        deal=contract.deal,
        file=file.file,
        sha256=file.sha256,
        size=file.size,
        signed_at=max((each.signed_at for each in command.signers if each.signed_at), default=journey.at),
    )
    _follow(journey, journey.get(Deal, contract.deal), command.after)


def _follow(journey: Journey, deal: Deal, after: AfterSigning | None) -> None:
    """What the signature does to the deal. One that is over meanwhile, or that lacks what the stage requires, stays:
    the signature stands all the same."""
    if after is None or deal.state is not DealState.OPEN:
        return
    evidence = (journey.last_event,)
    if after.place is not None:
        move_by_rule(journey, deal, after.place)
    if after.wins:
        win(journey, deal, after.reason, evidence)
