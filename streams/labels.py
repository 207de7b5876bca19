"""The labels that personal fields are sealed under, read from the domain's annotations: written down once."""

from __future__ import annotations

from typing import Any, Final, get_args

from domain.kernel.sealed import Address, AliasValue, ContactName, EmailValue, MessageContent, MessageText, Personal


def _label(annotated: Any) -> str:
    personal = next(each for each in get_args(annotated) if isinstance(each, Personal))
    return personal.label


TEXT: Final = _label(MessageText)
CONTENT: Final = _label(MessageContent)
NAME: Final = _label(ContactName)
ALIAS: Final = _label(AliasValue)
ADDRESS: Final = _label(Address)
EMAIL: Final = _label(EmailValue)
