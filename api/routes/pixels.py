"""Pixels of a company: where its conversions are reported to. Their tokens go to the vault, never to the log.

All of them are one stream, so that no lead is reported twice: an `ETag` here is the version of all.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Response
from pydantic import Field, SecretStr

from api.accounts.putting_out import PuttingOut
from api.auth import Caller, CallerDep, TenantDep, allowed
from api.backfilling import Backfill, Backfilled
from api.bodies import Strict
from api.etags import TAGGED, TagsDep
from api.money import Amount, Currency
from api.on_lead import text_of
from api.pixel_test import Tested, tested
from api.reading import Fresh
from api.services import Services, ServicesDep
from api.submit import IdempotencyKey, Written, answer, command_id, written
from domain.deal.parts import Money
from domain.holding.policies import MAX_NAME
from domain.kernel.actor import Permission
from domain.kernel.command import Command
from domain.kernel.errors import NotFound, Refused
from domain.kernel.ids import derived, tenant_journey
from domain.pixel.commands import AddPixel, ChangePixel, ReleasePixel, RetirePixel, SetPixelToken
from domain.pixel.policies import DATASET, EVENT_NAME, TEST_CODE, WHOLE
from domain.pixel.settings import ConsentRule, Milestone, Report, Setup, ValueFrom
from projections.read import pixels as reads
from projections.read.centurions import centurion
from projections.read.pixels import Pixel
from vault.accounts.outbox import Put
from vault.credentials import Credential

router = APIRouter(prefix="/v1/pixels", tags=["pixels"], dependencies=[Fresh])

KIND: Final = "meta"
"""Of a pixel's credential in the vault."""


class FixedBody(Strict):
    minor: Amount
    currency: Currency


class ReportBody(Strict):
    """name: Meta's, as `Lead`, `Schedule`, `Purchase`, or one of the company's own. value: what it is worth: nothing
    said, the deal's value, always the same (`fixed`), or a part of the deal's value (`percent`)."""

    milestone: Milestone
    name: str = Field(pattern=f"^{EVENT_NAME.pattern}$")
    value: ValueFrom = ValueFrom.NONE
    fixed: FixedBody | None = None
    percent: int | None = Field(default=None, ge=1, le=WHOLE)

    def report(self) -> Report:
        fixed = Money(minor=self.fixed.minor, currency=self.fixed.currency) if self.fixed else None
        return Report(milestone=self.milestone, name=self.name, value=self.value, fixed=fixed, percent=self.percent)


class PixelBody(Strict):
    """dataset: the pixel's id at Meta. centurion: whose leads it reports; none: those of all who have no pixel of their
    own. consent: `required`: nothing is sent of who has not agreed to the measuring of ads; `assumed`: only who said no
    is left out. limited: limited data use. reports: milestones that are sent, each once."""

    name: str = Field(min_length=1, max_length=MAX_NAME)
    dataset: str = Field(pattern=f"^{DATASET.pattern}$")
    centurion: UUID | None = None
    test_code: str | None = Field(default=None, pattern=f"^{TEST_CODE.pattern}$")
    consent: ConsentRule = ConsentRule.REQUIRED
    limited: bool = False
    reports: tuple[ReportBody, ...] = Field(default=(), max_length=len(Milestone))

    def setup(self) -> Setup:
        return Setup(
            name=self.name,
            dataset=self.dataset,
            centurion=text_of(self.centurion),
            test_code=self.test_code,
            consent=self.consent,
            limited=self.limited,
            reports=tuple(each.report() for each in self.reports),
        )


class TokenBody(Strict):
    """token: best of a system user, for it lasts. app_secret: of its app; with it each call proves to have both."""

    token: SecretStr = Field(min_length=1, max_length=1000)
    app_secret: SecretStr | None = Field(default=None, min_length=1, max_length=200)


class TestBody(Strict):
    """test_code: of the test tab of the Events Manager; the pixel's own where none is given."""

    test_code: str | None = Field(default=None, pattern=f"^{TEST_CODE.pattern}$")


class PixelWritten(Written):
    """pixel: its id."""

    pixel: str


@router.get("", **TAGGED, **allowed(Permission.PIXEL_READ))
async def list_pixels(services: ServicesDep, caller: CallerDep, tenant: TenantDep, tags: TagsDep) -> tuple[Pixel, ...]:
    """The oldest first, retired ones last."""
    version = await tags.version(f"pixels-{tenant}")
    async with services.reads.company(tenant, caller.sight) as conn:
        found = await reads.pixels(conn, tenant)
    tags.show(version)
    return found


