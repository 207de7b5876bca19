"""Contracts of leads: drafted from a template, sent once, watched until they are over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, Field

from api.auth import CallerDep, TenantDep, allowed
from api.bodies import Strict
from api.etags import TAGGED, TagsDep
from api.on_lead import OnLeadDep, text_of
from api.reading import Fresh
from api.routes.files import LinkMade
from api.routes.leads import After, Limit
from api.routes.templates import Values, locale_of_company, template_of
from api.services import ServicesDep
from api.signing import SignerBody, account_needed
from api.submit import Written, written
from api.watch import ReadingDep
from domain.contract import events as e
from domain.contract.commands import CancelContract, DraftContract, ResendContract, SendContract, SettleContract
from domain.contract.parts import ContractState, Reminder
from domain.contract.policies import MAX_SIGNERS
from domain.kernel.actor import Permission
from domain.kernel.errors import InvalidInput, NotFound, Refused
from domain.kernel.ids import derived, lead_journey
from domain.kernel.sealed import ContractValues, label_of
from gateways.typst.problems import Problem, ValuesInvalid
from gateways.typst.template import MOST_VARIABLES, parsed
from gateways.typst.values import filled, locale_of
from projections.read import contracts as reads
from projections.read.contracts import Contract, ContractSigner
from projections.read.page import Page

router = APIRouter(prefix="/v1/contracts", tags=["contracts"], dependencies=[Fresh])

HISTORY: Final = 500
"""Events of one contract that are shown: some dozens are usual, and a look a day is not among them."""

UNTOLD: Final = (e.ContractChecked, e.ContractHinted)
"""When somebody looked and found nothing new is no history."""


class DraftBody(Strict):
    """version: the template's newest where none is given. values: by variable's name. ordered: they sign in the order
    that is given. sandbox: it binds nobody; always so where the company's account is for trying. locale: BCP 47; the
    company's where none is given."""

    deal: UUID
    template: UUID
    version: int | None = Field(default=None, ge=1, le=2**31)
    values: Values = Field(default={}, max_length=MOST_VARIABLES)
    signers: tuple[SignerBody, ...] = Field(min_length=1, max_length=MAX_SIGNERS)
    ordered: bool = False
    deadline_at: AwareDatetime | None = None
    reminder: Reminder | None = None
    sandbox: bool = False
    locale: str | None = Field(default=None, max_length=20)


class SignerNamed(Strict):
    signer: str = Field(min_length=1, max_length=60)


class SettleBody(Strict):
    """never_made: somebody has looked at the provider: there is no such document. Else it is looked for again, under
    the provider's id, or by our reference where none is given."""

    never_made: bool = False
    document: str | None = Field(default=None, min_length=1, max_length=100, pattern="^[A-Za-z0-9-]+$")


class ContractWritten(Written):
    """contract: its id."""

    contract: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event of its history. by: kind of who did it; user_id: where a person did."""

    event_id: str
    event: str
    at: datetime
    by: str
    user_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractDetail:
    """values: what stands in its variables, None when erased."""

    contract: Contract
    values: dict[str, Any] | None
    signers: tuple[ContractSigner, ...]
    history: tuple[Step, ...]


@router.get("", **allowed(Permission.CONTRACT_READ))
async def list_contracts(
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    reading: ReadingDep,
    lead: UUID | None = None,
    deal: UUID | None = None,
    state: ContractState | None = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[Contract]:
    """Those whose leads the caller sees, the newest first."""
    async with services.reads.company(tenant, caller.sight) as conn:
        found = await reads.contracts(
            conn,
            tenant,
            lead=text_of(lead),
            deal=text_of(deal),
            state=state,
            limit=limit,
            after=after,
            scope=caller.sight.scope,
        )
    reading.of("contract", *{each.lead_id for each in found.items})
    return found


@router.post("", **written(ContractWritten), **allowed(Permission.CONTRACT_MANAGE))
async def draft_contract(body: DraftBody, on: OnLeadDep) -> Response:
    """Nothing is sent yet. 422 `values_invalid`: `errors` names every variable that is missing or wrong, every signer's
    address or number that is, and every line that nobody signs; `locale_unknown`. 404 `deal_not_found`,
    `template_not_found`; 409 `template_retired`, `deal_over`, `nobody_signs`, `signer_twice`, `channel_reaches_one`,
    `deadline_passed`, `deadline_too_far`, `provider_not_configured`, `lead_erased`."""
    deal = await on.deal(body.deal)
    found = await template_of(on.services, on.caller, on.tenant, body.template, body.version)
    if found.retired:
        raise Refused("template_retired")
    locale = body.locale or await locale_of_company(on.services, on.caller, on.tenant)
    known = locale_of(locale)
    problems: list[Problem] = [*filled(parsed(found.text), body.values, known).problems]
    for place, each in enumerate(body.signers):
        problems += each.problems(f"signers.{place}", known)
    problems += _unsigned(found.signers, body.signers)
    if problems:
        raise ValuesInvalid(problems)
    account = await account_needed(on.services.vault.credentials, on.tenant)
    sealer = await on.sealer(deal.lead_id)
    id_ = on.id_of(f"contracts:{deal.id}")
    contract = derived("contract", id_)
    command = DraftContract(
        lead=deal.lead_id,
        contract=contract,
        deal=deal.id,
        template=found.id,
        template_version=found.version,
        values=sealer.json(label_of(ContractValues), body.values),
        locale=locale,
        signers=tuple(each.sealed(sealer) for each in body.signers),
        ordered=body.ordered,
        deadline_at=body.deadline_at,
        reminder=body.reminder,
        sandbox=body.sandbox or account.sandbox,
    )
    return await on.write(deal.lead_id, command, id_, ContractWritten, contract=contract)


@router.get("/{contract_id}", **TAGGED, **allowed(Permission.CONTRACT_READ))
async def get_contract(
    contract_id: UUID, services: ServicesDep, caller: CallerDep, tenant: TenantDep, reading: ReadingDep, tags: TagsDep
) -> ContractDetail:
    """404 `contract_not_found`, also for another company's and that of a lead that the caller does not see."""
    version = await tags.version(f"contract-{contract_id}")
    async with services.reads.company(tenant, caller.sight) as conn:
        contract = await reads.contract(conn, tenant, str(contract_id))
        if contract is None:
            raise NotFound("contract_not_found")
        values = await reads.values_of(conn, tenant, contract.id)
        signers = await reads.signers(conn, tenant, contract.id)
    placed = await services.events.stream_events(
        lead_journey(contract.lead_id), f"contract-{contract.id}", limit=HISTORY
    )
    reading.of("contract", contract.lead_id)
    tags.show(version, whole=False)
    history = tuple(
        Step(
            event_id=each.recorded.meta.event_id,
            event=each.recorded.event.TOPIC,
            at=each.recorded.at,
            by=each.recorded.meta.actor.kind.value,
            user_id=each.recorded.meta.actor.id if each.recorded.meta.actor.kind.value == "user" else None,
        )
        for each in placed
        if not isinstance(each.recorded.event, UNTOLD)
    )
    return ContractDetail(contract=contract, values=values, signers=signers, history=history)


