"""A vault that was restored from a backup learns from the log what happened since (design §7)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass

import structlog

from cli.processes.common import event_source
from cli.settings import Settings
from domain.kernel.errors import Unavailable
from domain.kernel.ids import HOLDING_TENANT
from domain.lead.events import AliasLinked, LeadErased
from domain.people.events import InvitationIssued, UserErased
from eventlog.model import Recorded
from projections.run import Source
from streams.effects.erase import told_by
from streams.effects.forget_user import told_of
from vault.aliases import Link
from vault.db import Vault, open_vault
from vault.provision import DATABASE, ROLE

log = structlog.get_logger()


@dataclass(slots=True)
class CaughtUp:
    """erasures: of leads and users that the log tells, applied (most were known). aliases: that were linked anew, of
    leads and users."""

    erasures: int = 0
    aliases: int = 0


async def catch_up(settings: Settings) -> CaughtUp:
    """Applies every `LeadErased` and `UserErased`, then every `AliasLinked` and `InvitationIssued`, and lets the vault
    be opened. May be done twice.

    Two walks over the log: an alias is linked to who has it now only once all erasures are known, for partitions have
    no order among each other. Raises Unavailable, Corrupt.
    """
    source = await event_source(settings, asyncio.Event())
    if source is None:
        raise Unavailable("kafka_unavailable")
    done = CaughtUp()
    async with open_vault(settings.dsn(ROLE, DATABASE), settings.keks, behind=True) as vault:

        async def erase(events: Sequence[Recorded]) -> None:
            done.erasures += await _erase(vault, events)

        async def link(events: Sequence[Recorded]) -> None:
            done.aliases += await vault.aliases.link_many(_links(events))

        await _walk(source, erase)
        await _walk(source, link)
        await vault.erasure.caught_up()
    log.info("vault_caught_up", **asdict(done))
    return done


async def _erase(vault: Vault, events: Sequence[Recorded]) -> int:
    count = 0
    for e in events:
        if isinstance(e.event, LeadErased):
            await vault.erasure.catch_up(told_by(e.meta.tenant, e.event))
        elif isinstance(e.event, UserErased):
            await vault.erasure.catch_up(told_of(e.event))
        else:
            continue
        count += 1
    return count


def _links(events: Sequence[Recorded]) -> list[Link]:
    """A user has their address from the first invitation on: before they have a login."""
    links: list[Link] = []
    for e in events:
        if isinstance(e.event, AliasLinked):
            links.append(Link(e.meta.tenant, e.event.lead, e.event.alias_hash, e.at))
        elif isinstance(e.event, InvitationIssued):
            links.append(Link(HOLDING_TENANT, e.event.user, e.event.email_hash, e.at))
    return links


async def _walk(source: Source, take: Callable[[Sequence[Recorded]], Awaitable[None]]) -> None:
    """All events that count, from the beginning to the end that the log has now."""
    consumer = source.consumer(source.genesis())
    await consumer.start()
    try:
        ends = await consumer.end_offsets()
        while not await consumer.caught_up(ends):
            for commits in (await consumer.poll()).values():
                await take([event for commit in commits for event in commit.events])
    finally:
        await consumer.stop()
