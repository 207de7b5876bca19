"""One HTTP exchange with Evolution, with its outcome named: done, refused, never sent, or unknown."""

from __future__ import annotations

from typing import Any, Final

import httpx
import orjson

from domain.kernel.errors import GatewayFailed, OutcomeUnknown
from gateways.cancel_safe import cancel_safe
from gateways.errors import NeverSent, RateLimited, RefusedByProvider
from gateways.values import first_words, mapping
from gateways.wire import NEVER_SENT, Timeouts, retry_after

_BODY_KEPT: Final = 2000  # characters of a refusal: enough for its words, too few for a stack of media

# Evolution answers 400 to whatever its sending throws, also when the socket to WhatsApp timed out or closed after the
# message had left. Those words are no refusal.
_NOT_A_REFUSAL: Final = ("timed out", "timeout", "connection closed", "connection lost", "stream errored")


async def exchange(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    body: object,
    timeouts: Timeouts,
    *,
    headers: dict[str, str],
    repeatable: bool,
) -> Any:
    """The JSON of a 2xx answer.

    Raises NeverSent, RateLimited, RefusedByProvider, and for whatever else went wrong OutcomeUnknown, or when the
    call is `repeatable` (it changes nothing that a second time would change again) GatewayFailed.
    """
    content = None if body is None else orjson.dumps(body)
    try:
        answer = await cancel_safe(
            lambda: client.request(method, path, content=content, headers=headers, timeout=timeouts.httpx),
            within_s=timeouts.total,
        )
    except NEVER_SENT as error:
        raise NeverSent(detail=type(error).__name__) from error
    except (httpx.HTTPError, TimeoutError) as error:
        raise _unclear(type(error).__name__, repeatable=repeatable) from error
    if answer.is_success:
        return _json(answer, repeatable=repeatable)
    raise _failure(answer, repeatable=repeatable)


def _json(answer: httpx.Response, *, repeatable: bool) -> Any:
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError as error:
        raise _unclear(f"HTTP {answer.status_code} without JSON", repeatable=repeatable) from error


def _failure(answer: httpx.Response, *, repeatable: bool) -> Exception:
    status, body = answer.status_code, answer.text[:_BODY_KEPT]
    if status == 429:
        return RateLimited("HTTP 429", body=body, retry_after_s=retry_after(answer.headers))
    lost = status == 400 and any(words in body.lower() for words in _NOT_A_REFUSAL)
    if status >= 500 or lost:
        return _unclear(f"HTTP {status}", repeatable=repeatable)
    return RefusedByProvider(f"HTTP {status}", http_status=status, body=body)


def _unclear(detail: str, *, repeatable: bool) -> Exception:
    return GatewayFailed(detail=detail) if repeatable else OutcomeUnknown(detail=detail)


def text_of(message: object) -> str | None:
    """The words of a stored message."""
    parts = mapping(message)
    return first_words(parts.get("conversation"), mapping(parts.get("extendedTextMessage")).get("text"))