@router.post("", **written(PixelWritten), **allowed(Permission.PIXEL_MANAGE))
async def add_pixel(
    body: PixelBody,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Held until it has a token. 404 `unknown_centurion`; 409 `place_taken` where that Centurion, or the company, has
    one already, `milestone_twice`, `invalid_value_rule`, `value_rule_missing`, `too_many_pixels`."""
    id_ = command_id(caller, f"pixels:{tenant}", idempotency_key)
    pixel = derived("pixel", id_) if idempotency_key else str(uuid4())
    setup = await _setup(services, caller, tenant, body)
    command = AddPixel(pixel=pixel, company=tenant, **setup.own_fields())
    return await _written(services, caller, command, tenant, pixel, id_)


@router.get("/{pixel_id}", **TAGGED, **allowed(Permission.PIXEL_READ))
async def get_pixel(
    pixel_id: UUID, services: ServicesDep, caller: CallerDep, tenant: TenantDep, tags: TagsDep
) -> Pixel:
    """A retired one, too. 404 `pixel_not_found`, also for another company's."""
    version = await tags.version(f"pixels-{tenant}")
    found = await _pixel(services, caller, tenant, pixel_id)
    tags.show(version)
    return found


@router.put("/{pixel_id}", **written(PixelWritten), **allowed(Permission.PIXEL_MANAGE))
async def change_pixel(
    pixel_id: UUID,
    body: PixelBody,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """All of it. As `add_pixel`; 409 `pixel_unchanged`; 404 `unknown_pixel`, also for another company's."""
    id_ = command_id(caller, f"pixels:{pixel_id}:change", idempotency_key)
    setup = await _setup(services, caller, tenant, body)
    command = ChangePixel(pixel=str(pixel_id), company=tenant, **setup.own_fields())
    return await _written(services, caller, command, tenant, str(pixel_id), id_)


@router.delete("/{pixel_id}", **written(PixelWritten), **allowed(Permission.PIXEL_MANAGE))
async def retire_pixel(
    pixel_id: UUID,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """For good; its token is destroyed. 404 `unknown_pixel`."""
    id_ = command_id(caller, f"pixels:{pixel_id}:retire", idempotency_key)
    command = RetirePixel(pixel=str(pixel_id), company=tenant)
    response = await _written(services, caller, command, tenant, str(pixel_id), id_)
    await services.vault.credentials.delete(tenant, KIND, str(pixel_id))
    return response


@router.put("/{pixel_id}/token", **written(PixelWritten), **allowed(Permission.PIXEL_MANAGE))
async def set_pixel_token(
    pixel_id: UUID,
    body: TokenBody,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """What was held for want of one goes on. 404 `pixel_not_found`; 409 `pixel_retired`."""
    pixel = await _pixel(services, caller, tenant, pixel_id)
    if pixel.retired:
        raise Refused("pixel_retired")
    id_ = command_id(caller, f"pixels:{pixel_id}:token", idempotency_key)
    command = SetPixelToken(pixel=pixel.id, company=tenant, token=derived("pixel-token", id_))
    putting = PuttingOut(services, caller, command, id_, tenant=tenant, journey=tenant_journey(tenant))
    values = {"token": body.token.get_secret_value()}
    if body.app_secret is not None:
        values["app_secret"] = body.app_secret.get_secret_value()
    await services.vault.credentials.put(tenant, KIND, pixel.id, Credential(values), Put(id_, putting.encoded))
    return answer(PixelWritten, tenant_journey(tenant), id_, await putting.send(), pixel=pixel.id)


@router.post("/{pixel_id}/release", **written(PixelWritten), **allowed(Permission.PIXEL_MANAGE))
async def release_pixel(
    pixel_id: UUID,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """After access was given at Meta: it is tried again with the token that there is. 404 `unknown_pixel`; 409
    `pixel_not_held`, `token_missing`."""
    id_ = command_id(caller, f"pixels:{pixel_id}:release", idempotency_key)
    command = ReleasePixel(pixel=str(pixel_id), company=tenant)
    return await _written(services, caller, command, tenant, str(pixel_id), id_)


@router.post("/{pixel_id}/test", **allowed(Permission.PIXEL_MANAGE))
async def test_pixel(
    pixel_id: UUID, body: TestBody, services: ServicesDep, caller: CallerDep, tenant: TenantDep
) -> Tested:
    """Sends one event of nobody (`LegionTest`) and shows what Meta answers; it counts at Meta all the same. 404
    `pixel_not_found`; 409 `pixel_retired`, `token_missing`; 422 `test_code_missing`."""
    return await tested(services, tenant, await _pixel(services, caller, tenant, pixel_id), body.test_code)


@router.post("/{pixel_id}/backfills", **allowed(Permission.CONVERSION_REQUEST))
async def backfill(
    pixel_id: UUID, body: Backfill, services: ServicesDep, caller: CallerDep, tenant: TenantDep
) -> Backfilled:
    """Asks again for what happened in the period and Meta has not accepted, by the pixel's settings of now; a dry run
    only says what that is. The same again is safe: what is on its way or accepted is left alone. At most 500 at a time:
    `next` goes on. 404 `pixel_not_found`; 422 `period_too_old`, `period_empty`."""
    pixel = await _pixel(services, caller, tenant, pixel_id)
    return await body.run(services, caller, tenant, pixel)


async def _pixel(services: Services, caller: Caller, tenant: str, pixel_id: UUID) -> Pixel:
    async with services.reads.company(tenant, caller.sight) as conn:
        found = await reads.pixel(conn, tenant, str(pixel_id))
    if found is None:
        raise NotFound("pixel_not_found")
    return found


async def _setup(services: Services, caller: Caller, tenant: str, body: PixelBody) -> Setup:
    """Raises NotFound `unknown_centurion`."""
    setup = body.setup()
    if setup.centurion is not None:
        async with services.reads.company(tenant, caller.sight) as conn:
            if await centurion(conn, tenant, setup.centurion) is None:
                raise NotFound("unknown_centurion", "centurion: the company has none of this id")
    return setup


async def _written(services: Services, caller: Caller, command: Command, tenant: str, pixel: str, id_: str) -> Response:
    journey = tenant_journey(tenant)
    outcome = await services.commander.run(caller, tenant=tenant, journey=journey, id_=id_, command=command)
    return answer(PixelWritten, journey, id_, outcome, pixel=pixel)
