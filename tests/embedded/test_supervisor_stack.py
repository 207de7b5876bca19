"""The supervisor as a process, with small real processes under it."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from proof.servers import Server, wait_for

pytestmark = pytest.mark.stack

Start = Callable[..., Server]
# A service that says when it starts and ends, and stays until told to go.
STAYS = """
import os, signal, sys, time
def note(text):
    with open({journal!r}, "a") as file: file.write(text + "\\n")
def end(*_):
    note("{name} ends"); sys.exit(0)
signal.signal(signal.SIGTERM, end)
open({pids!r} + "/{name}", "w").write(str(os.getpid()))
note("{name} starts")
time.sleep({delay})
open({pids!r} + "/{name}.ready", "w").close()
note("{name} ready")
while True: time.sleep(60)
"""


class Stack:
    """Specifications of services that write what they do to one journal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = folder / "journal"
        self.pids = folder / "pids"
        self.pids.mkdir()

    def stays(self, name: str, *after: str, delay: float = 0.0, before: str = "") -> dict[str, Any]:
        code = STAYS.format(journal=str(self.journal), pids=str(self.pids), name=name, delay=delay)
        return {"name": name, "code": before + code, "after": after, "ready_file": str(self.pids / f"{name}.ready")}

    def step(self, name: str, *after: str, status: int = 0) -> dict[str, Any]:
        code = f"open({str(self.journal)!r}, 'a').write('{name} done\\n'); raise SystemExit({status})"
        return {"name": name, "code": code, "after": after, "one_shot": True}

    def pid(self, name: str) -> int:
        return int((self.pids / name).read_text())

    @property
    def lines(self) -> list[str]:
        return self.journal.read_text().splitlines() if self.journal.exists() else []


