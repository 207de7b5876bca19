"""Events of a contract's template, in its company's journey. Nothing in them is personal."""

from __future__ import annotations

from domain.kernel.event import Event, event
from domain.template.parts import TemplateVariable


@event("TemplateCreated", stream="template")
class TemplateCreated(Event):
    """A company has a template more. Its first version is published in the same commit."""

    template: str
    company: str


@event("TemplateVersionPublished", stream="template")
class TemplateVersionPublished(Event):
    """What contracts are made from from now on. number: from 1. Contracts keep the version that they were made from."""

    template: str
    number: int
    name: str
    body: str
    variables: tuple[TemplateVariable, ...]
    signers: tuple[str, ...]


@event("TemplateRetired", stream="template")
class TemplateRetired(Event):
    """For good: no more contracts are made from it. last: the number of its last version."""

    template: str
    last: int
