"""What was said in a lead's conversations, opened: what every prompt is made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from eventlog.model import Recorded
from projections.read.events import EventReader, Placed
from streams import labels
from streams.transcript import Said, transcript
from vault.codec import SubjectOpener, SubjectSealer

MEMORY: Final = 400
"""Events of a conversation that are read for a prompt: about a hundred messages with their receipts."""


async def said_until(
    events: EventReader, journey: str, stream: str, version: int, sealer: SubjectSealer
) -> tuple[Said, ...]:
    """Of one conversation, up to that version of it."""
    placed = await _remembered(events, journey, stream, version)
    return _opened((each.recorded for each in placed), sealer)


async def said_in_all(
    events: EventReader, journey: str, versions: dict[str, int], sealer: SubjectSealer
) -> tuple[Said, ...]:
    """Of several conversations, in the order of the log. versions: stream → up to which."""
    placed: list[Placed] = []
    for stream, version in versions.items():
        placed += await _remembered(events, journey, stream, version)
    placed.sort(key=lambda each: each.position)
    return _opened((each.recorded for each in placed), sealer)


async def _remembered(events: EventReader, journey: str, stream: str, version: int) -> tuple[Placed, ...]:
    return await events.stream_events(journey, stream, after=max(0, version - MEMORY), limit=min(MEMORY, version))


def _opened(events: Iterable[Recorded], sealer: SubjectSealer) -> tuple[Said, ...]:
    opener = SubjectOpener(sealer.key, sealer.company, sealer.journey)
    return transcript(events, lambda sealed: opener.text(labels.TEXT, sealed))
