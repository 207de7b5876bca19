"""What a request to Meta can come to, decided by codes, never by type or words: a throttle is typed OAuthException too.

    MetaPayloadRefused   100 and 100/2804xxx   an event is at fault, never again; who has several finds out which
    MetaTokenDead        190                   hold the queue and tell: every event would be refused
    MetaNotPermitted     100/33, 3, 10, 200-299  as above
    MetaRequestRefused   any other no          as above
    MetaThrottled        4, 17, 32, 613, 80004, HTTP 429   later
    MetaFailing          1, 2, is_transient, 5xx           later
    OutcomeUnknown       no answer             later
    NeverSent            no connection         later

Later is always safe: an event has an id, and Meta drops what it has seen under the same name and id within 48 hours.
All 400s of a request mean that none of its events was taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import orjson

from domain.kernel.errors import OutcomeUnknown, Unavailable
from gateways.errors import RateLimited, RefusedByProvider
from gateways.http import retry_after
from gateways.meta.causes import (
    PAYLOAD,
    PERMISSION,
    REQUEST,
    SUBCODES,
    THROTTLED,
    TOKEN,
    TOKEN_SUBCODES,
    TRANSIENT,
    Cause,
)
from gateways.values import elements, integer, mapping, number, truth, words

KEPT: Final = 2000
"""Characters of an answer: a Graph error has some hundreds."""

TOKEN_CODES: Final = frozenset({102, 190})
"""190 [C]; 102, a session's, [K]."""

THROTTLE_CODES: Final = frozenset({4, 17, 32, 341, 613, 80004})
"""providers.md 6; 341, the app's limit, [K]."""

TRANSIENT_CODES: Final = frozenset({1, 2})
"""Unknown error, service away [K]."""

PERMISSION_CODES: Final = frozenset({3, 10, *range(200, 300)})
"""Graph API, error handling [K]."""

INVALID: Final = 100
NO_OBJECT: Final = 33
OF_OBJECTS: Final = "GraphMethodException"
"""With 100 it speaks of the dataset or of `appsecret_proof`, not of an event."""


@dataclass(frozen=True, slots=True)
class GraphError:
    """What Meta said. message: English, may quote a request: not for logs."""

    http_status: int
    code: int | None = None
    subcode: int | None = None
    kind: str | None = None
    transient: bool = False
    trace: str | None = None
    message: str | None = field(default=None, repr=False)

    @property
    def short(self) -> str:
        """For logs: `HTTP 400, 100/2804050, trace A1`."""
        parts = "/".join(str(part) for part in (self.code, self.subcode) if part is not None)
        return ", ".join(
            [f"HTTP {self.http_status}", *filter(None, [parts, f"trace {self.trace}" if self.trace else ""])]
        )


class MetaRefused(RefusedByProvider):
    """A definite no: none of the request's events was taken."""

    default_code = "meta_refused"

    def __init__(self, said: GraphError, cause: Cause, body: str = "") -> None:
        super().__init__(said.short, http_status=said.http_status, body=body)
        self.said = said
        self.cause = cause


class MetaPayloadRefused(MetaRefused):
    """An event of the request can never be taken."""

    default_code = "meta_payload_refused"


class MetaTokenDead(MetaRefused):
    """Nothing of this token will be taken until it is replaced."""

    default_code = "meta_token_dead"


class MetaNotPermitted(MetaRefused):
    """Nothing for this dataset will be taken until somebody gives access."""

    default_code = "meta_not_permitted"


class MetaRequestRefused(MetaRefused):
    """A no that we do not know."""

    default_code = "meta_request_refused"


class MetaThrottled(RateLimited):
    """Too many calls. `retry_after_s`: seconds, None when Meta does not say."""

    default_code = "meta_throttled"

    def __init__(self, said: GraphError, retry_after_s: float | None) -> None:
        super().__init__(said.short, http_status=said.http_status, retry_after_s=retry_after_s)
        self.said = said
        self.cause = THROTTLED


class MetaFailing(Unavailable):
    """Meta's own failure. Whether the events were taken is not known; once more is safe."""

    default_code = "meta_failing"

    def __init__(self, said: GraphError) -> None:
        super().__init__(None, said.short)
        self.said = said
        self.cause = TRANSIENT


MetaLater = MetaThrottled | MetaFailing | OutcomeUnknown


def failure(answer: httpx.Response) -> MetaRefused | MetaThrottled | MetaFailing:
    """Of an answer that is no success."""
    said = graph_error(answer)
    if said.code in TOKEN_CODES or (said.code is None and said.http_status == 401):
        return MetaTokenDead(said, TOKEN_SUBCODES.get(said.subcode or 0, TOKEN), answer.text[:KEPT])
    if said.code in THROTTLE_CODES or said.http_status == 429:
        return MetaThrottled(said, waiting_s(answer.headers))
    if said.transient or said.code in TRANSIENT_CODES or said.http_status >= 500:
        return MetaFailing(said)
    return _refusal(said, answer.text[:KEPT])


def _refusal(said: GraphError, body: str) -> MetaRefused:
    cause = SUBCODES.get(said.subcode or 0)
    of_an_object = said.code == INVALID and cause is None and (said.subcode == NO_OBJECT or said.kind == OF_OBJECTS)
    if said.code in PERMISSION_CODES or of_an_object or (said.code is None and said.http_status == 403):
        return MetaNotPermitted(said, PERMISSION, body)
    if said.code == INVALID:
        return MetaPayloadRefused(said, cause or PAYLOAD, body)
    return MetaRequestRefused(said, REQUEST, body)


def graph_error(answer: httpx.Response) -> GraphError:
    """Of any body: what is not there is None."""
    try:
        error = mapping(mapping(orjson.loads(answer.content)).get("error"))
    except orjson.JSONDecodeError:
        error = {}
    return GraphError(
        http_status=answer.status_code,
        code=integer(error.get("code")),
        subcode=integer(error.get("error_subcode")),
        kind=words(error.get("type")),
        transient=truth(error.get("is_transient")),
        trace=words(error.get("fbtrace_id")),
        message=words(error.get("message")),
    )


def waiting_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: of `Retry-After`, else the longest of `X-Business-Use-Case-Usage`, which counts in minutes."""
    stated = retry_after(httpx.Headers(headers))
    if stated is not None:
        return stated
    try:
        usage = mapping(orjson.loads(headers.get("x-business-use-case-usage", "")))
    except orjson.JSONDecodeError:
        return None
    minutes = [_minutes(mapping(row)) for rows in usage.values() for row in elements(rows)]
    return max(minutes, default=0.0) * 60 or None


def _minutes(row: dict[str, Any]) -> float:
    return float(number(row.get("estimated_time_to_regain_access")) or 0)
