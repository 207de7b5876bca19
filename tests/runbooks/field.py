"""A stack that is started and stopped as its operator would, on folders that stay."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import orjson

from cli.demo.client import INSTANCE, Legion
from cli.demo.seed import Provider, seed
from cli.stack.environment import FILE
from proof.ground.stack import Stack, legion, operate
from tests.runbooks.book import Block, blocks, run

READY_S = 240.0
GONE_S = 120.0
RUN_S = 400.0


class Field:
    """folder: the data folder is `data` in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running = ExitStack()
        self.stack: Stack | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self, *, ready: bool = True) -> Stack:
        """Of a block `sh terminal`."""
        self.close()
        self.stack = self._running.enter_context(legion(self.folder, "up"))
        if ready:
            self.wait_ready()
        return self.stack

    def wait_ready(self) -> None:
        assert self.stack is not None
        deadline = time.monotonic() + READY_S
        while not self._answers_ready():
            assert self.stack.process.poll() is None, self.stack.tail()
            assert time.monotonic() < deadline, self.stack.tail()
            time.sleep(0.2)

    def stop(self) -> None:
        """In order."""
        assert self.stack is not None
        self.stack.process.send_signal(signal.SIGTERM)
        self.stack.process.wait(GONE_S)
        self.close()

    def close(self) -> None:
        self._running.close()
        self._running = ExitStack()
        self.stack = None

    def run(self, *given: Block, **more: str) -> str:
        """Runs these blocks of a book, one after the other in one shell."""
        return run(self.data, *(block.script for block in given), timeout_s=RUN_S, **more)

    def cured(self, book: str, number: int = -1) -> str:
        """Runs the harmless block that says how to see that it is cured: the last one, unless told."""
        return self.run(blocks(book, "")[number])

    def status(self) -> dict[str, object]:
        assert self.stack is not None
        told: dict[str, object] = orjson.loads(operate(self.stack, "status", "--json").stdout)
        return told

    def until_reason(self, *words: str, timeout_s: float = GONE_S) -> list[str]:
        """Waits until `legion status` gives a reason with one of these words."""
        deadline = time.monotonic() + timeout_s
        while True:
            found = self.status()["reasons"]
            assert isinstance(found, list)
            if any(word in reason for word in words for reason in found):
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.5)

    def posts(self, body: bytes) -> int:
        """A webhook of the demo's instance: its status, 0 for no answer."""
        assert self.stack is not None
        try:
            answer = httpx.post(
                f"{self.stack.api}/ingress/evolution/{INSTANCE}",
                content=body,
                headers={"x-webhook-secret": self._secret()},
                trust_env=False,
                timeout=30,
            )
        except httpx.HTTPError:
            return 0
        return answer.status_code

    def seed(self) -> None:
        """The demo's company, Centurion and instance; again after each start."""
        asyncio.run(self._seed())

    async def _seed(self) -> None:
        assert self.stack is not None
        env = self._env()
        token = (self.data / "bootstrap.token").read_text().strip()
        async with httpx.AsyncClient(base_url=self.stack.api, trust_env=False, timeout=60) as http:
            http.headers["Authorization"] = f"Bearer {token}"
            provider = Provider(
                url=env["LEGION_EVOLUTION_URL"], api_key=env["LEGION_EVOLUTION_API_KEY"], webhook_secret=self._secret()
            )
            await seed(Legion(http), provider, model="sim")

    def _env(self) -> dict[str, str]:
        env: dict[str, str] = orjson.loads((self.data / FILE).read_bytes())
        return env

    def _secret(self) -> str:
        return str(orjson.loads((self.data / "secrets.json").read_bytes())["WEBHOOK_SECRET"])

    def _answers_ready(self) -> bool:
        assert self.stack is not None
        try:
            return httpx.get(f"{self.stack.api}/health/ready", trust_env=False, timeout=5).status_code == 200
        except httpx.HTTPError:
            return False
