"""Agents in a process of their own, with or without a bug."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import orjson

from proof.ground.world import Places
from proof.servers import Server, spawned


@contextmanager
def agents(places: Places, folder: Path, *, bug: str | None = None) -> Iterator[Server]:
    """See `agents_program`. Killed at the end, when it has not ended by itself."""
    given = orjson.dumps({"places": asdict(places), "bug": bug}).decode()
    server = Server([sys.executable, "-m", "proof.ground.agents_program", given], folder / "agents.log")
    with spawned(server):
        yield server