def alive(pid: int) -> bool:
    """Running, and not a zombie that waits for its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Server] = []

    def make(*services: dict[str, Any], **spec: Any) -> Server:
        text = json.dumps({"data": str(tmp_path / "data"), "services": services, **spec})
        server = Server([sys.executable, "-m", "tests.embedded.stack_program", text], tmp_path / f"log{len(started)}")
        server.spawn()
        started.append(server)
        return server

    yield make
    for server in started:
        if server.running.poll() is None:
            server.kill()


def test_services_start_when_those_before_are_ready_and_stop_in_reverse(stack: Stack, start: Start) -> None:
    server = start(stack.stays("web", "step", "base"), stack.step("step", "base"), stack.stays("base", delay=0.3))
    assert wait_for(lambda: "all ready after" in server.tail()), server.tail()
    assert server.stop() == 0
    order = ["base starts", "base ready", "step done", "web starts", "web ready", "web ends", "base ends"]
    assert stack.lines == order


def test_output_carries_the_name_of_its_service(stack: Stack, start: Start) -> None:
    server = start({"name": "talker", "code": "print('hello'); print('no line end', end='')"})
    assert wait_for(lambda: "talker     | no line end" in server.tail())
    assert "talker     | hello\n" in server.tail()
    assert "\x1b" not in server.tail()  # a file is no terminal
    server.stop()


def test_a_killed_service_comes_back(stack: Stack, start: Start) -> None:
    server = start(stack.stays("one"), stack.stays("two"))
    assert wait_for(lambda: {"one ready", "two ready"} <= set(stack.lines))
    first, other = stack.pid("one"), stack.pid("two")
    os.kill(first, signal.SIGKILL)
    assert wait_for(lambda: stack.lines.count("one ready") == 2)
    assert stack.pid("one") != first
    assert stack.pid("two") == other
    assert "ended with signal 9" in server.tail()
    server.stop()


def test_a_service_that_keeps_failing_ends_the_stack_by_name(stack: Stack, start: Start) -> None:
    server = start(
        stack.stays("good"),
        {"name": "bad", "code": "print('no such port'); raise SystemExit(3)"},
        policy={"first_s": 0.01, "most_s": 0.05, "failures": 4},
    )
    assert server.running.wait(30) == 1
    assert server.tail().count("bad ended with status 3") == 4
    assert "stopped, because bad keeps failing: no such port" in server.tail()
    assert not alive(stack.pid("good"))


def test_what_waits_for_a_failed_step_never_starts(stack: Stack, start: Start) -> None:
    policy = {"first_s": 0.01, "failures": 2}
    server = start(stack.step("step", status=5), stack.stays("web", "step"), policy=policy)
    assert server.running.wait(30) == 1
    assert stack.lines == ["step done", "step done"]


def test_a_service_that_never_gets_ready_is_a_failure_too(stack: Stack, start: Start) -> None:
    server = start(
        {"name": "late", "code": "import time; time.sleep(60)", "ready_file": "/nowhere", "ready_timeout_s": 0.2},
        policy={"first_s": 0.01, "failures": 2},
    )
    assert server.running.wait(30) == 1
    assert "late is not ready after 0.2 s: killing it" in server.tail()


@pytest.mark.parametrize("by_pipe", [False, True])
def test_no_orphan_is_left_when_the_supervisor_is_killed(stack: Stack, start: Start, by_pipe: bool) -> None:
    server = start(stack.stays("one"), stack.stays("two", "one"), by_pipe=by_pipe)
    assert wait_for(lambda: "two ready" in stack.lines)
    pids = [stack.pid("one"), stack.pid("two")]
    server.kill()
    assert wait_for(lambda: not any(map(alive, pids)), 10.0)
    # The kernel tells a child at the end of each thread that it is given to: one may say it twice.
    assert set(stack.lines[stack.lines.index("two ready") + 1 :]) == {"one ends", "two ends"}


def test_control_an_untied_child_does_outlive_its_parent(tmp_path: Path) -> None:
    """What the tests above would not notice if children died anyway."""
    code = (
        "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'],"
        f" start_new_session=True); open({str(tmp_path / 'pid')!r}, 'w').write(str(p.pid) + '\\n'); time.sleep(60)"
    )
    server = Server([sys.executable, "-c", code], tmp_path / "log")
    server.spawn()
    assert wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().endswith("\n"))
    pid = int((tmp_path / "pid").read_text())
    server.kill()
    assert not wait_for(lambda: not alive(pid), 1.0)
    os.kill(pid, signal.SIGKILL)


def test_grandchildren_go_with_their_service(stack: Stack, start: Start) -> None:
    fork = (
        "import subprocess, sys\n"
        "for session in (False, True):\n"
        "    p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=session)\n"
        f"    open({str(stack.pids)!r} + f'/grandchild{{session}}', 'w').write(str(p.pid))\n"
    )
    server = start(stack.stays("one", before=fork))
    assert wait_for(lambda: "one ready" in stack.lines)
    pids = [stack.pid("grandchildFalse"), stack.pid("grandchildTrue")]
    assert all(map(alive, pids))
    assert server.stop() == 0
    assert not any(map(alive, pids))


def test_a_second_signal_kills_what_does_not_stop(stack: Stack, start: Start) -> None:
    stubborn = stack.stays("one") | {"stop_timeout_s": 60}
    stubborn["code"] = stubborn["code"].replace('note("one ends"); sys.exit(0)', 'note("one refuses")')
    server = start(stubborn)
    assert wait_for(lambda: "one ready" in stack.lines)
    server.running.send_signal(signal.SIGINT)
    assert wait_for(lambda: "one refuses" in stack.lines)
    assert server.running.poll() is None
    server.running.send_signal(signal.SIGINT)
    assert server.running.wait(10) == 0
    assert not alive(stack.pid("one"))


def test_a_stubborn_service_is_killed_after_its_time(stack: Stack, start: Start) -> None:
    stubborn = stack.stays("one") | {"stop_timeout_s": 0.3}
    stubborn["code"] = stubborn["code"].replace('note("one ends"); sys.exit(0)', 'note("one refuses")')
    server = start(stubborn)
    assert wait_for(lambda: "one ready" in stack.lines)
    assert server.stop() == 0
    assert not alive(stack.pid("one"))


def test_a_second_supervisor_on_the_same_folder_is_refused(stack: Stack, start: Start) -> None:
    first = start(stack.stays("one"))
    assert wait_for(lambda: "one ready" in stack.lines)
    second = start(stack.stays("two"))
    assert second.running.wait(20) != 0
    assert "FolderInUse" in second.tail()
    assert "two starts" not in stack.lines
    assert first.stop() == 0
