"""What must stand in the log after a history, found without the writer: commands in order, one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from domain.kernel.actor import Permission
from eventlog.codec import Codec
from eventlog.model import Commit, LogRecord
from eventlog.reader import Reader
from eventlog.topics import MAX_BATCH_BYTES
from tests.commands.tally import Add, origin
from tests.commands.world import World


class Wanted(NamedTuple):
    """One commit: command offset, id, `at`, and either a refusal's code or (stream, version, total) of its events."""

    offset: int
    command_id: str
    at: datetime
    code: str | None
    events: tuple[tuple[str, int, int], ...]


def wanted(commands: Iterable[LogRecord], codec: Codec) -> list[Wanted]:
    """By the rule: the first command of each (journey, id) is answered, in the order of one partition."""
    answered: set[tuple[str, str]] = set()
    last_at: dict[str, datetime] = {}
    totals: dict[str, tuple[int, int]] = {}
    found: list[Wanted] = []
    for record in commands:
        meta, command = codec.decode_command(record.value)
        assert isinstance(command, Add)
        if (meta.journey, meta.command_id) in answered:
            continue
        answered.add((meta.journey, meta.command_id))
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=record.timestamp_ms)
        at = last_at[meta.journey] = max(at, last_at.get(meta.journey, at))
        code = _code(command, Permission.CONVERSATION_RECEIVE in meta.actor.grant)
        events: list[tuple[str, int, int]] = []
        for key in command.tallies if code is None else ():
            version, total = totals.get(key, (0, 0))
            totals[key] = (version + 1, total + command.by)
            events.append((f"tally-{key}", *totals[key]))
        found.append(Wanted(record.offset, meta.command_id, at, code, tuple(events)))
    return found


def _code(command: Add, granted: bool) -> str | None:
    if not granted:
        return "forbidden"
    if len(command.note) * len(command.tallies) > MAX_BATCH_BYTES:
        return "commit_too_large"
    codes = {"refuse": "no", "refuse half-way": "half_way", "crash": "decider_crashed", "nothing": "nothing_to_do"}
    return codes.get(command.how)


def got(commit: Commit) -> Wanted:
    """The same of an accepted commit."""
    refusal = commit.refusal
    at = refusal.at if refusal else commit.events[0].at
    events = tuple((e.stream, e.meta.version, e.event.total) for e in commit.events)  # type: ignore[attr-defined]  # Added
    return Wanted(commit.command_offset, commit.command_id or "", at, refusal.code if refusal else None, events)


def check(world: World) -> None:
    """Every command exactly once, nothing else, every state as if there had been no fault."""
    assert [got(commit) for commit in world.topics.accepted] == wanted(world.topics.commands, world.codec)
    reader = Reader(origin(), world.codec)
    reader.feed(world.topics.events)
    assert reader.unanswered == {}, "voids that honest writers leave behind look like a log that somebody altered"
