"""Who reports to Meta, in a process that ends at a named point: `python -m proof.harm.reporter_program JSON`.

JSON: {"places": …, "point": name or null, "bug": name or null}. It kills itself at the first time that it reaches the
point. Bugs: `renamed`, each try has another event id; `blamed`, a dead token is taken for the fault of the events.
Points are reached through the parts it is given: nothing in the product knows of them.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

import orjson

from domain.conversion.commands import AttemptConversion, RecordConversionAccepted
from domain.kernel.command import Command, CommandMeta
from eventlog.model import Position
from eventlog.producer import CommandLog
from gateways.meta.check import Ready
from gateways.meta.client import Accepted, Dataset, MetaClient
from gateways.meta.errors import MetaPayloadRefused, MetaTokenDead
from proof.ground.world import Places, streams_parts
from proof.harm.sender_program import WITHIN_S, run_runner

POINTS: Final = ("before_attempt", "after_attempt", "before_call", "within_call", "after_call", "after_accepted")


@dataclass(frozen=True, slots=True)
class Fuse:
    point: str | None

    def reach(self, point: str) -> None:
        if point == self.point:
            os.kill(os.getpid(), signal.SIGKILL)


class FusedLog(CommandLog):
    def __init__(self, inner: CommandLog, fuse: Fuse) -> None:
        self.__dict__.update(inner.__dict__)
        self._fuse = fuse

    async def submit(self, meta: CommandMeta, command: Command) -> Position:
        if isinstance(command, AttemptConversion):
            self._fuse.reach("before_attempt")
        position = await super().submit(meta, command)
        if isinstance(command, AttemptConversion):
            self._fuse.reach("after_attempt")
        if isinstance(command, RecordConversionAccepted):
            self._fuse.reach("after_accepted")
        return position


class FusedMeta(MetaClient):
    def __init__(self, inner: MetaClient, fuse: Fuse, bug: str | None) -> None:
        self.__dict__.update(inner.__dict__)
        self._fuse, self._bug = fuse, bug

    async def send(self, dataset: Dataset, events: Sequence[Ready]) -> Accepted:
        self._fuse.reach("before_call")
        told = [renamed(event) for event in events] if self._bug == "renamed" else events
        call = asyncio.create_task(
            self._blaming(dataset, told) if self._bug == "blamed" else super().send(dataset, told)
        )
        if self._fuse.point == "within_call":
            await asyncio.sleep(WITHIN_S)
            self._fuse.reach("within_call")
        accepted = await call
        self._fuse.reach("after_call")
        return accepted

    async def _blaming(self, dataset: Dataset, events: Sequence[Ready]) -> Accepted:
        try:
            return await super().send(dataset, events)
        except MetaTokenDead as dead:
            raise MetaPayloadRefused(dead.said, dead.cause) from dead


def renamed(event: Ready) -> Ready:
    id_ = str(uuid4())
    body = orjson.dumps({**orjson.loads(event.body), "event_id": id_})
    return Ready(event.event_name, id_, body)


async def main(given: dict[str, Any]) -> None:
    places, fuse = Places(**given["places"]), Fuse(given["point"])
    async with streams_parts(places) as whole:
        parts = replace(
            whole,
            commands=FusedLog(whole.commands, fuse),
            meta=FusedMeta(whole.meta, fuse, given["bug"]),
        )
        await run_runner(places, parts)


if __name__ == "__main__":
    asyncio.run(main(orjson.loads(sys.argv[1])))
