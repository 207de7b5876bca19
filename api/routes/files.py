"""Files of a company. Their contents are behind short links (api/routes/file_content.py)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator, BaseModel

from api.accounts.audit import put_of
from api.auth import CallerDep, TenantDep, allowed
from api.routes.leads import After, Limit
from api.services import ServicesDep
from api.submit import IdempotencyKey, command_id
from api.uploads import TYPES, check_content, media_type_of
from domain.kernel.actor import Permission
from domain.kernel.ids import derived
from domain.security.records import Act, Change
from projections.read.page import Page, decode_cursor, page_of
from vault.files import File, NewFile

router = APIRouter(prefix="/v1/files", tags=["files"])

BODY: Final[dict[str, Any]] = {
    "required": True,
    "description": "the content, 1 MiB at most",
    "content": {each: {"schema": {"type": "string", "format": "binary"}} for each in TYPES},
}

ADDING: Final = allowed(Permission.COMPANY_SETTINGS)


def _printable(name: str) -> str:
    """Raises ValueError: what a file is called is shown to people, and stands in a header."""
    if not name.isprintable() or "/" in name or "\\" in name:
        raise ValueError("control characters and slashes are not part of a name")
    return name


Name = Annotated[str, Query(min_length=1, max_length=200, description="for people"), AfterValidator(_printable)]


class LinkMade(BaseModel):
    """url: relative to the API; whoever has it reads the file until then, without a token."""

    url: str
    expires_at: datetime


@router.post("", status_code=201, **ADDING | {"openapi_extra": {**ADDING["openapi_extra"], "requestBody": BODY}})
async def add_file(
    request: Request,
    name: Name,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> File:
    """413 `body_too_large`; 422 `media_type_unknown`, `content_differs`, `file_empty`; 409 `too_many_files`,
    `file_differs` for another file under the same Idempotency-Key."""
    media_type, content = media_type_of(request.headers.get("content-type", "")), await request.body()
    check_content(media_type, content)
    call = command_id(caller, f"files:{tenant}", idempotency_key)
    new = NewFile(
        id=derived("file", call) if idempotency_key else str(uuid4()),
        company=tenant,
        name=name,
        media_type=media_type,
        made_by=f"{caller.actor.kind}:{caller.actor.id}",
    )
    # The name is the company's own words: it stays out of the log.
    changes = (
        Change(field="media_type", before=None, after=media_type),
        Change(field="size", before=None, after=str(len(content))),
    )
    put = put_of(caller.actor, Act.FILE_ADDED, company=tenant, about=new.id, changes=changes)
    return await services.vault.files.add(new, content, put=put)


@router.get("", **allowed(Permission.COMPANY_READ))
async def list_files(services: ServicesDep, tenant: TenantDep, limit: Limit = 50, after: After = None) -> Page[File]:
    """The newest first."""
    before = None if after is None else decode_cursor(after, datetime, str)
    found = await services.vault.files.page(tenant, limit=limit + 1, before=before)
    return page_of(found, limit, lambda file: (file.made_at, file.id))


@router.get("/{file_id}/link", **allowed(Permission.COMPANY_READ))
async def link_file(file_id: UUID, services: ServicesDep, tenant: TenantDep) -> LinkMade:
    """To its content, for five minutes. 404 `file_not_found`, also for another company's."""
    file = await services.vault.files.get(tenant, str(file_id))
    link = await services.vault.file_links.make(tenant, file.id)
    url = f"/v1/files/{file.id}/content?link={link.token}"
    return LinkMade(url=url, expires_at=datetime.fromtimestamp(link.until, UTC))


@router.delete("/{file_id}", status_code=204, **allowed(Permission.COMPANY_SETTINGS))
async def delete_file(file_id: UUID, services: ServicesDep, caller: CallerDep, tenant: TenantDep) -> None:
    """For good, and its links with it; settings that name it as the logo name nothing then. 404 `file_not_found`."""
    put = put_of(caller.actor, Act.FILE_REMOVED, company=tenant, about=str(file_id))
    await services.vault.files.delete(tenant, str(file_id), put=put)
