"""A letter in words and as JSON, without its body."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from eventlog.dead_letters import Letter, Letters


def as_json(letters: Letters, letter: Letter) -> dict[str, Any]:
    """`{position, at, id, processor, code, detail, source, run, state, resent}`; state as `state_of`."""
    return {
        "position": letter.offset,
        "at": _at(letter).isoformat(),
        "id": letter.id,
        "processor": letter.processor,
        "code": letter.code,
        "detail": letter.detail,
        "source": {"topic": letter.topic, "partition": letter.partition, "offset": letter.source_offset},
        "run": letter.run,
        "state": state_of(letters, letter),
        "resent": [asdict(done) for done in letters.resent(letter)],
    }


def state_of(letters: Letters, letter: Letter) -> str:
    """`waiting` · `retried` · `edited` · `told`: nothing can be run again, it only says that something came."""
    if not letter.runnable:
        return "told"
    done = letters.resent(letter)
    return "waiting" if not done else "edited" if done[0].edited else "retried"


def line(letters: Letters, letter: Letter) -> str:
    place = f"{letter.topic} {letter.partition}:{letter.source_offset}"
    return (
        f"{letter.offset:<7} {_at(letter):%Y-%m-%dT%H:%M:%SZ}  {state_of(letters, letter):8} {letter.processor:10} "
        f"{letter.code:20} {place}  {letter.detail[:120]}"
    )


def _at(letter: Letter) -> datetime:
    return datetime.fromtimestamp(letter.at_ms / 1000, UTC)
