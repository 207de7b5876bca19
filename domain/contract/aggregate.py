"""A contract: a document that people sign at a provider. Here it only evolves; the deciders stand beside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.contract import events as e
from domain.contract.parts import ContractState, Reach
from domain.effect import events as x
from domain.kernel.stream import Stream, evolves

LIVE: Final = frozenset({ContractState.SENT, ContractState.VIEWED, ContractState.SIGNED})
"""It can be signed."""

OVER: Final = frozenset(
    {ContractState.COMPLETED, ContractState.REFUSED, ContractState.EXPIRED, ContractState.CANCELLED}
)
"""Nothing more becomes of it."""


@dataclass(slots=True)
class Part:
    """How the link reaches one signer, and what they have done."""

    reach: Reach
    viewed: bool = False
    signed: bool = False


class Contract(Stream):
    """lead: whose; "" before it is drafted. claim: of the open attempt, or of the one whose outcome nobody knows.
    claims: all that there were. document: the provider's id. check: what the next look at it is for. parts: by signer,
    in their order. cancelling, resending, linking: effects that are open."""

    CATEGORY = "contract"

    def begin(self) -> None:
        self.lead = ""
        self.company = ""
        self.deal = ""
        self.state = ContractState.DRAFTED
        self.claim: str | None = None
        self.claims: set[str] = set()
        self.document: str | None = None
        self.check: str | None = None
        self.deadline_at: datetime | None = None
        self.parts: dict[str, Part] = {}
        self.cancelling = False
        self.resending: str | None = None
        self.linking = False

    @property
    def owner(self) -> str | None:
        return self.company or None

    @property
    def live(self) -> bool:
        return self.state in LIVE

    @property
    def attempted(self) -> bool:
        """Somebody may have called the provider, and what came of it is being found out."""
        return self.claim is not None and self.state in (ContractState.SENDING, ContractState.SEARCHING)

    @property
    def by_channel(self) -> str | None:
        """The signer whose link we say."""
        return next((name for name, part in self.parts.items() if part.reach is Reach.CHANNEL), None)

    @evolves(e.ContractDrafted)
    def _drafted(self, event: e.ContractDrafted) -> None:
        self.lead, self.company, self.deal = event.lead, event.company, event.deal
        self.deadline_at = event.deadline_at
        self.parts = {each.signer: Part(each.reach) for each in event.signers}

    @evolves(e.ContractSendAsked)
    def _send_asked(self, _event: e.ContractSendAsked) -> None:
        self.state, self.claim = ContractState.SENDING, None

    @evolves(e.ContractAttempted)
    def _attempted(self, event: e.ContractAttempted) -> None:
        self.claim = event.claim
        self.claims.add(event.claim)

    @evolves(e.ContractNotCalled, e.ContractRejected)
    def _reopened(self, _event: e.ContractNotCalled | e.ContractRejected) -> None:
        self.claim = None

    @evolves(e.ContractSent)
    def _sent(self, event: e.ContractSent) -> None:
        self.state, self.claim = ContractState.SENT, None
        self.document = self.check = event.document
        self.linking = event.by_channel is not None

    @evolves(e.ContractFailed)
    def _failed(self, _event: e.ContractFailed) -> None:
        self.state, self.claim = ContractState.FAILED, None

    @evolves(e.ContractOutcomeUnknown)
    def _unknown(self, _event: e.ContractOutcomeUnknown) -> None:
        self.state = ContractState.OUTCOME_UNKNOWN

    @evolves(e.ContractSearchAsked)
    def _search_asked(self, _event: e.ContractSearchAsked) -> None:
        self.state = ContractState.SEARCHING

    @evolves(e.ContractNeverMade)
    def _never_made(self, _event: e.ContractNeverMade) -> None:
        self.state, self.claim = ContractState.DRAFTED, None

    @evolves(e.ContractHinted)
    def _hinted(self, event: e.ContractHinted) -> None:
        self.check = event.hint

    @evolves(e.ContractChecked)
    def _checked(self, event: e.ContractChecked) -> None:
        self.check = event.next

    @evolves(e.ContractViewed)
    def _viewed(self, event: e.ContractViewed) -> None:
        self.parts[event.signer].viewed = True
        if event.first:
            self.state = ContractState.VIEWED

    @evolves(e.ContractSignerSigned)
    def _signer_signed(self, event: e.ContractSignerSigned) -> None:
        self.parts[event.signer].signed = True
        self.state = ContractState.SIGNED

    @evolves(e.ContractSigned)
    def _signed(self, _event: e.ContractSigned) -> None:
        self._end(ContractState.COMPLETED)

    @evolves(e.ContractRefused)
    def _refused(self, _event: e.ContractRefused) -> None:
        self._end(ContractState.REFUSED)

    @evolves(e.ContractExpired)
    def _expired(self, _event: e.ContractExpired) -> None:
        self._end(ContractState.EXPIRED)

    @evolves(e.ContractCancelled)
    def _cancelled(self, _event: e.ContractCancelled) -> None:
        self._end(ContractState.CANCELLED)

    @evolves(e.ContractCancelAsked)
    def _cancel_asked(self, _event: e.ContractCancelAsked) -> None:
        self.cancelling = True

    @evolves(e.ContractCancelRefused)
    def _cancel_refused(self, event: e.ContractCancelRefused) -> None:
        self.cancelling, self.check = False, event.next

    @evolves(e.ContractResendAsked)
    def _resend_asked(self, event: e.ContractResendAsked) -> None:
        self.resending = event.signer

    @evolves(e.ContractResent)
    def _resent(self, _event: e.ContractResent) -> None:
        self.resending = None

    @evolves(e.ContractLinkAsked)
    def _link_asked(self, _event: e.ContractLinkAsked) -> None:
        self.linking = True

    @evolves(e.ContractLinkWritten, e.ContractLinkNotSent)
    def _link_told(self, _event: e.ContractLinkWritten | e.ContractLinkNotSent) -> None:
        self.linking = False

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, event: x.EffectExpired | x.EffectAbandoned) -> None:
        """What follows from it is said by events of its own; a document that nobody looks at any more is looked at
        again with the next hint."""
        if event.kind == "check_contract":
            self.check = None

    def _end(self, state: ContractState) -> None:
        self.state, self.claim, self.check = state, None, None
        self.cancelling, self.resending, self.linking = False, None, False
