"""R8: however a generation is rebuilt, it is the same."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Final

from eventlog.book import Book
from eventlog.model import Commit
from projections.names import Role
from projections.postgres import PostgresProjector
from proof.bugs.arrival_order import arrival_order
from proof.claim import Claim, Stage
from proof.embedded_servers import postgres_dsn
from proof.ground.generation import Generation, copied, emptied, make_generation
from proof.ground.histories import Log
from proof.ground.moves import any_steps, history, interleaved
from proof.ground.versions import Historic, released
from proof.oracle.tables import Digest, differing, digests
from proof.tally import EXAMPLES, Tally

STEPS: Final = (30, 200)
"""Of a history, at least and at most."""

WAYS: Final = 6
"""Rebuilds of each history."""

BYTES: Final = "journal"
"""The table that keeps the bytes of records: of a log in old versions they are others than today's."""


async def play(stage: Stage) -> Tally:
    rng, rebuilds, wrong = stage.rng("histories"), 0, list[str]()
    facts = dict.fromkeys(("histories", "records", "records_in_old_versions", "from_a_snapshot"), 0.0)
    with postgres_dsn() as admin, arrival_order() if stage.control else nullcontext():
        generation = await make_generation(admin)
        while rebuilds < stage.rounds:
            steps, codec = any_steps(rng, rng.randint(*STEPS)), Historic(random.Random(rng.random()))
            log = history(steps, Log(codec=codec))
            wanted = await _digests(generation, log, [log.commits])
            facts["histories"] += 1
            facts["records"] += len(log.records)
            facts["records_in_old_versions"] += codec.older
            for _ in range(min(WAYS, stage.rounds - rebuilds)):
                rebuilds += 1
                snapshot = rng.random() < 0.5
                facts["from_a_snapshot"] += snapshot
                found = await (_from_a_snapshot if snapshot else _from_zero)(generation, log, rng)
                wrong += _said(f"rebuild {rebuilds} of {len(log.commits)} commits", wanted, found)
            today = await _digests(generation, history(steps), [log.commits])
            wrong += _said("today's versions", _without_bytes(wanted), _without_bytes(today))
    facts["released_old_versions"] = float(len(released(Book.load())))
    return Tally(rebuilds, phantom=len(wrong), facts=facts, examples=tuple(wrong[:EXAMPLES]))


async def _from_zero(generation: Generation, log: Log, rng: random.Random) -> Mapping[str, Digest]:
    return await _digests(generation, log, _batches(interleaved(log, rng), rng))


async def _from_a_snapshot(generation: Generation, log: Log, rng: random.Random) -> Mapping[str, Digest]:
    """A copy of the database as it was at some moment goes on from its positions; what the copied one did since is
    not in it."""
    commits = interleaved(log, rng)
    cut = rng.randrange(len(commits))
    await _digests(generation, log, _batches(commits[:cut], rng))
    async with copied(generation) as copy:
        await _project(generation, log, _batches(commits[cut:], rng))
        await _project(copy, log, _batches(interleaved(log, rng), rng))
        return await digests(copy.dsn())


async def _digests(generation: Generation, log: Log, batches: Sequence[Sequence[Commit]]) -> Mapping[str, Digest]:
    await emptied(generation)
    await _project(generation, log, batches)
    return await digests(generation.dsn())


async def _project(generation: Generation, log: Log, batches: Sequence[Sequence[Commit]]) -> None:
    """From the generation's own positions: commits before them are not applied again."""
    async with PostgresProjector(generation.dsn(Role.PROJECTOR), generation.n, log.keys) as projector:
        at = {a.partition: a.next_offset for a in await projector.open_positions(log.genesis(), active=generation.n)}
        for batch in batches:
            await projector.apply([commit for commit in batch if commit.first_offset >= at[commit.partition]])


def _batches(commits: Sequence[Commit], rng: random.Random) -> list[Sequence[Commit]]:
    """Of sizes between one and all."""
    batches, at = list[Sequence[Commit]](), 0
    most = rng.choice((1, 3, 10, 40, 1000))
    while at < len(commits):
        size = rng.randint(1, most)
        batches.append(commits[at : at + size])
        at += size
    return batches


def _without_bytes(tables: Mapping[str, Digest]) -> dict[str, Digest]:
    return {name: digest for name, digest in tables.items() if name != BYTES}


def _said(what: str, wanted: Mapping[str, Digest], found: Mapping[str, Digest]) -> list[str]:
    return [f"{what}: table {table} differs" for table in differing(wanted, found)]


CLAIM = Claim(
    id="R8",
    says=(
        "Random histories over every event and every schema version are projected from offset 0, and from a snapshot (a"
        " copy of the database at some moment, which goes on from its own positions), in random batches and with"
        " partitions interleaved at random: every table is byte-equal, and but for the records' own bytes equal to the"
        " same history in today's versions. While few versions have been released, others are made up: another order"
        " of fields, fields that came later, a topic that was renamed and is upcast."
    ),
    unit="rebuilds",
    rounds=120,
    leg=60,
    quick=6,
    control_rounds=6,
    bug="One row takes the word of whatever commit comes last, from whichever partition.",
    play=play,
)
