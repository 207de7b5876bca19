"""Who fails at what, and who reads whose personal data: counted here for a second, then in the vault with everybody
else's, whose summaries become events (streams/summaries.py). Bounded, whoever attacks."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Final

import structlog
from fastapi import Depends, Request

from api.auth import Caller, CallerDep
from api.ingress.strangers import network_of
from domain.kernel.errors import Unavailable
from domain.kernel.ids import HOLDING_TENANT
from domain.security.records import Failure
from vault.accounts.counts import Counts, FailureKey, ReadKey

FLUSH_S: Final = 1.0
"""What a process that is killed has not told anybody of."""

WINDOW_S: Final = 60.0
MAX_ROWS: Final = 1000
"""Distinct rows of failures in a minute and process: what comes beyond is counted by its kind alone."""

FAILURES: Final = {
    "tenant_mismatch": Failure.TENANT_MISMATCH,
    "origin_not_allowed": Failure.ORIGIN_REFUSED,
    "forbidden": Failure.FORBIDDEN,
    "unauthenticated": Failure.TOKEN_REFUSED,
    "token_invalid": Failure.TOKEN_REFUSED,
    "key_invalid": Failure.KEY_REFUSED,
    "key_revoked": Failure.KEY_REFUSED,
    "key_expired": Failure.KEY_REFUSED,
    "key_replaced": Failure.KEY_REFUSED,
    "key_elsewhere": Failure.KEY_REFUSED,
}
"""Code of an error that the API answers with → what it counts as. Who says it themselves is not here."""

log = structlog.get_logger()


class Watch:
    """now: seconds of any monotonic clock."""

    def __init__(self, counts: Counts, *, now: Callable[[], float] = time.monotonic) -> None:
        self._counts = counts
        self._now = now
        self._failures: Counter[FailureKey] = Counter()
        self._reads: Counter[ReadKey] = Counter()
        self._known: set[FailureKey] = set()
        self._since = now()

    def failed(self, failure: Failure, *, company: str = HOLDING_TENANT, account: str = "", host: str = "") -> None:
        """account: id of who it was, or keyed hash of who they said to be. host: address of the client."""
        if self._now() - self._since >= WINDOW_S:
            self._known.clear()
            self._since = self._now()
        key = FailureKey(company, failure.value, account, network_of(host))
        if key not in self._known:
            if len(self._known) >= MAX_ROWS:
                key = FailureKey(HOLDING_TENANT, failure.value, "", "")
            self._known.add(key)
        self._failures[key] += 1

    def read(self, caller: Caller, resource: str, subjects: Iterable[str]) -> None:
        """An answer holds personal data of these. resource: what was asked for."""
        by = caller.actor.kind.value, caller.actor.id
        self._reads.update(ReadKey(caller.company, *by, resource, subject) for subject in subjects)

    async def run(self) -> None:
        """For ever. A vault that is away is waited for: nobody is let in meanwhile, so that little comes together."""
        while True:
            await asyncio.sleep(FLUSH_S)
            try:
                await self.flush()
            except Unavailable as away:
                log.warning("watch_waits", code=away.code)

    async def flush(self) -> None:
        """Adds what has been counted to the vault's. Raises Unavailable: then it is counted on."""
        failures, self._failures = self._failures, Counter()
        reads, self._reads = self._reads, Counter()
        try:
            await self._counts.add_failures(failures)
            failures = Counter()
            await self._counts.add_reads(reads)
        except Unavailable:
            self._failures += failures
            self._reads += reads
            raise


@dataclass(frozen=True, slots=True)
class Reading:
    """What one request shows of people."""

    watch: Watch
    caller: Caller

    def of(self, resource: str, *subjects: str) -> None:
        self.watch.read(self.caller, resource, subjects)


async def _reading(request: Request, caller: CallerDep) -> Reading:
    return Reading(request.app.state.services.watch, caller)


ReadingDep = Annotated[Reading, Depends(_reading)]
"""For routes that answer with personal data: they say of whom."""
