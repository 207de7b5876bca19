"""Commands to a contract: from people, from effects, and from the provider's webhooks."""

from __future__ import annotations

from datetime import datetime

from domain.contract.parts import AfterSigning, Reminder, SentHow, SignedFile, Signer, SignerLink, SignerSeen
from domain.conversation.parts import Chunk
from domain.kernel.actor import Permission
from domain.kernel.command import Command, command
from domain.kernel.sealed import ContractValues


@command("DraftContract", needs=Permission.CONTRACT_MANAGE)
class DraftContract(Command):
    """contract: a fresh UUID. Whoever asks must have looked that the template's version is there and goes on, that the
    values fill it, that the signers' addresses and numbers are good. See ContractDrafted."""

    lead: str
    contract: str
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


@command("SendContract", needs=Permission.CONTRACT_MANAGE)
class SendContract(Command):
    """Makes the document at the provider, which may cost. Also after the provider refused."""

    lead: str
    contract: str
    deal: str


@command("CancelContract", needs=Permission.CONTRACT_MANAGE)
class CancelContract(Command):
    """Nobody shall sign it any more."""

    lead: str
    contract: str


@command("ResendContract", needs=Permission.CONTRACT_MANAGE)
class ResendContract(Command):
    """The provider asks this signer again."""

    lead: str
    contract: str
    signer: str


@command("SettleContract", needs=Permission.CONTRACT_MANAGE)
class SettleContract(Command):
    """What a person says of an unknown outcome. never_made: there is no document at the provider: it may be sent anew.
    Else it is looked for: document: under this id, None: by our reference."""

    lead: str
    contract: str
    never_made: bool
    document: str | None


@command("AttemptContract", needs=Permission.CONTRACT_SEND)
class AttemptContract(Command):
    """A runner asks to be the one that calls, under a fresh claim. timeout_ms: of the call it will make."""

    lead: str
    contract: str
    claim: str
    timeout_ms: int


@command("RecordContractNotCalled", needs=Permission.CONTRACT_SEND)
class RecordContractNotCalled(Command):
    """The claim's holder did not call. retry_ms: not before this much from now."""

    lead: str
    contract: str
    claim: str
    retry_ms: int


@command("RecordContractRejected", needs=Permission.CONTRACT_SEND)
class RecordContractRejected(Command):
    """The provider refused for now: nothing was made."""

    lead: str
    contract: str
    claim: str
    code: str
    retry_ms: int


@command("RecordContractFailed", needs=Permission.CONTRACT_SEND)
class RecordContractFailed(Command):
    """The provider refused for good: nothing was made."""

    lead: str
    contract: str
    claim: str
    code: str


@command("RecordContractSent", needs=Permission.CONTRACT_SEND)
class RecordContractSent(Command):
    """The document is there. Also long after, when nobody knew."""

    lead: str
    contract: str
    claim: str
    document: str
    how: SentHow
    links: tuple[SignerLink, ...]


@command("RecordContractUnknown", needs=Permission.CONTRACT_SEND)
class RecordContractUnknown(Command):
    """Looked for and not found."""

    lead: str
    contract: str
    claim: str


@command("HintContract", needs=Permission.CONTRACT_HINT)
class HintContract(Command):
    """A webhook says that something happened to the document. hint: the provider's id of the event. kind: its name."""

    lead: str
    contract: str
    document: str
    hint: str
    kind: str


@command("RecordContractState", needs=Permission.CONTRACT_SEND)
class RecordContractState(Command):
    """What the document says, asked by us. check: of the effect that asked. gone: there is none any more. passed: its
    deadline is over. file: the signed PDF, where all have signed. after: what a signature does to the deal."""

    lead: str
    contract: str
    deal: str
    check: str
    signers: tuple[SignerSeen, ...]
    passed: bool
    gone: bool
    file: SignedFile | None
    after: AfterSigning | None


@command("RecordContractCancelled", needs=Permission.CONTRACT_SEND)
class RecordContractCancelled(Command):
    """Nobody can sign it any more."""

    lead: str
    contract: str


@command("RecordContractCancelRefused", needs=Permission.CONTRACT_SEND)
class RecordContractCancelRefused(Command):
    """It was not cancelled. code: why."""

    lead: str
    contract: str
    code: str


@command("RecordContractResent", needs=Permission.CONTRACT_SEND)
class RecordContractResent(Command):
    """See ContractResent."""

    lead: str
    contract: str
    signer: str
    code: str | None


@command("SayContractLink", needs=Permission.CONTRACT_SEND)
class SayContractLink(Command):
    """The link goes to the lead by a notice in that conversation. chunks: its words."""

    lead: str
    contract: str
    conversation: str
    notice: str
    chunks: tuple[Chunk, ...]


@command("RecordContractLinkNotSent", needs=Permission.CONTRACT_SEND)
class RecordContractLinkNotSent(Command):
    """There is no way to say it. code: why."""

    lead: str
    contract: str
    code: str
