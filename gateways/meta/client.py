"""The Conversions API over HTTP (providers.md 6): one request, never tried twice here; errors.py says what may be."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

import httpx
import orjson

from domain.kernel.errors import InvalidInput, TooLarge
from gateways.http import Timeouts, called, unclear
from gateways.meta.check import Ready
from gateways.meta.errors import failure
from gateways.values import elements, integer, mapping, words

GRAPH: Final = "https://graph.facebook.com"
VERSION: Final = "v25.0"
"""Of the Graph API; Meta keeps one for two years."""

MOST: Final = 1000
"""Events of one request [D]."""

TIMEOUTS: Final = Timeouts(connect=3.0, read=10.0, total=15.0)
"""Meta answers within 0.6 s and advises 1.5 s [D], for who sends from a page's request. We send in the background, and
a batch that was cut off is only sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """id: of the dataset or pixel. app_secret: of the token's app, empty for none. test_code: events show in the test
    tab of the Events Manager too; they count all the same [K]."""

    id: str
    token: str = field(repr=False)
    app_secret: str = field(default="", repr=False)
    test_code: str = ""

    @property
    def proof(self) -> str:
        """`appsecret_proof`: that who has the token has the app's secret too."""
        return hmac.digest(self.app_secret.encode(), self.token.encode(), "sha256").hex()


@dataclass(frozen=True, slots=True)
class Accepted:
    """received: events that Meta counted, also those that it will drop as known. messages: its remarks. trace: what
    Meta's support asks for."""

    received: int
    messages: tuple[str, ...]
    trace: str | None


class MetaClient:
    """For all datasets of all companies. Close it, or use `async with`.

    After OutcomeUnknown the same events once more are safe within 48 hours: Meta drops what it knows by name and id.
    """

    def __init__(self, base_url: str = GRAPH, *, version: str = VERSION, timeouts: Timeouts = TIMEOUTS) -> None:
        self._http = httpx.AsyncClient(base_url=base_url)
        self._version = version
        self._timeouts = timeouts

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def send(self, dataset: Dataset, events: Sequence[Ready]) -> Accepted:
        """All of them, or none. Raises what errors.py names, InvalidInput for no event, TooLarge for too many."""
        if not events:
            raise InvalidInput("no_events", "a request has events")
        if len(events) > MOST:
            raise TooLarge(detail=f"{len(events)} events; a request has {MOST} at most")
        path = f"/{self._version}/{quote(dataset.id, safe='')}/events"
        answer = await self._post(path, _body(dataset, events))
        if not answer.is_success:
            raise failure(answer)
        return _accepted(answer, len(events))

    async def _post(self, path: str, content: bytes) -> httpx.Response:
        headers = {"content-type": "application/json"}
        return await called(
            lambda: self._http.post(path, content=content, headers=headers, timeout=self._timeouts.httpx),
            self._timeouts,
            repeatable=False,
        )


def _body(dataset: Dataset, events: Sequence[Ready]) -> bytes:
    """The token stands in the body: addresses are logged by whoever sees them."""
    body = {"data": [orjson.Fragment(event.body) for event in events], "access_token": dataset.token}
    if dataset.app_secret:
        body["appsecret_proof"] = dataset.proof
    if dataset.test_code:
        body["test_event_code"] = dataset.test_code
    return orjson.dumps(body)


def _accepted(answer: httpx.Response, sent: int) -> Accepted:
    try:
        said = mapping(orjson.loads(answer.content))
    except orjson.JSONDecodeError:
        said = {}
    received = integer(said.get("events_received"))
    if received != sent:  # it is all or nothing: anything else is no answer to what we asked
        raise unclear(f"HTTP {answer.status_code}, {received} of {sent} events received", repeatable=False)
    messages = tuple(text for each in elements(said.get("messages")) if (text := words(each)))
    return Accepted(received, messages, words(said.get("fbtrace_id")))
