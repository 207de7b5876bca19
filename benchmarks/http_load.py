"""An HTTP load on loopback, from `connections` clients with one request each on its way.

    python -m benchmarks.http_load PORT PATH CONNECTIONS SECONDS RATE [HEADER…]  < body

RATE 0: closed loop, each sends its next request when it has its answer. Else so many requests a second in all, at
fixed moments; latency then counts from the moment a request was due, so that a slow answer does not hide the wait of
those behind it. Prints one line of JSON: requests a second and latency percentiles in ms. A process of its own, so
that client and server each have a core. Bounded in time; loopback only.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Final, cast

import uvloop

HOST: Final = "127.0.0.1"
HEADER_END: Final = b"\r\n\r\n"
LENGTH: Final = b"content-length: "


class Client(asyncio.Protocol):
    """One connection. Counts answers with status 200; any other ends the run: a figure of errors is no figure."""

    def __init__(self, request: bytes, latencies: list[float], until: float, interval: float, first: float) -> None:
        """interval: seconds between requests, 0 for a closed loop. first: when the first is due."""
        self._request = request
        self._interval = interval
        self._due = first
        self._latencies = latencies
        self._until = until
        self._buffer = b""
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is one, but no subclass
        self._schedule()

    def _schedule(self) -> None:
        wait = self._due - time.perf_counter()
        if self._interval and wait > 0:
            asyncio.get_running_loop().call_later(wait, self._send)
        else:
            self._send()

    def _send(self) -> None:
        assert self._transport is not None
        self._sent_at = self._due if self._interval else time.perf_counter()
        self._due += self._interval
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(HEADER_END)
        if head < 0:
            return
        at = self._buffer.find(LENGTH) + len(LENGTH)
        length = int(self._buffer[at : self._buffer.find(b"\r", at)])
        if len(self._buffer) < head + len(HEADER_END) + length:
            return
        if not self._buffer.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(self._buffer[:200].decode(errors="replace")))
            return
        self._buffer = b""
        now = time.perf_counter()
        self._latencies.append(now - self._sent_at)
        if now < self._until:
            self._schedule()
        elif not self.done.done():
            self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or RuntimeError("connection closed"))


async def load(port: int, request: bytes, connections: int, seconds: float, rate: float) -> dict[str, float]:
    latencies: list[float] = []
    begun = time.perf_counter()
    loop = asyncio.get_running_loop()
    interval = connections / rate if rate else 0.0
    clients = [
        Client(request, latencies, begun + seconds, interval, begun + interval * number / connections)
        for number in range(connections)
    ]
    for client in clients:
        await loop.create_connection(lambda client=client: client, HOST, port)  # type: ignore[misc]  # bound above
    await asyncio.gather(*(client.done for client in clients))
    took = time.perf_counter() - begun
    latencies.sort()
    return {
        "rps": len(latencies) / took,
        "n": len(latencies),
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p99_ms": latencies[len(latencies) * 99 // 100] * 1000,
    }


def main() -> None:
    port, path, connections, seconds, rate, *headers = sys.argv[1:]
    body = sys.stdin.buffer.read()
    lines = [f"POST {path} HTTP/1.1", f"host: {HOST}:{port}", f"content-length: {len(body)}", *headers]
    request = "\r\n".join(lines).encode() + HEADER_END + body
    figures = uvloop.run(load(int(port), request, int(connections), float(seconds), float(rate)))
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
