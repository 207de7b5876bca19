"""Recorded webhook bodies sent at the ingress, in their recorded rhythm. Core without I/O, and a small shell."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx
import orjson

MAX_GAP_S: Final = 10.0
"""A recording may span months: a longer silence is cut to this, before `speed` divides it."""

TIMEOUT_S: Final = 30.0
"""Evolution's own time-out of a webhook call."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One body to send. at: when it was recorded, if it says so."""

    file: str
    body: bytes
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is no Evolution webhook, and why."""

    file: str
    why: str


def read(name: str, content: bytes) -> list[Recording | Skipped]:
    """The bodies in one file: an envelope, an array of envelopes, or JSON lines of envelopes."""
    values = _values(content)
    if not values:
        return [Skipped(name, "not JSON")]
    found: list[Recording | Skipped] = [
        Recording(name, orjson.dumps(value), _recorded_at(value)) for value in values if _is_envelope(value)
    ]
    return found or [Skipped(name, "not an Evolution webhook")]


def _values(content: bytes) -> list[Any]:
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        try:
            return [orjson.loads(line) for line in content.splitlines() if line.strip()]
        except orjson.JSONDecodeError:
            return []
    return value if isinstance(value, list) else [value]


def _is_envelope(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("event"), str) and "data" in value and "instance" in value


def _recorded_at(value: dict[str, Any]) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(value.get("date_time")))
    except ValueError:
        return None
    return at if at.tzinfo else None


def gaps(recordings: Sequence[Recording], speed: float) -> list[float]:
    """Seconds to wait before each. speed: 2 is twice as fast; 0: without waiting."""
    waits: list[float] = []
    last: datetime | None = None
    for recording in recordings:
        known = last is not None and recording.at is not None
        gap = (recording.at - last).total_seconds() if known and recording.at and last else 0.0
        waits.append(min(max(gap, 0.0), MAX_GAP_S) / speed if speed > 0 else 0.0)
        last = recording.at or last
    return waits


def files_of(paths: Sequence[Path]) -> Iterator[Path]:
    """The files themselves, and those inside folders in order of their names."""
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix in {".json", ".jsonl"})
        else:
            yield path


async def play(
    recordings: Sequence[Recording], *, url: str, secret: str, speed: float
) -> AsyncIterator[tuple[Recording, int]]:
    """Sends one after the other to `url`; yields (recording, status), status 0 where there was no answer."""
    headers = {"content-type": "application/json", "x-webhook-secret": secret}
    async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_S, headers=headers) as client:
        for recording, wait in zip(recordings, gaps(recordings, speed), strict=True):
            await asyncio.sleep(wait)
            try:
                response = await client.post(url, content=recording.body)
            except httpx.HTTPError:
                yield recording, 0
            else:
                yield recording, response.status_code
