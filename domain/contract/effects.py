"""Which effects the events of a contract open, attempt and end."""

from __future__ import annotations

from typing import Final

from domain.contract import events as k
from domain.effect.kinds import EffectKind
from domain.effect.ops import Attempt, End, Op, Open, Reopen, Table

_K = EffectKind

CONTRACT_KINDS: Final = (
    _K.CONTRACT,
    _K.CONTRACT_LINK,
    _K.CHECK_CONTRACT,
    _K.CANCEL_CONTRACT,
    _K.RESEND_CONTRACT,
)
"""What ends with a contract. An attempt is over before."""


def _contract_called(e: k.ContractFailed | k.ContractOutcomeUnknown) -> tuple[Op, ...]:
    return (End(_K.CONTRACT, e.contract), End(_K.RESOLVE_CONTRACT, e.contract))


def _contract_reopened(e: k.ContractNotCalled | k.ContractRejected) -> tuple[Op, ...]:
    return (Reopen(_K.CONTRACT, e.contract, e.retry_at), End(_K.RESOLVE_CONTRACT, e.contract))


def _contract_sent(e: k.ContractSent) -> tuple[Op, ...]:
    return (
        End(_K.CONTRACT, e.contract),
        End(_K.RESOLVE_CONTRACT, e.contract),
        Open(_K.CHECK_CONTRACT, e.contract, e.check_at, version=e.document),
        *((Open(_K.CONTRACT_LINK, e.contract, e.timestamp),) if e.by_channel else ()),
    )


def _contract_over(
    e: k.ContractSigned | k.ContractRefused | k.ContractExpired | k.ContractCancelled,
) -> tuple[Op, ...]:
    return tuple(End(kind, e.contract) for kind in CONTRACT_KINDS)


EFFECTS: Final[Table] = {
    k.ContractSendAsked: lambda e: (Open(_K.CONTRACT, e.contract, e.timestamp),),
    k.ContractAttempted: lambda e: (
        Attempt(_K.CONTRACT, e.contract, e.claim),
        Open(_K.RESOLVE_CONTRACT, e.contract, e.resolve_at, version=e.claim),
    ),
    k.ContractNotCalled: _contract_reopened,
    k.ContractRejected: _contract_reopened,
    k.ContractFailed: _contract_called,
    k.ContractOutcomeUnknown: _contract_called,
    k.ContractSearchAsked: lambda e: (Open(_K.RESOLVE_CONTRACT, e.contract, e.timestamp, version=e.claim),),
    k.ContractSent: _contract_sent,
    k.ContractLinkAsked: lambda e: (Open(_K.CONTRACT_LINK, e.contract, e.timestamp),),
    k.ContractLinkWritten: lambda e: (End(_K.CONTRACT_LINK, e.contract),),
    k.ContractLinkNotSent: lambda e: (End(_K.CONTRACT_LINK, e.contract),),
    k.ContractHinted: lambda e: (Open(_K.CHECK_CONTRACT, e.contract, e.timestamp, version=e.hint),),
    k.ContractChecked: lambda e: (Open(_K.CHECK_CONTRACT, e.contract, e.check_at, version=e.next),),
    k.ContractCancelAsked: lambda e: (Open(_K.CANCEL_CONTRACT, e.contract, e.timestamp),),
    k.ContractCancelRefused: lambda e: (
        End(_K.CANCEL_CONTRACT, e.contract),
        Open(_K.CHECK_CONTRACT, e.contract, e.timestamp, version=e.next),
    ),
    k.ContractResendAsked: lambda e: (Open(_K.RESEND_CONTRACT, e.contract, e.timestamp),),
    k.ContractResent: lambda e: (End(_K.RESEND_CONTRACT, e.contract),),
    k.ContractSigned: _contract_over,
    k.ContractRefused: _contract_over,
    k.ContractExpired: _contract_over,
    k.ContractCancelled: _contract_over,
}
