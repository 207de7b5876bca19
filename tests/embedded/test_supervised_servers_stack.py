"""The supervisor with the real servers: start, a killed server, a killed supervisor, start again, stop."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from embedded import ports
from proof.servers import Server, data_folder, reserved_port, wait_for

pytestmark = pytest.mark.stack


@pytest.fixture(params=["open", "closed"])
def supervised(request: pytest.FixtureRequest) -> Iterator[tuple[Server, list[int]]]:
    """Below an open folder root's Postgres runs as nobody, below a closed one in a user namespace."""
    with ExitStack() as stack:
        folder = stack.enter_context(data_folder("supervised"))
        if request.param == "closed":
            folder.chmod(0o700)
        taken = [stack.enter_context(reserved_port()) for _ in range(4)]
        argv = [sys.executable, "-m", "tests.embedded.servers_program", str(folder / "data"), *map(str, taken)]
        server = Server(argv, folder / "log")
        yield server, taken
        if server.process is not None and server.running.poll() is None:
            server.stop()


def servers_of(pid: int) -> dict[str, int]:
    """Direct children of the supervisor by what their command line names."""
    found = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        line = Path(f"/proc/{child}/cmdline").read_text()
        for name in ("kafka.Kafka", "postgres", "embedded.clickhouse"):
            if name in line:
                found[name] = int(child)
                break
    return found


def test_servers_come_back_and_none_is_left(supervised: tuple[Server, list[int]]) -> None:
    server, taken = supervised
    server.spawn()
    assert wait_for(lambda: "all ready" in server.tail(), 60), server.tail()
    os.kill(servers_of(server.running.pid)["postgres"], signal.SIGKILL)
    assert wait_for(lambda: server.log.read_text().count("ready to accept connections") == 2, 20), server.tail()
    server.kill()
    assert wait_for(lambda: all(map(ports.is_free, taken)), 20)
    server.log.write_text("")
    server.spawn()
    assert wait_for(lambda: "all ready" in server.tail(), 60), server.tail()
    assert server.stop() == 0
    assert all(map(ports.is_free, taken))
