"""What became of leads who asked: the provider's own list of what it showed, beside what the log says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from proof.ground.running import Running
from proof.tally import Tally

ENDS: Final = {"ReplyFinished", "HumanAsked"}


async def without_end(running: Running, phones: Sequence[str]) -> int:
    return sum([not ENDS & set(await running.topics(phone)) for phone in phones])


async def answers_tally(running: Running, phones: Sequence[str]) -> Tally:
    """lost: leads who were shown nothing, and no human was asked. doubled: messages that were shown again.
    unresolved: leads whose question has no end."""
    lost, doubled, open_, asked = list[str](), list[str](), list[str](), 0
    for phone in phones:
        shown, topics = await running.shown(phone), set(await running.topics(phone))
        doubled += [phone] * (len(shown) - len(set(shown)))
        asked += "HumanAsked" in topics
        if not ENDS & topics:
            open_.append(phone)
        elif not shown and "HumanAsked" not in topics:
            lost.append(phone)
    return Tally(
        0,
        lost=len(lost),
        doubled=len(doubled),
        unresolved=len(open_),
        facts={"leads_who_asked": float(len(phones)), "humans_asked": float(asked)},
        examples=(
            *(f"lead {phone} got no answer" for phone in lost[:1]),
            *(f"lead {phone} was shown a message twice" for phone in doubled[:1]),
            *(f"lead {phone} waits" for phone in open_[:1]),
        ),
    )
