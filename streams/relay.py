"""What the vault has decided reaches the log: commands of its outbox, and then its denials end.

A command was put out in one transaction with the change that it belongs to; its writer mostly sends it at once. What
is sent twice is answered once: its id is known.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from domain.kernel.errors import LegionError, Poison, Unavailable
from eventlog.codec import Codec, default_codec
from eventlog.producer import CommandLog
from projections.read.outcomes import Outcomes
from streams.summaries import failures_told, reads_told
from vault.accounts.denials import Undecided
from vault.accounts.outbox import Put
from vault.db import Vault

LOOK_S: Final = 1.0
"""People look at who logged in and wait for roles: a second is soon. Asking costs two statements on small tables."""

OWN_TIME: Final = timedelta(seconds=1)
"""For who put a command out and waits for its outcome: usually it has sent it by then."""

AT_ONCE: Final = 100
"""Commands of one look: about a tenth of a second of producing."""

TIDY_S: Final = 3600.0
"""Between two looks for what is over: all of it is kept for an hour or for months."""

log = structlog.get_logger()


@dataclass(slots=True)
class Relay:
    vault: Vault
    commands: CommandLog
    outcomes: Outcomes
    codec: Codec = field(default_factory=default_codec)
    _tidied: float = float("-inf")

    async def run(self) -> None:
        """For ever. A vault, a broker or a database that is away is waited for."""
        while True:
            try:
                await self.look()
                await self._tidy()
            except Unavailable as away:
                log.warning("relay_waits", code=away.code)
            except LegionError as error:
                log.error("relay_failed", code=error.code)
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Puts out what was counted, sends what waits, and ends the denials whose command has its outcome. Raises
        Unavailable."""
        await self.vault.counts.close_failures(failures_told)
        await self.vault.counts.close_reads(reads_told)
        while len(await self._send(await self.vault.outbox.waiting(older_than=OWN_TIME, limit=AT_ONCE))) == AT_ONCE:
            pass
        await self.vault.denials.settle(self._decided)

    async def _send(self, waiting: tuple[Put, ...]) -> tuple[Put, ...]:
        """Raises Unavailable, also where nobody knows whether the log has one: it is sent again."""
        for put in waiting:
            try:
                meta, command = self.codec.decode_command(put.value)
            except Poison as poison:
                log.error("outbox_unreadable", command_id=put.command_id, code=poison.code)
                await self.vault.outbox.put_back([put.command_id])
                continue
            await self.commands.submit(meta, command)
            await self.vault.outbox.sent([put.command_id])
        return waiting

    async def _decided(self, denial: Undecided) -> bool:
        return await self.outcomes.get(denial.journey, denial.command_id) is not None

    async def _tidy(self) -> None:
        if time.monotonic() - self._tidied < TIDY_S:
            return
        of = self.vault
        for kept in (of.sessions, of.throttle, of.one_time, of.api_keys, of.signing):
            await kept.forget_old()
        self._tidied = time.monotonic()
