"""One GraphQL exchange with Autentique, with its outcome named.

    no byte left                                             NeverSent
    401, 403, `Unauthorized`                                 CredentialsRefused
    429                                                      RateLimited, always with a wait
    errors[]: validation, a code, "… not found", a query
    that was never run; other 4xx of who did not run it      RefusedForReasons
    time-out, cut, 5xx, no JSON, errors[] that say nothing   OutcomeUnknown, GatewayFailed for a repeatable call

Errors come with HTTP 200 and `errors[]` (providers.md 5). Each detail names the X-Attq-Request-Id: their support asks
for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
import orjson

from gateways.errors import CredentialsRefused, RateLimited, Reason, RefusedByProvider, RefusedForReasons
from gateways.http import BODY_KEPT, Timeouts, called, retry_after, unclear
from gateways.values import elements, mapping, words

GRAPHQL: Final = "/v2/graphql"

WINDOW_S: Final = 60.0
"""Seconds to wait after a 429 that does not say: the limits are 10, 60 or 200 requests a minute by plan."""

# Answers of whoever stands before the resolver: nothing was run. Other 4xx (408, 409, 499) may come from a proxy that
# lost patience after it had passed the request on.
_NOT_RUN: Final = frozenset({400, 404, 405, 406, 411, 413, 414, 415, 422, 431})
_CODE: Final = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?::.*)?", re.ASCII | re.DOTALL)
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_FIELD: Final = re.compile(r"[A-Za-z0-9_.\[\]-]{1,100}", re.ASCII)
_LONGEST_CODE: Final = 64


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a multipart request: what stands in for the variable `file`."""

    filename: str
    content: bytes
    mime: str = "application/pdf"


async def exchange(
    client: httpx.AsyncClient,
    query: str,
    variables: Mapping[str, Any],
    timeouts: Timeouts,
    *,
    headers: dict[str, str],
    repeatable: bool,
    upload: Upload | None = None,
) -> Any:
    """The value of the query's one field, None where it is null. Raises as above."""
    operation = {"query": query, "variables": dict(variables)}
    sent: dict[str, Any]
    if upload is None:
        sent = {"content": orjson.dumps(operation), "headers": {**headers, "content-type": "application/json"}}
    else:
        operation["variables"] = {**variables, "file": None}
        # The parts' order is the multipart specification's: operations, map, files.
        sent = {
            "data": {"operations": orjson.dumps(operation).decode(), "map": '{"0":["variables.file"]}'},
            "files": {"0": (upload.filename, upload.content, upload.mime)},
            "headers": headers,
        }
    answer = await called(lambda: client.post(GRAPHQL, timeout=timeouts.httpx, **sent), timeouts, repeatable=repeatable)
    if answer.status_code == 200:
        return _value(answer, repeatable=repeatable)
    raise _failure(answer, repeatable=repeatable)


def said(what: str, answer: httpx.Response) -> str:
    """A detail for logs, with the provider's request id when it has the form of one."""
    request_id = answer.headers.get("x-attq-request-id", "")
    return f"{what} (request {request_id})" if _REQUEST_ID.fullmatch(request_id) else what


def _failure(answer: httpx.Response, *, repeatable: bool) -> Exception:
    status, body = answer.status_code, answer.text[:BODY_KEPT]
    detail = said(f"HTTP {status}", answer)
    if status in {401, 403}:
        return CredentialsRefused(detail, http_status=status, body=body)
    if status == 429:
        wait = retry_after(answer.headers)
        return RateLimited(detail, body=body, retry_after_s=WINDOW_S if wait is None else wait)
    if status in _NOT_RUN:
        return RefusedForReasons(detail, http_status=status, reasons=(Reason("", f"http_{status}"),), body=body)
    return unclear(detail, repeatable=repeatable)


def _value(answer: httpx.Response, *, repeatable: bool) -> Any:
    try:
        tree = mapping(orjson.loads(answer.content))
    except orjson.JSONDecodeError as error:
        raise unclear(said("HTTP 200 without JSON", answer), repeatable=repeatable) from error
    data = tree.get("data")
    value = next(iter(mapping(data).values()), None)
    errors = [mapping(each) for each in elements(tree.get("errors"))]
    # A value beside errors: it was done, and something about it could not be told.
    if value is not None or (data and not errors):
        return value
    if not errors:
        raise unclear(said("HTTP 200 without data", answer), repeatable=repeatable)
    raise _refusal(errors, answer, ran=isinstance(data, dict), repeatable=repeatable)


def _refusal(errors: list[dict[str, Any]], answer: httpx.Response, *, ran: bool, repeatable: bool) -> Exception:
    body = answer.text[:BODY_KEPT]
    messages = [words(each.get("message")) or "" for each in errors]
    if any(message.lower().rstrip(".") in {"unauthorized", "unauthenticated"} for message in messages):
        return CredentialsRefused(said("Unauthorized", answer), http_status=200, body=body)
    reasons = [_reasons(error, message, ran=ran) for error, message in zip(errors, messages, strict=True)]
    # One error that says nothing definite is enough: it may have come after the document was made.
    if not all(reasons):
        return unclear(said("an error without a code", answer), repeatable=repeatable)
    found = tuple(reason for each in reasons for reason in each)
    codes = ", ".join(sorted({reason.code for reason in found}))
    return RefusedForReasons(said(codes, answer), http_status=200, reasons=found, body=body)


def _reasons(error: dict[str, Any], message: str, *, ran: bool) -> tuple[Reason, ...]:
    """Why this error is a definite no; nothing when it is not one."""
    path = elements(error.get("path"))
    if len(path) > 1:
        return ()  # a field of the result failed: there is a result
    validation = mapping(mapping(error.get("extensions")).get("validation"))
    if validation:
        return tuple(
            _coded(field if _FIELD.fullmatch(field) else "", words(text) or "invalid")
            for field, texts in validation.items()
            for text in elements(texts)
        ) or (Reason("", "validation"),)
    if message == "validation" or _CODE.fullmatch(message):
        return (_coded("", message),)
    if message.lower().endswith("not found"):
        return (Reason("", "not_found"),)
    # The query itself was refused (a variable of the wrong type): only when no part of it ran.
    if not ran and not path and "locations" in error:
        return (Reason("", "query_refused"),)
    return ()


def _coded(field: str, text: str) -> Reason:
    """`must_be_at_least_characters:3`. What is no code (a sentence may quote what was sent) is only `invalid`."""
    code, _, parameter = text.partition(":")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", code, re.ASCII) or len(code) > _LONGEST_CODE:
        return Reason(field, "invalid")
    return Reason(field, code, parameter[:_LONGEST_CODE] or None)


def not_found(error: RefusedByProvider) -> bool:
    """Whether a refusal says that there is no such thing."""
    return isinstance(error, RefusedForReasons) and all(
        reason.code == "not_found" or reason.code.endswith("_not_found") for reason in error.reasons
    )
