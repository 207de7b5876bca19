"""A contract's template: only its newest text counts for what is decided."""

from __future__ import annotations

from domain.effect import events as x
from domain.kernel.stream import Stream, evolves
from domain.template import events as e
from domain.template.parts import Text


class Template(Stream):
    """company: "" before it is made. number: of the newest version."""

    CATEGORY = "template"

    def begin(self) -> None:
        self.company = ""
        self.number = 0
        self.text: Text | None = None
        self.retired = False

    @property
    def owner(self) -> str | None:
        return self.company or None

    @evolves(e.TemplateCreated)
    def _created(self, event: e.TemplateCreated) -> None:
        self.company = event.company

    @evolves(e.TemplateVersionPublished)
    def _published(self, event: e.TemplateVersionPublished) -> None:
        self.number = event.number
        self.text = Text(name=event.name, body=event.body, variables=event.variables, signers=event.signers)

    @evolves(e.TemplateRetired)
    def _retired(self, _event: e.TemplateRetired) -> None:
        self.retired = True

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, _event: x.EffectExpired | x.EffectAbandoned) -> None:
        """A template opens no effect."""
