"""A TCP proxy that does harm: latency, reset, silence, cuts, replies lost after the request was passed on.

It stands before one server on one edge. `harm` says what happens to connections from now on, those that are open with
them; None heals: what is broken stays broken for that connection, as in life.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

CHUNK: Final = 64 * 1024
CONNECT_S: Final = 5.0


class Kind(StrEnum):
    LATENCY = "latency"  # every chunk, both ways, is `delay_s` late
    RESET = "reset"  # open connections are reset, new ones too
    SILENCE = "silence"  # half-open: connections are accepted, bytes are swallowed, nothing ever comes back
    CUT = "cut"  # each connection is reset after `after_bytes` more bytes, both ways together
    DROP_REPLY = "drop reply"  # what the client says is passed on; at the first byte of the answer it is reset


@dataclass(frozen=True, slots=True)
class Harm:
    """times: connections that it breaks, then it is over; 0: until it is taken away."""

    kind: Kind
    delay_s: float = 0.0
    after_bytes: int = 0
    times: int = 0


@dataclass(slots=True, eq=False)
class _Pair:
    """One connection and the one behind it. asked: the client said something since the harm began. spent: bytes since
    then."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    asked: bool = False
    spent: int = 0

    def reset(self) -> None:
        """RST to both, at once: nothing that waits is still delivered."""
        for writer in (self.client, self.server):
            _abort(writer)


class Proxy:
    """done: what was harmed, by kind: connections; chunks for latency and silence."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._pairs: set[_Pair] = set()
        self._waiting: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._harm: Harm | None = None
        self._left = 0
        self._changed = asyncio.Event()
        self.done: Counter[Kind] = Counter()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def open(self) -> int:
        """Connections."""
        return len(self._pairs)

    def aim(self, host: str, port: int) -> None:
        """Connections from now on go there."""
        self._target = (host, port)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, host, port, backlog=256)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        tasks = [task for pair in self._pairs for task in pair.tasks]
        for pair in list(self._pairs):
            pair.reset()
        for writer in self._waiting:
            _abort(writer)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def harm(self, harm: Harm | None) -> None:
        """From now on. None: no more, and who was silenced is let go."""
        self._harm = harm
        self._left = harm.times if harm else 0
        for pair in self._pairs:
            pair.asked, pair.spent = False, 0
        if harm is not None and harm.kind is Kind.RESET:
            for pair in list(self._pairs):
                self._break(pair, harm)
        if harm is None:
            for writer in self._waiting:
                _abort(writer)
        self._changed.set()
        self._changed = asyncio.Event()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._harm is not None and self._harm.kind in (Kind.RESET, Kind.SILENCE):
            self.done[self._harm.kind] += 1
            if self._harm.kind is Kind.SILENCE:
                await self._swallow(reader, writer)
            _abort(writer)
            return
        try:
            async with asyncio.timeout(CONNECT_S):
                behind, ahead = await asyncio.open_connection(*self._target)
        except (OSError, TimeoutError):
            _abort(writer)
            return
        pair = _Pair(writer, ahead)
        self._pairs.add(pair)
        pair.tasks = [
            asyncio.create_task(self._pump(pair, reader, ahead, answers=False)),
            asyncio.create_task(self._pump(pair, behind, writer, answers=True)),
        ]
        try:
            await asyncio.wait(pair.tasks)
        finally:
            self._pairs.discard(pair)
            for end in (writer, ahead):
                end.close()

    async def _swallow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._waiting.add(writer)
        with contextlib.suppress(OSError):
            while await reader.read(CHUNK):
                pass
        self._waiting.discard(writer)

    async def _pump(
        self, pair: _Pair, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                if await self._pass(pair, len(data), answers=answers):
                    writer.write(data)
                    await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()

    async def _pass(self, pair: _Pair, size: int, *, answers: bool) -> bool:
        """Whether these bytes go on."""
        harm = self._harm
        if harm is None:
            return True
        if harm.kind is Kind.LATENCY:
            self.done[Kind.LATENCY] += 1
            await asyncio.sleep(harm.delay_s)
            return True
        if harm.kind is Kind.SILENCE:
            self.done[Kind.SILENCE] += 1
            await self._changed.wait()  # bytes were lost: this connection has no future
            pair.reset()
            return False
        if self._survives(pair, harm, size, answers=answers):
            return True
        self._break(pair, harm)
        return False

    @staticmethod
    def _survives(pair: _Pair, harm: Harm, size: int, *, answers: bool) -> bool:
        if harm.kind is Kind.CUT:
            pair.spent += size
            return pair.spent <= harm.after_bytes
        if harm.kind is Kind.DROP_REPLY:
            pair.asked = pair.asked or not answers
            return not (answers and pair.asked)
        return False

    def _break(self, pair: _Pair, harm: Harm) -> None:
        self.done[harm.kind] += 1
        self._left -= 1
        if self._left == 0:
            self._harm = None
        pair.reset()


def _abort(writer: asyncio.StreamWriter) -> None:
    """With RST instead of FIN."""
    sock: socket.socket | None = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def proxied(host: str, port: int, *, at: int = 0) -> AsyncIterator[Proxy]:
    """Before host:port, listening at `at` (0: any free port)."""
    proxy = Proxy(host, port)
    await proxy.start(port=at)
    try:
        yield proxy
    finally:
        await proxy.stop()
