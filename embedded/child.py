"""One service's process: started so that it cannot outlive us, stopped with all that it started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import signal
import sys
from dataclasses import dataclass

from embedded import death
from embedded.console import Console
from embedded.service import Service

# After the process has ended, its output is read this long: a grandchild may hold the pipe open.
_LAST_WORDS_S = 0.5


@dataclass(slots=True)
class Child:
    """A running process, the leader of a session and process group of its own."""

    service: Service
    process: asyncio.subprocess.Process
    output: asyncio.Task[None]
    pipe: asyncio.ReadTransport

    async def wait(self) -> int:
        """The exit status (-n for signal n), once all output is read; leftovers of its group are killed."""
        status = await self.process.wait()
        self._signal_group(signal.SIGKILL)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.output, _LAST_WORDS_S)
        self.pipe.close()
        return status

    async def stop(self) -> None:
        """Ask, wait, kill."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(self.service.stop_signal)
            try:
                await asyncio.wait_for(self.process.wait(), self.service.stop_timeout_s)
            except TimeoutError:
                self.kill()
        await self.process.wait()

    def kill(self) -> None:
        """End the process and its group at once."""
        self._signal_group(signal.SIGKILL)

    def _signal_group(self, signum: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signum)


def _group(user: str | int | None) -> int | None:
    """The user's own group. Raises `KeyError` for an unknown user."""
    if user is None:
        return None
    return (pwd.getpwnam(user) if isinstance(user, str) else pwd.getpwuid(user)).pw_gid


async def spawn(service: Service, console: Console, parent_pipe: int, *, by_pipe: bool = not death.SUPPORTED) -> Child:
    """Start the service's process. Must run in the main thread: see `embedded.death`.

    `parent_pipe` is the reading end of the pipe for `embedded.watched`, used when `by_pipe`. Raises `OSError` when
    the command cannot be run.
    """
    argv = list(service.argv)
    if by_pipe:
        argv = [sys.executable, "-m", "embedded.watched", str(parent_pipe), str(int(service.stop_signal)), "--", *argv]
    # A pipe of our own: asyncio's would delay `Process.wait` until the last grandchild closes it.
    reading, writing = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            env={**os.environ, **service.env},
            cwd=service.cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            start_new_session=True,
            pass_fds=(parent_pipe,) if by_pipe else (),
            user=service.user,
            group=_group(service.user),
            extra_groups=None if service.user is None else [],
            # Two system calls, everything loaded beforehand: safe between fork and exec.
            preexec_fn=None if by_pipe else death.child_setup(service.stop_signal),
        )
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    stream = asyncio.StreamReader()
    pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(reading, "rb", buffering=0)
    )
    return Child(service, process, asyncio.create_task(console.pump(service.name, stream)), pipe)
