"""A runner cannot carry out an effect of a contract: what that means for it."""

from __future__ import annotations

from domain.contract import events as e
from domain.contract.aggregate import Contract
from domain.contract.parts import ContractState
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey


def check_contract_effect(contract: Contract, kind: str, key: str) -> None:
    """The effect is open. Refused: contract_attempted (`resolve_contract` says what comes of it), no_such_effect."""
    if kind == "contract" and key == contract.key and contract.attempted:
        raise Refused("contract_attempted")
    open_now = {
        "contract": contract.state is ContractState.SENDING,
        "resolve_contract": contract.attempted,
        "check_contract": contract.live and contract.check is not None,
        "cancel_contract": contract.cancelling,
        "resend_contract": contract.resending is not None,
        "contract_link": contract.linking,
    }
    if key != contract.key or not open_now.get(kind, False):
        raise Refused("no_such_effect")


def follow_dropped_contract_effect(journey: Journey, contract: Contract, kind: str, code: str) -> None:
    """The effect was open: `check_contract_effect`."""
    named = {"contract": contract.key}
    match kind:
        case "contract":
            journey.record(contract, e.ContractFailed, **named, claim=None, code=code)
        case "resolve_contract":
            journey.record(contract, e.ContractOutcomeUnknown, **named, claim=contract.claim)
        case "cancel_contract":
            next_ = journey.context.command_id
            journey.record(contract, e.ContractCancelRefused, **named, code=code, next=next_)
        case "resend_contract":
            journey.record(contract, e.ContractResent, **named, signer=contract.resending, code=code)
        case "contract_link":
            journey.record(contract, e.ContractLinkNotSent, **named, code=code)
