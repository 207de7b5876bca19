"""The streams' agents without a runner, in a process of their own: `python -m proof.ground.agents_program JSON`.

JSON: {"places": …, "bug": name of a module with `plant()`, or null}. Until SIGTERM; ends as the product does when the
intake says that something must stop it.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import sys
from typing import Any

import orjson
import structlog

from proof.ground.world import Places, streams_parts
from streams.app import make_normaliser
from streams.faust_app import make_app
from streams.normalise.intake import Intake

BROKEN = 70


async def main(given: dict[str, Any]) -> None:
    if given["bug"]:
        importlib.import_module(given["bug"]).plant()
    places = Places(**given["places"])
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    def fail(error: Exception) -> None:
        structlog.get_logger().error("agents_end", error=str(error))
        os._exit(BROKEN)

    async with streams_parts(places) as parts:
        intake = Intake(make_normaliser(places.config, parts), fail)
        app = make_app(places.config, take=intake.take, hint=lambda *_: None, kick=lambda: None)
        await app.start()
        structlog.get_logger().info("agents_started")
        await stop.wait()
        await intake.drain()
        await app.stop()


if __name__ == "__main__":
    asyncio.run(main(orjson.loads(sys.argv[1])))
