"""Values in commands and events of a contract's template."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateVariable:
    """What has to be filled in. kind: how it is checked and shown (`gateways/typst/values.py`). required: a contract
    without it is none."""

    name: str
    kind: str
    label: str
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One version of a template. body: JSON blocks (`gateways/typst/template.py`), in which no person stands. signers:
    names of who has a line to sign on, in the order of the text."""

    name: str
    body: str
    variables: tuple[TemplateVariable, ...]
    signers: tuple[str, ...]
