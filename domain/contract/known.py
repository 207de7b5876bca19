"""The contract that a command names, or why it cannot be."""

from __future__ import annotations

from typing import Protocol

from domain.contract.aggregate import OVER, Contract
from domain.contract.parts import ContractState
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey


class Named(Protocol):
    """A command to a contract."""

    @property
    def lead(self) -> str: ...
    @property
    def contract(self) -> str: ...


class Claiming(Named, Protocol):
    """A command under a claim."""

    @property
    def claim(self) -> str: ...


def known_contract(journey: Journey, command: Named) -> Contract:
    """Refused: unknown_contract, also when it is another lead's."""
    contract = journey.get(Contract, command.contract)
    if not contract.exists or contract.lead != command.lead:
        raise Refused("unknown_contract")
    return contract


def live_contract(journey: Journey, command: Named) -> Contract:
    """One that can be signed. Refused: unknown_contract, contract_over, contract_not_sent."""
    contract = known_contract(journey, command)
    check_goes_on(contract)
    if not contract.live:
        raise Refused("contract_not_sent", f"it is {contract.state}")
    return contract


def check_goes_on(contract: Contract) -> None:
    """Refused: contract_over."""
    if contract.state in OVER:
        raise Refused("contract_over", f"it is {contract.state}")


def check_settled(contract: Contract) -> None:
    """Refused: settle_first."""
    if contract.state is ContractState.OUTCOME_UNKNOWN:
        raise Refused("settle_first", "it may have been made: look at the provider and say what is there")
