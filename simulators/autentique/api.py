"""Autentique's own addresses: the GraphQL endpoint, JSON or multipart, and the files of documents."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile
from starlette.responses import Response

from simulators.autentique import graphql
from simulators.autentique.office import Office

# The field that a query asks for first: faults are for operations by this name.
_FIELD: Final = re.compile(r"\{\s*([A-Za-z_]+)")

router = APIRouter()


async def hang(request: Request) -> Response:
    """No answer, until the client gives up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response(status_code=499)


def office_of(request: Request) -> Office:
    office: Office = request.app.state.office
    return office


OfficeDep = Annotated[Office, Depends(office_of)]


@router.post("/v2/graphql")
async def endpoint(request: Request, office: OfficeDep) -> Response:
    answer = await _answer(request, office)
    answer.headers["x-attq-request-id"] = uuid.uuid4().hex
    return answer


async def _answer(request: Request, office: Office) -> Response:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    wanted = request.app.state.api_key
    if scheme.lower() != "bearer" or not token or (wanted and token != wanted):
        return JSONResponse({"message": "Unauthenticated."}, 401)
    try:
        query, variables = await _asked(request)
    except (KeyError, TypeError, ValueError):
        return JSONResponse({"errors": [{"message": "Bad request", "locations": []}]}, 400)
    field = _FIELD.search(query)
    operation = field.group(1) if field else ""
    if (instead := await _instead(request, office, operation)) is not None:
        return instead
    found = graphql.answer(office, office.store.account(token), query, variables)
    after = office.faults.take(operation, "timeout_after", "error_after")
    if after is not None and after.kind == "timeout_after":
        return await hang(request)
    return JSONResponse(found) if after is None else _refused(after.status)


async def _instead(request: Request, office: Office, operation: str) -> Response | None:
    """What a fault answers before anything is done."""
    fault = office.faults.take(operation, "refuse", "never_does", "errors", "slow")
    if fault is None:
        return None
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
        return None
    if fault.kind == "refuse":
        return _refused(fault.status)
    if fault.kind == "never_does":
        return await hang(request)
    error = graphql.problem(fault.message, fault.fields or None).formatted
    return JSONResponse({"errors": [{**error, "path": [operation]}], "data": {operation: None}})


async def _asked(request: Request) -> tuple[str, dict[str, Any]]:
    """Query and variables, with the uploaded file `(name, bytes)` where `map` says (GraphQL multipart requests).
    Raises KeyError, TypeError, ValueError."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        body = await request.json()
        return str(body["query"]), dict(body.get("variables") or {})
    async with request.form() as form:
        operations, places = json.loads(str(form["operations"])), json.loads(str(form["map"]))
        for part, paths in places.items():
            file = form[part]
            if not isinstance(file, UploadFile):
                raise TypeError(part)
            content = (file.filename or "", await file.read())
            for path in paths:
                if path != "variables.file":
                    raise ValueError(path)
                operations["variables"]["file"] = content
    return str(operations["query"]), dict(operations["variables"])


def _refused(status: int) -> JSONResponse:
    if status == 429:
        return JSONResponse({"message": "Too Many Attempts."}, 429, {"retry-after": "1"})
    return JSONResponse({"message": "Server Error" if status >= 500 else "Unauthenticated."}, status)


@router.get("/documentos/{document_id}/{kind}.pdf")
async def file(office: OfficeDep, document_id: str, kind: str) -> Response:
    """Who knows the address may read it: ids cannot be guessed."""
    found = office.store.documents.get(document_id)
    if found is None or kind not in {"original", "assinado", "certificado", "pades"}:
        raise HTTPException(404, "no such file")
    content = found.content if kind == "original" else found.signed_file()
    return Response(content, media_type="application/pdf")
