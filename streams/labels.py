"""The labels that personal fields are sealed under, read from the domain's annotations."""

from __future__ import annotations

from typing import Final

from domain.kernel.sealed import (
    Address,
    AliasValue,
    ClickId,
    ContactName,
    ConversionPayload,
    EmailValue,
    MessageContent,
    MessageText,
    label_of,
)

TEXT: Final = label_of(MessageText)
CONTENT: Final = label_of(MessageContent)
NAME: Final = label_of(ContactName)
ALIAS: Final = label_of(AliasValue)
ADDRESS: Final = label_of(Address)
EMAIL: Final = label_of(EmailValue)
CLICK: Final = label_of(ClickId)
PAYLOAD: Final = label_of(ConversionPayload)
