"""A broker that nobody else needs: it may be killed, frozen, stopped and started again on its data."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from embedded import kafka
from embedded.kafka_config import KafkaConfig
from proof.embedded_servers import kafka_server
from proof.servers import Server, reserved_port


@dataclass(frozen=True, slots=True)
class Broker:
    config: KafkaConfig
    server: Server

    @property
    def bootstrap(self) -> str:
        return f"{self.config.host}:{self.config.port}"

    def freeze(self) -> None:
        self.server.running.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.server.running.send_signal(signal.SIGCONT)

    async def again(self) -> None:
        """Starts it on its data, and waits until it serves."""
        self.server.spawn()
        await asyncio.to_thread(self.server.wait_ready, partial(kafka.ready, self.config))


@asynccontextmanager
async def own_broker(folder: Path) -> AsyncIterator[Broker]:
    with ExitStack() as stack:
        port, controller = (stack.enter_context(reserved_port()) for _ in range(2))
        config = KafkaConfig(folder / "kafka", port, controller)
        broker = Broker(config, kafka_server(config))
        stack.callback(_end, broker.server)
        await broker.again()
        yield broker


def _end(server: Server) -> None:
    """Killed: nobody reads its data again, and it may be frozen."""
    with contextlib.suppress(ProcessLookupError):
        server.kill()
