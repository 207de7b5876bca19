"""The labels that personal fields are sealed under, read from the domain's annotations."""

from __future__ import annotations

from typing import Final

from domain.kernel.sealed import (
    Address,
    AliasValue,
    ClickId,
    ContactName,
    ContractValues,
    ConversionPayload,
    EmailValue,
    MessageContent,
    MessageText,
    RefusalWords,
    SignerContact,
    SignLink,
    label_of,
)

TEXT: Final = label_of(MessageText)
CONTENT: Final = label_of(MessageContent)
NAME: Final = label_of(ContactName)
ALIAS: Final = label_of(AliasValue)
ADDRESS: Final = label_of(Address)
EMAIL: Final = label_of(EmailValue)
CLICK: Final = label_of(ClickId)
VALUES: Final = label_of(ContractValues)
SIGNER: Final = label_of(SignerContact)
SIGN_LINK: Final = label_of(SignLink)
REFUSAL: Final = label_of(RefusalWords)
PAYLOAD: Final = label_of(ConversionPayload)