@router.post("/{contract_id}/sending", **written(Written), **allowed(Permission.CONTRACT_MANAGE))
async def send_contract(contract_id: UUID, on: OnLeadDep) -> Response:
    """Makes the document at the provider, which bills it unless it is for trying. Made once: where nobody knows what
    came of it the state is `outcome_unknown`, and a person settles it. 404 `contract_not_found`; 409 `contract_sent`,
    `contract_over`, `settle_first`, `deal_over`, `deadline_passed`, `provider_not_configured`."""
    contract = await on.contract(contract_id)
    await account_needed(on.services.vault.credentials, on.tenant)
    command = SendContract(lead=contract.lead_id, contract=contract.id, deal=contract.deal_id)
    return await on.write(contract.lead_id, command, on.id_of(f"send:{contract.id}"))


@router.post("/{contract_id}/cancelling", **written(Written), **allowed(Permission.CONTRACT_MANAGE))
async def cancel_contract(contract_id: UUID, on: OnLeadDep) -> Response:
    """At once where nothing was made; else the provider is asked that nobody can sign any more. 404
    `contract_not_found`; 409 `contract_over`, `contract_attempted`, `settle_first`, `already_asked`."""
    contract = await on.contract(contract_id)
    command = CancelContract(lead=contract.lead_id, contract=contract.id)
    return await on.write(contract.lead_id, command, on.id_of(f"cancel:{contract.id}"))


@router.post("/{contract_id}/resending", **written(Written), **allowed(Permission.CONTRACT_MANAGE))
async def resend_contract(contract_id: UUID, body: SignerNamed, on: OnLeadDep) -> Response:
    """By mail, or by us where the lead talks with us. 404 `contract_not_found`, `unknown_signer`; 409 `signer_done`,
    `not_delivered` for a link that people pass on, `already_asked`, `contract_over`, `contract_not_sent`."""
    contract = await on.contract(contract_id)
    command = ResendContract(lead=contract.lead_id, contract=contract.id, signer=body.signer)
    return await on.write(contract.lead_id, command, on.id_of(f"resend:{contract.id}:{body.signer}"))


@router.post("/{contract_id}/settling", **written(Written), **allowed(Permission.CONTRACT_MANAGE))
async def settle_contract(contract_id: UUID, body: SettleBody, on: OnLeadDep) -> Response:
    """What a person says of an unknown outcome. 404 `contract_not_found`; 409 `nothing_to_settle`; 422
    `settling_contradicts`."""
    contract = await on.contract(contract_id)
    if body.never_made and body.document is not None:
        raise InvalidInput("settling_contradicts", "never_made, or the document that there is: not both")
    command = SettleContract(
        lead=contract.lead_id, contract=contract.id, never_made=body.never_made, document=body.document
    )
    return await on.write(contract.lead_id, command, on.id_of(f"settle:{contract.id}"))


@router.get("/{contract_id}/file", **allowed(Permission.CONTRACT_READ))
async def link_signed_file(
    contract_id: UUID, services: ServicesDep, caller: CallerDep, tenant: TenantDep, reading: ReadingDep
) -> LinkMade:
    """To the signed PDF, for five minutes. 404 `contract_not_found`, `file_not_found` once the lead is erased; 409
    `contract_not_signed`."""
    async with services.reads.company(tenant, caller.sight) as conn:
        contract = await reads.contract(conn, tenant, str(contract_id))
    if contract is None:
        raise NotFound("contract_not_found")
    if contract.file_id is None:
        raise Refused("contract_not_signed", f"it is {contract.state}")
    file = await services.vault.files.of_lead(tenant, contract.lead_id, contract.file_id)
    link = await services.vault.file_links.make(tenant, file.id)
    reading.of("contract", contract.lead_id)
    url = f"/v1/files/{file.id}/content?link={link.token}"
    return LinkMade(url=url, expires_at=datetime.fromtimestamp(link.until, UTC))


def _unsigned(lines: Sequence[str], signers: Sequence[SignerBody]) -> list[Problem]:
    """Lines of the template that nobody signs."""
    given = {each.signer for each in signers}
    return [Problem("signer_missing", line) for line in lines if line not in given]
