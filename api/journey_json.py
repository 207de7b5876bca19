"""A journey's state at a moment, and what differs between two, for people and scripts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from api.differences import Change, differences
from api.event_json import plain
from api.opened import Opened
from domain.kernel.errors import InvalidInput
from domain.kernel.event import Event
from domain.kernel.stream import Stream
from eventlog.personal import subjects_of
from projections.engine.seen import Opener
from projections.travel.life import Cut, Life
from projections.travel.traveller import Traveller


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamState:
    """state: what is decided on. personal: the latest words that an event said of or by the person, named by event and
    field (`MessageReceived.text`); null where they were erased."""

    stream: str
    version: int
    at: str
    state: dict[str, Any]
    personal: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """version: how many events of the journey had happened. at: when the last of them did; null before the first."""

    version: int
    at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyState:
    """Streams in the order of their first events. erased: the person's key is destroyed. quarantined: later events are
    journalled only, and in no state."""

    journey: str
    company: str
    version: int
    at: str | None
    erased: bool
    quarantined: bool
    streams: tuple[StreamState, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamDiff:
    """Versions are the stream's own; 0: it did not exist yet."""

    stream: str
    version_before: int
    version_after: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyDiff:
    """streams: those that changed. events: between the two moments, as `GET /v1/events` shows them but opened.
    events_left_off: how many more there are."""

    journey: str
    company: str
    before: Moment
    after: Moment
    erased: bool
    quarantined: bool
    streams: tuple[StreamDiff, ...]
    events: tuple[dict[str, Any], ...]
    events_left_off: int


class Journeys:
    """Time travel with personal fields opened. Raises NotFound `journey_not_found`, Unavailable."""

    def __init__(self, traveller: Traveller, keys: Opener) -> None:
        self._traveller = traveller
        self._keys = keys

    async def state(self, company: str, journey: str, cut: Cut) -> JourneyState:
        life, quarantined = await self._traveller.life(company, journey, cut)
        opened = await self._opened(company, life)
        return JourneyState(
            journey=journey,
            company=company,
            version=life.version,
            at=plain(life.at),
            erased=opened.erased,
            quarantined=quarantined,
            streams=streams_of(life, opened),
        )

    async def diff(self, company: str, journey: str, since: Cut, until: Cut, *, events: int) -> JourneyDiff:
        """events: at most so many are told. Raises InvalidInput `moments_reversed` too."""
        before, _ = await self._traveller.life(company, journey, since)
        after, quarantined = await self._traveller.life(company, journey, until)
        if before.version > after.version:
            raise InvalidInput("moments_reversed", f"version {before.version} is later than {after.version}")
        between = await self._traveller.events(company, before, after, events)
        opened = await self._opened(company, after, [one.recorded.event for one in between])
        return JourneyDiff(
            journey=journey,
            company=company,
            before=Moment(version=before.version, at=plain(before.at)),
            after=Moment(version=after.version, at=plain(after.at)),
            erased=opened.erased,
            quarantined=quarantined,
            streams=tuple(_changed(streams_of(before, opened), streams_of(after, opened))),
            events=tuple(opened.event(one) for one in between),
            events_left_off=after.version - before.version - len(between),
        )

    async def _opened(self, company: str, life: Life, told: Iterable[Event] = ()) -> Opened:
        """Asks the vault only where something is sealed: settings hold nothing personal."""
        said = [*told, *(event for each in life.said.values() for event in each.values())]
        pairs = {(company, subject) for event in said for subject in subjects_of(event, life.journey)}
        return Opened(await self._keys.open_pairs(sorted(pairs)) if pairs else {}, company, life.journey)


def streams_of(life: Life, opened: Opened) -> tuple[StreamState, ...]:
    return tuple(
        StreamState(
            stream=name,
            version=stream.version,
            at=plain(stream.modified_on),
            state=state_of(stream),
            personal={
                f"{said}.{field}": words
                for said, event in life.said.get(name, {}).items()
                for field, words in opened.personal(event).items()
            },
        )
        for name, stream in life.streams.items()
    )


def state_of(stream: Stream) -> dict[str, Any]:
    """What a stream's decisions depend on."""
    found: dict[str, Any] = plain({name: value for name, value in vars(stream).items() if not name.startswith("_")})
    return found


def _changed(before: tuple[StreamState, ...], after: tuple[StreamState, ...]) -> list[StreamDiff]:
    was = {each.stream: each for each in before}
    found = []
    for each in after:
        old = was.get(each.stream)
        if old is not None and old.version == each.version:
            continue
        changes = (
            *differences(old.state if old else {}, each.state),
            *differences(old.personal if old else {}, each.personal, "personal"),
        )
        found.append(
            StreamDiff(
                stream=each.stream,
                version_before=old.version if old else 0,
                version_after=each.version,
                changes=changes,
            )
        )
    return found
