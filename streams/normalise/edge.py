"""What the normaliser asks of others about one body: whose aliases, which conversation, who answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from domain.access.sight import WHOLE
from domain.conversation.parts import AliasRef, Handling, SourcePosition
from domain.kernel.ids import conversation_id, lead_journey
from domain.kernel.items import Alias
from projections.read import timeline
from projections.read.db import ReadDb
from projections.read.handling import handling
from projections.read.instances import instance
from projections.read.timeline import Known
from streams import labels
from streams.normalise.opt_out import opts_out
from streams.normalise.plan import Person
from streams.normalise.reading import Form, Reading
from vault.cache import BoundedCache
from vault.codec import SubjectSealer
from vault.db import Vault
from vault.keys import SubjectErased

INSTANCE_WAIT_S: Final = 10.0
"""How long a body waits for its instance to be projected: the vault names it before the log does. After that people
are asked, for nobody is known to answer."""

POLL_S: Final = 0.2
CACHED: Final = 1_000
CACHED_S: Final = 2.0
"""A new Centurion or a new version counts for messages within two seconds; what is late is told by the hour."""


class Edge:
    """Read access and vault, as one body needs them."""

    def __init__(self, vault: Vault, reads: ReadDb) -> None:
        self._vault = vault
        self._reads = reads
        self._now: BoundedCache[None, datetime] = BoundedCache(1, CACHED_S)
        self._handling: BoundedCache[str, tuple[Handling | None]] = BoundedCache(CACHED, CACHED_S)

    async def now(self) -> datetime:
        """By the database's clock, seconds ago at most: what is late is judged by it, for one of ours that is behind
        would have old messages answered. Raises Unavailable."""
        cached = self._now.get(None)
        return self._now.put(None, await self._reads.now()) if cached is None else cached

    async def handling(self, company: str, instance_id: str) -> Handling | None:
        """None when no Centurion answers there. Raises Unavailable."""
        cached = self._handling.get(instance_id)
        if cached is not None:
            return cached[0]
        deadline = time.monotonic() + INSTANCE_WAIT_S
        while True:
            async with self._reads.company(company, WHOLE) as conn:
                if await instance(conn, company, instance_id) is not None or time.monotonic() > deadline:
                    return self._handling.put(instance_id, (await handling(conn, company, instance_id),))[0]
            await asyncio.sleep(POLL_S)

    async def people(
        self, company: str, instance_id: str, source: SourcePosition, readings: Iterable[Reading]
    ) -> list[tuple[Reading, Person | str | None]]:
        """Each reading with its person; None where it has none, else the code that says why. Raises Unavailable."""
        return [(each, await self._person(company, instance_id, source, each)) for each in readings]

    async def _person(
        self, company: str, instance_id: str, source: SourcePosition, reading: Reading
    ) -> Person | str | None:
        if reading.form is Form.INSTANCE:
            return None
        place = await self._place(company, instance_id, source.run, reading)
        lead = place.lead_id if place else None
        hashes: tuple[tuple[str, str], ...] = ()
        opted_out = False
        if reading.form in (Form.MESSAGE, Form.OWN) or lead is None:
            found, hashes, opted_out = await self._lead(company, source, reading)
            lead = lead or found
        if lead is None:
            return "unknown_contact" if reading.form is Form.CONTACT else "no_person"
        journey = lead_journey(lead)
        try:
            sealer = await self._vault.keys.sealer(company, journey)
        except SubjectErased as erased:
            if reading.form is Form.MESSAGE and opts_out(reading.item.text):
                await self._vault.erasure.note_opt_out(company, lead)  # all that is kept of words of before
            return erased.code
        return Person(
            lead=lead,
            conversation=place.conversation_id if place else conversation_id(lead, instance_id),
            aliases=_refs(reading.aliases, hashes, sealer),
            sealer=sealer,
            opted_out=opted_out,
        )

    async def _place(self, company: str, instance_id: str, run: int, reading: Reading) -> Known | None:
        """Where the message that this is about stands; for a re-run, whether the item itself is known already."""
        target = reading.target if reading.target is not None else (reading.provider_id if run > 0 else None)
        if target is None:
            return None
        async with self._reads.company(company, WHOLE) as conn:
            return await timeline.by_provider_id(conn, company, instance_id, target)

    async def _lead(
        self, company: str, source: SourcePosition, reading: Reading
    ) -> tuple[str | None, tuple[tuple[str, str], ...], bool]:
        """(lead, hashes, opted out before an erasure), by the aliases: whose they were when the body was received. Only
        what somebody wrote may make a lead of a stranger."""
        pairs = [(alias.scheme, alias.value) for alias in reading.aliases]
        if not pairs:
            return None, (), False
        at = (source.partition, source.offset)
        if reading.form is Form.CONTACT:
            return await self._vault.aliases.find(company, pairs, at=at), (), False
        resolved = await self._vault.aliases.resolve(company, pairs, at=at)
        return resolved.lead, resolved.hashes, resolved.opted_out


def _refs(
    aliases: tuple[Alias, ...], hashes: tuple[tuple[str, str], ...], sealer: SubjectSealer
) -> tuple[AliasRef, ...]:
    """The vault answers in the order of the question; none where nobody asked it."""
    if not hashes:
        return ()
    return tuple(
        AliasRef(scheme=scheme, alias_hash=hashed, value=sealer.text(labels.ALIAS, alias.value))
        for alias, (scheme, hashed) in zip(aliases, hashes, strict=True)
    )
