"""The OpenAPI document: complete enough that a typed client can be generated from it."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field

PROBLEM_JSON: Final = "application/problem+json"
PROBLEM_SCHEMA: Final = {"schema": {"$ref": "#/components/schemas/Problem"}}


class FieldError(BaseModel):
    """at: the place in the request, dotted."""

    at: str
    why: str


class Problem(BaseModel):
    """RFC 9457. code is stable and for machines; detail is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(examples=["conversation_not_found"])
    instance: str
    errors: list[FieldError] = Field(default=[], description="all that is wrong, of a shape, a template or its values")


PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": Problem, "description": "No valid token"},
    403: {"model": Problem, "description": "The caller may not do this"},
    404: {"model": Problem, "description": "Nothing of that id in the company, or no such company"},
    409: {"model": Problem, "description": "Refused, and recorded as refused: `code` says why"},
    413: {"model": Problem, "description": "The body is too large"},
    422: {"model": Problem, "description": "The request has a wrong shape"},
    429: {"model": Problem, "description": "Too often: again after Retry-After seconds"},
    503: {"model": Problem, "description": "A part is away or behind: try again after Retry-After seconds"},
    504: {"model": Problem, "description": "Sent, but the outcome is unknown: repeat with the same Idempotency-Key"},
}


def _state_preconditions(operation: dict[str, Any]) -> None:
    """The headers are read in one place for all (api/auth.py, api/etags.py): here they are documented for all."""
    headers = operation["responses"].get("200", {}).get("headers", {})
    if "X-Legion-Position" in headers:
        _add_header(operation, "If-Match", "the ETag that was read: 412 when it has changed since")
        operation["responses"]["412"] = {
            "description": "It has changed since: `version_mismatch`",
            "content": {PROBLEM_JSON: PROBLEM_SCHEMA},
        }
    if "ETag" in headers:
        _add_header(operation, "If-None-Match", "ETags that are known: 304 when it is still one of them")


def _add_header(operation: dict[str, Any], name: str, description: str) -> None:
    parameter = {"name": name, "in": "header", "required": False, "description": description}
    operation.setdefault("parameters", []).append({**parameter, "schema": {"type": "string"}})


def install(app: FastAPI) -> None:
    """Problems have their own media type; FastAPI would document them as plain JSON."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, routes=app.routes)
            for operations in made["paths"].values():
                for operation in operations.values():
                    _state_preconditions(operation)
                    for response in operation["responses"].values():
                        content = response.get("content", {})
                        if content.get("application/json") == PROBLEM_SCHEMA:
                            response["content"] = {PROBLEM_JSON: PROBLEM_SCHEMA}
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # the way FastAPI documents
