"""S11: tampers with a signed log, again and again, and has the product's own verification look for it."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cli.audit.verify import cannot_know
from domain.kernel.errors import Corrupt
from eventlog.audit import Finding, Walk, compare_checkpoints
from eventlog.checkpoint import Head, Signed
from eventlog.model import Commit, LogRecord
from eventlog.reader import Reader
from eventlog.watchful import WatchfulReader
from proof.tampering.harms import HARMS, Harmed
from proof.tampering.log import PLACE, SignedLog, signed_log

LOGS: Final = 8
"""Different logs that are tampered with in turns."""

EXAMPLES: Final = 5

COUNTED: Final = ("undetected", "misplaced", "unsaid", "unknowable", "found_in_topic", "healed")


class SizesOnly(Walk):
    """The control's seeded bug: takes every head for what was signed if only there are as many commits."""

    def same(self, head: Head, partition: int) -> bool:
        return head.size == self.grown[partition].size


@dataclass(slots=True)
class Found:
    """What was found, by what the auditor had: nothing but the log, the topic of checkpoints, a file from outside."""

    alone: list[Finding]
    topic: list[Finding]
    outside: list[Finding]


async def run(n: int, seed: int, control: bool = False) -> dict[str, Any]:
    """n tamperings, every kind as often as the others. control: by a verifier that leaves a rule out.

    Harm that changes nothing of what counts (an abandoned producer's copy of the same commit steps in) is drawn again;
    `healed` counts those. undetected: with the outside checkpoint, all of which must be found. misplaced: found, but no
    finding points at the place. unknowable: not found by who has the log alone, which then says so.
    """
    began = time.monotonic()
    walk = SizesOnly if control else Walk
    logs = [signed_log(seed * LOGS + number) for number in range(LOGS)]
    for log in logs:
        assert not control_of(log, walk), "an untouched log does not verify"
    by_kind: dict[str, Counter[str]] = {harm.__name__: Counter() for harm in HARMS}
    examples: list[str] = []
    for number in range(n):
        harm = HARMS[number % len(HARMS)]
        rng = random.Random(f"{seed}/{number}")
        log = logs[rng.randrange(LOGS)]
        counts = by_kind[harm.__name__]
        while not changed(log, harmed := harm(log, rng)):
            counts["healed"] += 1
        for what in judge(log, harmed, walk):
            counts[what] += 1
            if what in {"undetected", "misplaced", "unsaid"} and len(examples) < EXAMPLES:
                examples.append(f"{what}: {harm.__name__} {seed}/{number} at {harmed.places}")
        counts["n"] += 1
        if number % 50 == 0:
            await asyncio.sleep(0)  # others live in this loop
    total: Counter[str] = sum(by_kind.values(), Counter())
    return {
        "id": "S11",
        "n": n,
        "seed": seed,
        "control": control,
        **{
            what: total[what]
            for what in ("undetected", "misplaced", "unsaid", "unknowable", "found_in_topic", "healed")
        },
        "by_kind": {kind: dict(counts) for kind, counts in by_kind.items()},
        "examples": examples,
        "seconds": round(time.monotonic() - began, 1),
    }


def judge(log: SignedLog, harmed: Harmed, walk: type[Walk] = Walk) -> list[str]:
    """What there is to count of one tampering."""
    found = look(harmed.records, harmed.lines, log, walk)
    counted: list[str] = []
    if not found.outside:
        counted.append("undetected")
    elif not any(
        finding.covers(*place) for finding in found.outside for place in (*harmed.places, *changed(log, harmed))
    ):
        counted.append("misplaced")
    if found.topic:
        counted.append("found_in_topic")
    if not found.alone:
        counted.append("unknowable")
        if not cannot_know((), key_given=True):
            counted.append("unsaid")
    return counted


def changed(log: SignedLog, harmed: Harmed) -> list[tuple[int, int]]:
    """(partition, offset) after the last commit that is what it was, of each partition where another one follows."""
    places: list[tuple[int, int]] = []
    for partition, (commits, was) in enumerate(zip(_accepted(harmed.records), log.commits, strict=True)):
        same = [now.head == old.head for now, old in zip(commits, was, strict=False)]
        kept = same.index(False) if False in same else len(same)
        if kept < max(len(commits), len(was)):
            places.append((partition, commits[kept - 1].next_offset if kept else 0))
    return places


def _accepted(records: Sequence[Sequence[LogRecord]]) -> list[list[Commit]]:
    readers = [Reader(anchor) for anchor in PLACE.genesis()]
    return [reader.feed(own) for reader, own in zip(readers, records, strict=True)]


def control_of(log: SignedLog, walk: type[Walk] = Walk) -> list[Finding]:
    """What is found in the log as it was."""
    return look(log.records, log.lines, log, walk).outside


def look(
    records: Sequence[Sequence[LogRecord]], published: Sequence[Signed], log: SignedLog, walk: type[Walk] = Walk
) -> Found:
    """The product's own verification. log: the key and the checkpoints that were kept outside are its."""
    readers = [WatchfulReader(anchor) for anchor in PLACE.genesis()]
    commits = [reader.feed(own) for reader, own in zip(readers, records, strict=True)]
    strays = {n: piece for n, reader in enumerate(readers) if (piece := reader.stray) is not None}
    trusted: list[Signed] = []
    forged: list[Finding] = []
    for line in published:
        try:
            trusted.append(Signed.read(line.line(), [log.key]))
        except Corrupt as error:
            forged.append(Finding(code=error.code, detail=error.detail))

    def walked(signed: Sequence[Signed]) -> list[Finding]:
        one = walk(PLACE, signed)
        for partition, own in enumerate(commits):
            one.take(partition, own)
        return one.end(strays)

    return Found(
        alone=walked(()),
        topic=[*forged, *walked(trusted)],
        outside=[*forged, *compare_checkpoints(log.lines, trusted), *walked([*log.lines, *trusted])],
    )
