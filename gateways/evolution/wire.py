"""One HTTP exchange with Evolution, with its outcome named: done, refused, never sent, or unknown."""

from __future__ import annotations

from typing import Any, Final

import httpx
import orjson

from gateways.errors import RateLimited, RefusedByProvider
from gateways.http import BODY_KEPT, Timeouts, called, retry_after, unclear
from gateways.values import first_words, mapping

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
    answer = await called(
        lambda: client.request(method, path, content=content, headers=headers, timeout=timeouts.httpx),
        timeouts,
        repeatable=repeatable,
    )
    if answer.is_success:
        return _json(answer, repeatable=repeatable)
    raise _failure(answer, repeatable=repeatable)


def _json(answer: httpx.Response, *, repeatable: bool) -> Any:
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError as error:
        raise unclear(f"HTTP {answer.status_code} without JSON", repeatable=repeatable) from error


def _failure(answer: httpx.Response, *, repeatable: bool) -> Exception:
    status, body = answer.status_code, answer.text[:BODY_KEPT]
    if status == 429:
        return RateLimited("HTTP 429", body=body, retry_after_s=retry_after(answer.headers))
    lost = status == 400 and any(words in body.lower() for words in _NOT_A_REFUSAL)
    if status >= 500 or lost:
        return unclear(f"HTTP {status}", repeatable=repeatable)
    return RefusedByProvider(f"HTTP {status}", http_status=status, body=body)


def text_of(message: object) -> str | None:
    """The words of a stored message."""
    parts = mapping(message)
    return first_words(parts.get("conversation"), mapping(parts.get("extendedTextMessage")).get("text"))
