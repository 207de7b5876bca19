"""Templates of a company's contracts: texts with variables, in versions."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import orjson
from fastapi import APIRouter, Response
from pydantic import Field, JsonValue

from api.auth import Caller, CallerDep, TenantDep, allowed
from api.bodies import Strict
from api.etags import TAGGED, TagsDep
from api.reading import Fresh
from api.services import Services, ServicesDep
from api.submit import IdempotencyKey, Written, answer, command_id, written
from domain.holding.policies import MAX_NAME
from domain.kernel.actor import Permission
from domain.kernel.command import Command
from domain.kernel.errors import NotFound
from domain.kernel.ids import derived, tenant_journey
from domain.template.commands import CreateTemplate, PublishTemplateVersion, RetireTemplate
from domain.template.parts import TemplateVariable, Text
from gateways.typst.template import MOST_VARIABLES, SignaturePlace, parsed
from projections.read import companies
from projections.read import templates as reads
from projections.read.templates import Template, TemplateHead

router = APIRouter(prefix="/v1/templates", tags=["contracts"], dependencies=[Fresh])

Values = dict[str, JsonValue]

PDF: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The contract as it would be",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class TemplateBody(Strict):
    """body: title, variables and blocks of text (docs/guides/contracts.md)."""

    name: str = Field(min_length=1, max_length=MAX_NAME)
    body: dict[str, JsonValue]

    def text(self) -> Text:
        """Raises TemplateInvalid with all that is wrong."""
        raw = orjson.dumps(self.body)
        template = parsed(raw)
        return Text(
            name=self.name.strip(),
            body=raw.decode(),
            variables=tuple(
                TemplateVariable(name=each.name, kind=each.kind, label=each.label, required=each.required)
                for each in template.variables
            ),
            signers=tuple(block.signer for block in template.blocks if isinstance(block, SignaturePlace)),
        )


class PreviewBody(Strict):
    """values: by variable's name. version: the newest where none is given. locale: BCP 47; the company's where none is
    given."""

    values: Values = Field(default={}, max_length=MOST_VARIABLES)
    version: int | None = Field(default=None, ge=1, le=2**31)
    locale: str | None = Field(default=None, max_length=20)


class TemplateWritten(Written):
    """template: its id."""

    template: str


@router.get("", **allowed(Permission.CONTRACT_READ))
async def list_templates(services: ServicesDep, caller: CallerDep, tenant: TenantDep) -> tuple[TemplateHead, ...]:
    """The newest version of each, by name; the retired ones last."""
    async with services.reads.company(tenant, caller.sight) as conn:
        return await reads.templates(conn, tenant)


@router.post("", **written(TemplateWritten), **allowed(Permission.TEMPLATE_MANAGE))
async def create_template(
    body: TemplateBody,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """With its first version. 422 `template_invalid`: `errors` has all that is wrong; 409 `too_many_signers`."""
    id_ = command_id(caller, f"templates:{tenant}", idempotency_key)
    template = derived("template", id_)
    command = CreateTemplate(template=template, company=tenant, text=body.text())
    return await _written(services, caller, command, tenant, template, id_)


@router.get("/{template_id}", **TAGGED, **allowed(Permission.CONTRACT_READ))
async def get_template(
    template_id: UUID,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    tags: TagsDep,
    version: int | None = None,
) -> Template:
    """The newest version, or that one. 404 `template_not_found`, also for another company's."""
    tag = await tags.version(f"template-{template_id}")
    found = await template_of(services, caller, tenant, template_id, version)
    tags.show(tag)
    return found


@router.post("/{template_id}/versions", **written(TemplateWritten), **allowed(Permission.TEMPLATE_MANAGE))
async def publish_template_version(
    template_id: UUID,
    body: TemplateBody,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """All of it, as it shall be from now on; contracts keep the version that they were made from. As `create_template`;
    404 `unknown_template`, also for another company's; 409 `template_unchanged`, `template_retired`."""
    id_ = command_id(caller, f"templates:{template_id}:versions", idempotency_key)
    command = PublishTemplateVersion(template=str(template_id), company=tenant, text=body.text())
    return await _written(services, caller, command, tenant, str(template_id), id_)


@router.delete("/{template_id}", **written(TemplateWritten), **allowed(Permission.TEMPLATE_MANAGE))
async def retire_template(
    template_id: UUID,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """For good: no more contracts are made from it. 404 `unknown_template`; 409 `template_retired`."""
    id_ = command_id(caller, f"templates:{template_id}:retire", idempotency_key)
    command = RetireTemplate(template=str(template_id), company=tenant)
    return await _written(services, caller, command, tenant, str(template_id), id_)


@router.post("/{template_id}/preview", response_class=Response, responses=PDF, **allowed(Permission.CONTRACT_READ))
async def preview_template(
    template_id: UUID, body: PreviewBody, services: ServicesDep, caller: CallerDep, tenant: TenantDep
) -> Response:
    """The PDF with these values; nothing is kept. 422 `values_invalid`: `errors` names every variable that is missing
    or wrong; `locale_unknown`; 413 `contract_too_large`; 503 `rendering_too_slow`; 404 `template_not_found`."""
    found = await template_of(services, caller, tenant, template_id, body.version)
    locale = body.locale or await locale_of_company(services, caller, tenant)
    rendered = await services.renderer.render(parsed(found.text), body.values, locale, found.created_at)
    return Response(rendered.pdf, media_type="application/pdf")


async def template_of(
    services: Services, caller: Caller, tenant: str, template_id: UUID, version: int | None
) -> Template:
    """Raises NotFound `template_not_found`."""
    async with services.reads.company(tenant, caller.sight) as conn:
        found = await reads.template(conn, tenant, str(template_id), version)
    if found is None:
        raise NotFound("template_not_found")
    return found


async def locale_of_company(services: Services, caller: Caller, tenant: str) -> str:
    """BCP 47. Raises NotFound `company_not_found`."""
    async with services.reads.company(tenant, caller.sight) as conn:
        found = await companies.company(conn, tenant)
    if found is None:
        raise NotFound("company_not_found")
    return found.locale


async def _written(
    services: Services, caller: Caller, command: Command, tenant: str, template: str, id_: str
) -> Response:
    journey = tenant_journey(tenant)
    outcome = await services.commander.run(caller, tenant=tenant, journey=journey, id_=id_, command=command)
    return answer(TemplateWritten, journey, id_, outcome, template=template)
