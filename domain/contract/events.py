"""Events of a contract, in its lead's journey."""

from __future__ import annotations

from datetime import datetime

from domain.contract.parts import CancelledBy, Reminder, SentHow, Signer, SignerLink
from domain.kernel.event import Event, event
from domain.kernel.sealed import ContractValues, RefusalWords


@event("ContractDrafted", stream="contract")
class ContractDrafted(Event):
    """A contract is ready to be sent. locale: BCP 47, of its numbers and dates. ordered: they sign in this order.
    sandbox: it binds nobody and costs nothing. `at` is the date of the document."""

    contract: str
    lead: str
    company: str
    deal: str
    template: str
    template_version: int
    values: ContractValues
    locale: str
    signers: tuple[Signer, ...]
    ordered: bool
    deadline_at: datetime | None
    reminder: Reminder | None
    sandbox: bool


@event("ContractSendAsked", stream="contract")
class ContractSendAsked(Event):
    """Somebody wants it to be sent: opens the effect."""

    contract: str


@event("ContractAttempted", stream="contract")
class ContractAttempted(Event):
    """Whoever holds this claim may call the provider, once. resolve_at: when others ask what came of it."""

    contract: str
    claim: str
    resolve_at: datetime


@event("ContractNotCalled", stream="contract")
class ContractNotCalled(Event):
    """The claim's holder did not call: the one event that allows another try without the provider's word."""

    contract: str
    claim: str
    retry_at: datetime


@event("ContractRejected", stream="contract")
class ContractRejected(Event):
    """The provider refused for now: nothing was made."""

    contract: str
    claim: str
    code: str
    retry_at: datetime


@event("ContractSent", stream="contract")
class ContractSent(Event):
    """The document is there, and its signers are asked. document: the provider's id. links: where each signs whom the
    provider does not mail. by_channel: the signer whose link we say where the lead talks with us. check_at: when the
    document is looked at by itself."""

    contract: str
    claim: str
    document: str
    how: SentHow
    links: tuple[SignerLink, ...]
    by_channel: str | None
    check_at: datetime


@event("ContractFailed", stream="contract")
class ContractFailed(Event):
    """It was not made, and will not be by itself. code: why. claim: None where nobody called."""

    contract: str
    claim: str | None
    code: str


@event("ContractOutcomeUnknown", stream="contract")
class ContractOutcomeUnknown(Event):
    """Asked and not found, which is no proof that nothing was made. It is never made again by itself."""

    contract: str
    claim: str


@event("ContractSearchAsked", stream="contract")
class ContractSearchAsked(Event):
    """The document is looked for once more. document: the one that it may be; None: by our reference."""

    contract: str
    claim: str
    document: str | None


@event("ContractNeverMade", stream="contract")
class ContractNeverMade(Event):
    """A person has looked at the provider: there is no document. It may be sent anew."""

    contract: str
    claim: str


@event("ContractHinted", stream="contract")
class ContractHinted(Event):
    """The provider told that something happened: nothing is believed before the document was asked. hint: the
    provider's id of it. kind: its name for it."""

    contract: str
    hint: str
    kind: str


@event("ContractChecked", stream="contract")
class ContractChecked(Event):
    """The document was asked; what it said anew stands in events of its own. next: of the next look. check_at: when."""

    contract: str
    next: str
    check_at: datetime


@event("ContractViewed", stream="contract")
class ContractViewed(Event):
    """A signer has opened it. viewed_at: by the provider's clock. first: nobody had before, nor signed."""

    contract: str
    signer: str
    viewed_at: datetime
    first: bool


@event("ContractSignerSigned", stream="contract")
class ContractSignerSigned(Event):
    """One of them has signed. signed_at: by the provider's clock."""

    contract: str
    signer: str
    signed_at: datetime


@event("ContractSigned", stream="contract")
class ContractSigned(Event):
    """All have signed. file: the signed PDF in the vault. sha256: of its content, hex. signed_at: of the last
    signature."""

    contract: str
    deal: str
    file: str
    sha256: str
    size: int
    signed_at: datetime


@event("ContractRefused", stream="contract")
class ContractRefused(Event):
    """One of them will not sign: it is over. reason: their words."""

    contract: str
    signer: str
    refused_at: datetime
    reason: RefusalWords | None


@event("ContractExpired", stream="contract")
class ContractExpired(Event):
    """Its deadline has passed, and not all have signed."""

    contract: str


@event("ContractCancelAsked", stream="contract")
class ContractCancelAsked(Event):
    """Nobody shall sign any more: opens the effect."""

    contract: str


@event("ContractCancelRefused", stream="contract")
class ContractCancelRefused(Event):
    """Too late, or the provider would not. code: why. next: of the look at the document that follows at once."""

    contract: str
    code: str
    next: str


@event("ContractCancelled", stream="contract")
class ContractCancelled(Event):
    """Nobody can sign it any more."""

    contract: str
    by: CancelledBy


@event("ContractResendAsked", stream="contract")
class ContractResendAsked(Event):
    """A signer shall be asked again: opens the effect."""

    contract: str
    signer: str


@event("ContractResent", stream="contract")
class ContractResent(Event):
    """code: why they were not asked, or not surely; None: they were."""

    contract: str
    signer: str
    code: str | None


@event("ContractLinkAsked", stream="contract")
class ContractLinkAsked(Event):
    """The link shall be said to the lead once more: opens the effect."""

    contract: str


@event("ContractLinkWritten", stream="contract")
class ContractLinkWritten(Event):
    """The link is said to the lead, in the same commit, by that notice."""

    contract: str
    conversation: str
    notice: str


@event("ContractLinkNotSent", stream="contract")
class ContractLinkNotSent(Event):
    """The link is not said to the lead: people have to pass it on. code: why."""

    contract: str
    code: str
