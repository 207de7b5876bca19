"""What became of chunks: the provider's own list of what it showed, beside what the log says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from proof.ground.shop import Talk
from proof.harm.senders import Death
from proof.tally import EXAMPLES, Tally


@dataclass(frozen=True, slots=True)
class Fate:
    """shown: how often the provider showed the chunk's words. state: what the timeline says of it."""

    shown: int
    state: str


async def fates(talk: Talk) -> dict[str, Fate]:
    """Chunk → fate, of all that were ever made for this lead."""
    shown = Counter(each["text"] for each in await talk.shown())
    return {m.id: Fate(shown[m.text or ""], m.state or "") for m in await talk.messages() if m.direction == "out"}


async def count_deaths(deaths: Sequence[Death], unresolved: int) -> Tally:
    """After the last sender settled. unresolved: effects that are still open.

    lost: never shown, and the log does not say so. doubled: shown more often than there are chunks of these words.
    phantom: the log says sent, the provider showed nothing. A talk whose answer neither ended nor asks for a human is
    unresolved too.
    """
    lost, phantom, facts, examples = 0, 0, Counter[str](), list[str]()
    found = {talk.phone: await fates(talk) for talk in {death.talk.phone: death.talk for death in deaths}.values()}
    for death in deaths:
        fate = found[death.talk.phone].get(death.chunk)
        if fate is None:  # of a lead before, whose chunk was still due
            fate = next(each[death.chunk] for each in found.values() if death.chunk in each)
        facts[f"killed_{death.point}"] += 1
        facts["outcome_unknown"] += fate.state == "unknown"
        if fate.shown == 0 and fate.state != "unknown":
            lost += 1
            examples.append(f"{death.point}: chunk {death.chunk} never shown, {fate.state}")
        if fate.shown == 0 and fate.state == "sent":
            phantom += 1
    doubled = 0
    for talk in {death.talk.phone: death.talk for death in deaths}.values():
        twice = await talk.shown_too_often()
        doubled += len(twice)
        examples += [f"shown too often to {talk.phone[-4:]}: {text[:40]!r}" for text in twice]
        topics = set(await talk.topics())
        if not {"ReplyFinished", "ChunkOutcomeUnknown"} & topics:
            unresolved += 1
            examples.append(f"no end for {talk.phone[-4:]}: {sorted(topics)}")
    return Tally(
        n=len(deaths),
        lost=lost,
        doubled=doubled,
        phantom=phantom,
        unresolved=unresolved,
        facts=dict(facts),
        examples=tuple(examples[:EXAMPLES]),
    )
