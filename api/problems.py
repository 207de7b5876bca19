"""Errors as RFC 9457 problem details. One place, from the first commit.

    {"type": "https://legion.invalid/problems/<code>", "title", "status", "detail", "code", "instance"}

`code` is the stable code of the error tree (domain/kernel/errors.py); a 422 of the shape, of a template or of its
values also has `errors`: all that is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from psycopg import DataError
from starlette.exceptions import HTTPException

from api.accounts.browser import address_of
from api.services import Services
from api.watch import FAILURES
from domain.kernel.errors import LegionError, Limited, Unavailable
from domain.kernel.ids import HOLDING_TENANT
from gateways.typst.problems import TemplateInvalid, ValuesInvalid

TYPE_BASE: Final = "https://legion.invalid/problems/"
"""`type` is an identifier, not a page: `.invalid` never resolves (RFC 2606)."""

NUL: Final = "NUL (0x00)"
"""As psycopg says it."""

RETRY_AFTER_S: Final = 1
"""A part that was away is usually back within a restart's time (embedded: 0.3 to 3.5 s)."""

log = structlog.get_logger()


def problem(
    status: int, code: str, detail: str = "", *, path: str = "", headers: dict[str, str] | None = None, **extra: Any
) -> Response:
    """A problem response. `extra` are further members of the object."""
    return Response(
        problem_bytes(status, code, detail, path=path, **extra), status, headers, media_type="application/problem+json"
    )


def problem_bytes(status: int, code: str, detail: str = "", *, path: str = "", **extra: Any) -> bytes:
    """The object as JSON."""
    return orjson.dumps(
        {
            "type": TYPE_BASE + code,
            "title": code.replace("_", " "),
            "status": status,
            "detail": detail,
            "code": code,
            "instance": path,
            **extra,
        }
    )


def _count(request: Request, error: LegionError) -> None:
    """What was tried in vain is counted: by whom and where, as far as that is known by now (api/auth.py)."""
    failure = FAILURES.get(error.code)
    if failure is not None:
        services: Services = request.app.state.services
        company, account = (getattr(request.state, name, "") for name in ("company", "account"))
        services.watch.failed(failure, company=company or HOLDING_TENANT, account=account, host=address_of(request))


async def _legion_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, LegionError)
    _count(request, error)
    if error.status >= 500 and not isinstance(error, Unavailable):
        log.error("request_failed", code=error.code, detail=error.detail, path=request.url.path)
    headers = {"Retry-After": str(RETRY_AFTER_S)} if isinstance(error, Unavailable) else None
    if isinstance(error, Limited):
        headers = {"Retry-After": str(error.retry_after_s)}
    if error.status == 401:
        headers = {"WWW-Authenticate": "Bearer"}
    extra: dict[str, Any] = {}
    if isinstance(error, TemplateInvalid | ValuesInvalid):
        extra["errors"] = [{"at": each.field, "why": each.code} for each in error.problems]
    return problem(error.status, error.code, error.detail, path=request.url.path, headers=headers, **extra)


async def _wrong_shape(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    errors = [{"at": ".".join(map(str, e["loc"])), "why": e["msg"]} for e in found if not _follows(e, found)]
    return problem(422, "invalid_input", "the request has a wrong shape", path=request.url.path, errors=errors)


def _follows(error: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> bool:
    """A list is told to be too short where nothing but an element of it is wrong: pydantic counts those that are
    right."""
    at = error["loc"]
    within = any(len(each["loc"]) > len(at) and each["loc"][: len(at)] == at for each in others)
    return error["type"] == "too_short" and within


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 400:  # FastAPI's own, of a body that is no text: as wrong as one that is no JSON
        errors = [{"at": "body", "why": "JSON in UTF-8 is needed"}]
        return problem(422, "invalid_input", "the request has a wrong shape", path=request.url.path, errors=errors)
    codes = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
    code = codes.get(error.status_code, "http_error")
    headers = dict(error.headers) if error.headers else None
    return problem(error.status_code, code, str(error.detail), path=request.url.path, headers=headers)


async def _data_error(request: Request, error: Exception) -> Response:
    """What passed the shapes and PostgreSQL's text cannot hold. Anything else that it cannot read is a bug of ours."""
    if NUL not in str(error):
        return await _bug(request, error)
    return problem(422, "nul_in_text", "NUL is no character of a text", path=request.url.path)


async def _bug(request: Request, error: Exception) -> Response:
    log.error("unexpected_error", path=request.url.path, exc_info=error)
    return problem(500, "internal_error", path=request.url.path)


def install(app: FastAPI) -> None:
    """Makes every error of the app a problem."""
    app.add_exception_handler(LegionError, _legion_error)
    app.add_exception_handler(RequestValidationError, _wrong_shape)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(DataError, _data_error)
    app.add_exception_handler(Exception, _bug)
