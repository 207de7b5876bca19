"""Personal data as the domain sees it: sealed bytes that only the vault's keys can open.

A field of a command or an event that can tell something about a person is annotated
`Annotated[Sealed, Personal("message.text")]`. The label is the field's name in the associated data of the
encryption (company / journey / label), so that sealed bytes copied from a command into its event still open,
and bytes moved to another company, journey or field do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any


class Sealed(bytes):
    """AES-256-GCM-SIV ciphertext made by `vault.sealing`. The domain carries it and never looks inside."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Personal:
    """Marks a sealed field. `label` is its stable name in the associated data: never renamed.

    of: whose key seals it. "": the journey's person. `user`: the user whose id stands in the event's field `user`, for
    the holding's journey is about many people.
    """

    label: str
    of: str = ""

    def subject(self, journey: str, of: str) -> str:
        """The name that the vault knows the person by. of: what the field that `of` names says."""
        return f"{self.of}/{of}" if self.of else journey


def mark_of(annotated: Any) -> Personal:
    """The mark in `Annotated[Sealed, Personal(…)]`: it is written down once."""
    return next(part for part in annotated.__metadata__ if isinstance(part, Personal))


def label_of(annotated: Any) -> str:
    return mark_of(annotated).label


MessageText = Annotated[Sealed, Personal("message.text")]
"""UTF-8 words of one message, sealed."""

MessageContent = Annotated[Sealed, Personal("message.content")]
"""JSON of everything else the provider said of one message (media, data, reaction, referral), sealed."""

ContactName = Annotated[Sealed, Personal("contact.name")]
"""UTF-8 display name, sealed."""

AliasValue = Annotated[Sealed, Personal("alias.value")]
"""UTF-8 value of one alias (a phone, a LID, …), sealed."""

Address = Annotated[Sealed, Personal("conversation.address")]
"""UTF-8 address that answers go to (for WhatsApp the JID as last sent), sealed."""

FactValue = Annotated[Sealed, Personal("lead.fact")]
"""JSON of one answer of a lead, sealed."""

ClickId = Annotated[Sealed, Personal("lead.click")]
"""UTF-8 id of the click that led here (a `ctwa_clid`, an `fbclid`), sealed: it names a person at the ad platform."""

ActivityText = Annotated[Sealed, Personal("deal.activity")]
"""UTF-8 words of a note or a task, sealed."""

BriefText = Annotated[Sealed, Personal("deal.brief")]
"""JSON of a handoff brief, sealed."""

ContractValues = Annotated[Sealed, Personal("contract.values")]
"""JSON of what stands in a contract's variables, sealed."""

SignerContact = Annotated[Sealed, Personal("contract.signer")]
"""JSON of who signs: `{name, email, phone, cpf}`, sealed."""

SignLink = Annotated[Sealed, Personal("contract.link")]
"""UTF-8 address of the page where one person signs, sealed: whoever has it may sign."""

RefusalWords = Annotated[Sealed, Personal("contract.refusal")]
"""UTF-8 words of who refused to sign, sealed."""
ConversionPayload = Annotated[Sealed, Personal("conversion.payload")]
"""JSON of an event as it is sent to Meta, sealed: its person is in hashes, and a hash of what one person has is a name,
too."""

EmailValue = Annotated[Sealed, Personal("user.email", of="user")]
"""UTF-8 e-mail address, sealed under the user's key."""

UserName = Annotated[Sealed, Personal("user.name", of="user")]
"""UTF-8 name that colleagues see, sealed under the user's key."""
