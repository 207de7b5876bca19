"""What must stand in the log after a history, found without the writer: commands in order, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from domain.kernel.actor import Permission
from eventlog.codec import Body, Codec
from eventlog.model import Commit, LogRecord, Recorded, Refusal
from eventlog.topics import MAX_BATCH_BYTES
from proof.ground.tallies import Add, Added


class Answer(NamedTuple):
    """One commit: command offset, journey, id, `at`, and either a refusal's code or (stream, version, total) of its
    events."""

    offset: int
    journey: str
    command_id: str
    at: datetime
    code: str | None
    events: tuple[tuple[str, int, int], ...]


def wanted(commands: Iterable[LogRecord], codec: Codec) -> list[Answer]:
    """By the rule: the first command of each (journey, id) is answered, in the order of one partition."""
    answered: set[tuple[str, str]] = set()
    last_at: dict[str, datetime] = {}
    totals: dict[str, tuple[int, int]] = {}
    found: list[Answer] = []
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
        found.append(Answer(record.offset, meta.journey, meta.command_id, at, code, tuple(events)))
    return found


def _code(command: Add, granted: bool) -> str | None:
    if not granted:
        return "forbidden"
    if len(command.note) * len(command.tallies) > MAX_BATCH_BYTES:
        return "commit_too_large"
    codes = {"refuse": "no", "refuse half-way": "half_way", "crash": "decider_crashed", "nothing": "nothing_to_do"}
    return codes.get(command.how)


def got(commit: Commit) -> Answer:
    """The same of a commit that a reader of ours accepted."""
    bodies: Sequence[Body] = (commit.refusal,) if commit.refusal else commit.events
    return answer(commit.command_offset, bodies)


def answer(offset: int, bodies: Sequence[Body]) -> Answer:
    """What the bodies of one commit say. offset: of its command."""
    first = bodies[0]
    if isinstance(first, Refusal):
        return Answer(offset, first.journey, first.command_id, first.at, first.code, ())
    assert isinstance(first, Recorded)
    events = []
    for each in bodies:
        assert isinstance(each, Recorded)
        assert isinstance(each.event, Added)
        events.append((each.stream, each.meta.version, each.event.total))
    return Answer(offset, first.meta.journey, first.meta.command_id, first.meta.at, None, tuple(events))
