"""A sender in a process of its own that ends at a named point: `python -m proof.harm.sender_program JSON`.

JSON: {"places": …, "points": [names], "freeze": bool, "whole": bool, "careless": bool}. It kills itself at the first
point that it reaches, or freezes once at each until it is continued. whole: all of `legion streams`, not only the
runner. Points are reached through the parts it is given: nothing in the product knows of them. The last line on stdout
names the chunk that it died with: `died <chunk>`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from domain.conversation.commands import AttemptChunk, RecordReply, RecordSent
from domain.kernel.command import Command, CommandMeta
from eventlog.model import Position
from eventlog.producer import CommandLog
from eventlog.topics import cluster_id
from proof.bugs.careless_sender import SENDING, CarelessChunks
from proof.ground.edge import PARTITIONS
from proof.ground.world import Places, streams_parts
from streams import app
from streams.app import make_handlers, make_normaliser, make_runner, run_streams
from streams.config import StreamsParts
from streams.effects.channel import Channel, Seen
from streams.runner.gate import pass_end

POINTS: Final = ("before_attempt", "after_attempt", "before_call", "within_call", "after_call", "after_sent")
WITHIN_S: Final = 0.004
"""Into the call: about where the provider has read the request and not yet answered."""


@dataclass(frozen=True, slots=True)
class Fuse:
    """Ends the process at its points, or freezes it once at each."""

    points: set[str]
    freeze: bool

    def reach(self, point: str) -> None:
        if point in self.points:
            self.points.remove(point)
            os.write(sys.stdout.fileno(), f"died {SENDING.get('')}\n".encode())
            os.kill(os.getpid(), signal.SIGSTOP if self.freeze else signal.SIGKILL)


class FusedLog(CommandLog):
    def __init__(self, inner: CommandLog, fuse: Fuse) -> None:
        self.__dict__.update(inner.__dict__)
        self._fuse = fuse

    async def submit(self, meta: CommandMeta, command: Command) -> Position:
        if isinstance(command, RecordReply):
            self._fuse.reach("before_reply")
        if isinstance(command, AttemptChunk):
            SENDING.set(command.chunk)
            self._fuse.reach("before_attempt")
        position = await super().submit(meta, command)
        if isinstance(command, AttemptChunk):
            self._fuse.reach("after_attempt")
        if isinstance(command, RecordSent):
            self._fuse.reach("after_sent")
        return position


@dataclass(frozen=True, slots=True)
class FusedChannel:
    inner: Channel
    fuse: Fuse

    async def typing(self, address: str, milliseconds: int) -> None:
        await self.inner.typing(address, milliseconds)

    async def send(self, address: str, text: str) -> str:
        self.fuse.reach("before_call")
        call = asyncio.create_task(self.inner.send(address, text))
        if "within_call" in self.fuse.points:
            await asyncio.sleep(WITHIN_S)
            self.fuse.reach("within_call")
        provider_id = await call
        self.fuse.reach("after_call")
        return provider_id

    async def sent_lately(self, address: str) -> list[Seen]:
        return await self.inner.sent_lately(address)


@dataclass(slots=True)
class FusedChannels:
    inner: Any
    fuse: Fuse
    timeout_ms: int

    async def open(self, company: str, instance: str) -> Channel:
        return FusedChannel(await self.inner.open(company, instance), self.fuse)


async def main(given: dict[str, Any]) -> None:
    places, fuse = Places(**given["places"]), Fuse(set(given["points"]), given["freeze"])
    if given["careless"]:
        vars(app)["ChunkEffect"] = CarelessChunks
    async with streams_parts(places) as whole:
        parts = replace(
            whole,
            commands=FusedLog(whole.commands, fuse),
            channels=FusedChannels(whole.channels, fuse, whole.channels.timeout_ms),
        )
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        if given["whole"]:
            await run_streams(places.config, parts, stop)
        else:
            await run_runner(places, parts)


async def run_runner(places: Places, parts: StreamsParts) -> None:
    """Until it is killed."""
    runner = make_runner(
        places.config, parts, make_handlers(places.config, parts, make_normaliser(places.config, parts))
    )
    await pass_end(
        parts.reads,
        parts.listener,
        bootstrap=places.kafka,
        events=places.topics.events,
        partitions=PARTITIONS,
        cluster=await cluster_id(places.kafka),
    )
    await runner.run()


if __name__ == "__main__":
    asyncio.run(main(orjson.loads(sys.argv[1])))
