"""Which texts a company makes its contracts from."""

from __future__ import annotations

from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.template import commands as tc
from domain.template import events as e
from domain.template.aggregate import Template
from domain.template.parts import Text
from domain.template.policies import MAX_VERSIONS, check


def create_template(journey: Journey, command: tc.CreateTemplate) -> None:
    """Refused: template_exists, and as `policies.check`."""
    template = journey.get(Template, command.template)
    if template.exists:
        raise Refused("template_exists")
    check(command.text)
    journey.record(template, e.TemplateCreated, template=command.template, company=command.company)
    _publish(journey, template, command.text)


def publish_template_version(journey: Journey, command: tc.PublishTemplateVersion) -> None:
    """Refused: unknown_template, template_retired, template_unchanged, too_many_versions, and as `policies.check`."""
    template = _going_on(journey, command)
    check(command.text)
    if template.text == command.text:
        raise Refused("template_unchanged")
    if template.number >= MAX_VERSIONS:
        raise Refused("too_many_versions", f"at most {MAX_VERSIONS}: make a new template")
    _publish(journey, template, command.text)


def retire_template(journey: Journey, command: tc.RetireTemplate) -> None:
    """Refused: unknown_template, template_retired."""
    template = _going_on(journey, command)
    journey.record(template, e.TemplateRetired, template=command.template, last=template.number)


def _publish(journey: Journey, template: Template, text: Text) -> None:
    journey.record(
        template,
        e.TemplateVersionPublished,
        template=template.key,
        number=template.number + 1,
        name=text.name,
        body=text.body,
        variables=text.variables,
        signers=text.signers,
    )


def _going_on(journey: Journey, command: tc.PublishTemplateVersion | tc.RetireTemplate) -> Template:
    template = journey.get(Template, command.template)
    if template.company != command.company:
        raise Refused("unknown_template")
    if template.retired:
        raise Refused("template_retired")
    return template
