"""What `legion audit prove` and `export` are about: the commits, and the keys of what is to be readable."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from cli.audit.checkpoints import outside_checkpoints, published_checkpoints
from cli.audit.collect import collect
from cli.settings import Settings
from domain.kernel.errors import NotFound
from domain.kernel.ids import partition_of, tenant_journey
from eventlog.checkpoint import Place, Signed
from eventlog.model import Commit
from eventlog.personal import subjects_of
from eventlog.proof import Collected
from eventlog.topics import Topics, cluster_id
from vault.db import open_vault
from vault.provision import DATABASE, ROLE


async def collected(
    settings: Settings,
    *,
    journey: str | None = None,
    company: str | None = None,
    checkpoint: Path | None = None,
    trusted: Collection[bytes] = (),
) -> Collected:
    """Of one journey, or of all journeys of a company. checkpoint: a file whose last line is to cover it; None: the
    newest of [checkpoints]. Raises NotFound, Corrupt, Unavailable."""
    topics = Topics(settings.topic_prefix)
    place = Place(await cluster_id(settings.kafka_bootstrap), topics.events, 0, settings.partitions)
    if checkpoint is not None:
        signed = outside_checkpoints(checkpoint, trusted)[-1]
    else:
        signed = await _newest(settings, topics, trusted)
    if journey is not None:
        partitions = [partition_of(journey, place.partitions)]
        return await collect(settings.kafka_bootstrap, place, signed, partitions, lambda one: one.journey == journey)
    return await collect(
        settings.kafka_bootstrap, place, signed, range(place.partitions), lambda one: company in tenants(one)
    )


async def _newest(settings: Settings, topics: Topics, trusted: Collection[bytes]) -> Signed:
    published = await published_checkpoints(settings.kafka_bootstrap, topics.checkpoints, trusted)
    if not published.signed:
        raise NotFound("no_checkpoint", f"{topics.checkpoints} holds none that is trusted: does the signer run?")
    return max(published.signed, key=lambda one: (one.checkpoint.at, one.checkpoint.number))


def tenants(commit: Commit) -> set[str]:
    """Whose commit it is; of one that cannot be read, what its key says."""
    if commit.undecodable is not None:
        return {commit.journey.removeprefix(tenant_journey(""))}
    metas = [recorded.meta.tenant for recorded in commit.events]
    return {*metas, *([commit.refusal.tenant] if commit.refusal else [])}


async def subject_keys(settings: Settings, commits: Iterable[Commit]) -> tuple[dict[tuple[str, str], bytes], list[str]]:
    """(company, subject) → key, and the subjects whose key was destroyed or never was. Needs the vault."""
    pairs = {
        (each.meta.tenant, subject)
        for commit in commits
        for each in commit.events
        for subject in subjects_of(each.event, commit.journey)
    }
    async with open_vault(settings.dsn(ROLE, DATABASE), settings.keks) as vault:
        found = await vault.keys.open_pairs(sorted(pairs))
    keys = {pair: key for pair, key in found.items() if isinstance(key, bytes)}
    return keys, sorted(subject for _, subject in found.keys() - keys.keys())
