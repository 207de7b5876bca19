"""One asyncio supervisor for the whole stack: start in order, keep alive, stop in reverse order, leave no orphan.

It knows nothing of what it runs: the caller passes `Service`s. One supervisor per data folder (`flock`). The first
SIGINT or SIGTERM stops everything in order, the second kills. A service that fails six times a minute stops the
whole stack. Should the supervisor itself be killed, the kernel tells every service to stop.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TextIO

from embedded import death, orphans
from embedded.child import Child, spawn
from embedded.console import Console
from embedded.locks import hold
from embedded.restarts import RestartPolicy
from embedded.service import Service, layers

_READY_POLL_S = 0.05
_REAP_EVERY_S = 1.0
_OWN_NAME = "supervisor"


class Supervisor:
    """Runs `services` until told to stop. One use: `await Supervisor(…).run()`, in the main thread."""

    def __init__(
        self,
        services: Sequence[Service],
        data: Path,
        *,
        policy: RestartPolicy | None = None,
        out: TextIO | None = None,
        by_pipe: bool = not death.SUPPORTED,
    ) -> None:
        """Raises `InvalidServices`. `by_pipe`: the way of systems whose kernel cannot tell of a parent's death."""
        self._layers = layers(services)
        self._data = data
        self._policy = policy or RestartPolicy()
        self._by_pipe = by_pipe
        self._console = Console(out or sys.stdout, [_OWN_NAME, *(service.name for service in services)])
        self._ready = {service.name: asyncio.Event() for service in services}
        self._children: dict[str, Child] = {}
        self._stopping = asyncio.Event()
        self._spawning = 0
        self._gave_up: str | None = None
        self._pipe = os.pipe()

    @property
    def failure(self) -> str | None:
        """Which service's failures ended the run, and the last line it wrote; None after a stop that was asked for."""
        if self._gave_up is None:
            return None
        return f"{self._gave_up} keeps failing: {self._console.last_words(self._gave_up) or 'it said nothing'}"

    async def run(self) -> int:
        """Everything from lock to last exit; 0 after a stop that was asked for, 1 after giving up.

        Raises `FolderInUse` when another supervisor has the data folder.
        """
        lock = hold(self._data, wait_s=0)
        death.adopt_orphans()
        strangers = orphans.adopted(set())
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signum, self._on_signal)
        started = time.monotonic()
        keepers = [asyncio.create_task(self._keep(service)) for layer in self._layers for service in layer]
        helpers = [asyncio.create_task(self._reap(strangers)), asyncio.create_task(self._announce(started))]
        try:
            await self._stopping.wait()
            await self._stop_in_reverse()
            await asyncio.gather(*keepers)
        finally:
            for task in (*keepers, *helpers):
                task.cancel()
            self._kill_all()
            orphans.kill(strangers)
            for signum in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(signum)
            for descriptor in (*self._pipe, lock):
                os.close(descriptor)
        self._say("stopped" if self.failure is None else f"stopped, because {self.failure}")
        return 0 if self.failure is None else 1

    def stop(self) -> None:
        """Begin the orderly stop."""
        self._stopping.set()

    def _say(self, text: str) -> None:
        self._console.line(_OWN_NAME, text)

    def _on_signal(self) -> None:
        if self._stopping.is_set():
            self._say("killing")
            self._kill_all()
        else:
            self._say("stopping (once more to kill)")
            self._stopping.set()

    def _kill_all(self) -> None:
        for child in self._children.values():
            child.kill()

    async def _stop_in_reverse(self) -> None:
        for layer in reversed(self._layers):
            running = [self._children[service.name] for service in layer if service.name in self._children]
            await asyncio.gather(*(child.stop() for child in running))

    async def _announce(self, started: float) -> None:
        for event in self._ready.values():
            await event.wait()
        self._say(f"all ready after {time.monotonic() - started:.1f} s")

    async def _reap(self, strangers: set[int]) -> None:
        while True:
            await asyncio.sleep(_REAP_EVERY_S)
            # A child between fork and registration would look adopted, and its exit status would be lost.
            if not self._spawning:
                orphans.reap(strangers | {child.process.pid for child in self._children.values()})

    async def _keep(self, service: Service) -> None:
        """Start, watch, start again; ends when the stack stops or a one-shot is done."""
        failed_at: deque[float] = deque(maxlen=self._policy.failures)
        while await self._unless_stopping(self._dependencies(service)):
            failure = await self._run_once(service)
            if failure is None or self._stopping.is_set():
                return
            failed_at.append(time.monotonic())
            delay = self._policy.delay(failed_at, failed_at[-1])
            if delay is None:
                self._say(f"{service.name} {failure}; it failed too often: giving up")
                self._gave_up = service.name
                self._stopping.set()
                return
            self._say(f"{service.name} {failure}; again in {delay:.1f} s")
            if not await self._unless_stopping(asyncio.sleep(delay)):
                return

    async def _dependencies(self, service: Service) -> None:
        for name in service.after:
            await self._ready[name].wait()

    async def _unless_stopping(self, work: Coroutine[Any, Any, None]) -> bool:
        """Await `work`; False when the stack stops first."""
        task, stop = asyncio.create_task(work), asyncio.create_task(self._stopping.wait())
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        task.cancel()
        return not self._stopping.is_set()

    async def _run_once(self, service: Service) -> str | None:
        """One life of the process: what went wrong, None for a one-shot's success."""
        self._spawning += 1
        try:
            child = await spawn(service, self._console, self._pipe[0], by_pipe=self._by_pipe)
            self._children[service.name] = child
        except OSError as error:
            return f"cannot be started ({error})"
        finally:
            self._spawning -= 1
        if self._stopping.is_set():  # asked while we were spawning
            child.kill()
        became_ready = asyncio.create_task(self._become_ready(service, child))
        try:
            status = await child.wait()
        finally:
            became_ready.cancel()
            del self._children[service.name]
        if service.one_shot and status == 0:
            self._ready[service.name].set()
            return None
        self._ready[service.name].clear()
        return f"ended with signal {-status}" if status < 0 else f"ended with status {status}"

    async def _become_ready(self, service: Service, child: Child) -> None:
        """Mark the service ready, or kill it when it is not in time."""
        if service.one_shot:
            return
        deadline = time.monotonic() + service.ready_timeout_s
        while not await self._asked_ready(service):
            if time.monotonic() > deadline:
                self._say(f"{service.name} is not ready after {service.ready_timeout_s:g} s: killing it")
                child.kill()
                return
            await asyncio.sleep(_READY_POLL_S)
        self._ready[service.name].set()

    async def _asked_ready(self, service: Service) -> bool:
        try:
            return service.ready is None or await service.ready()
        except Exception as error:  # noqa: BLE001 - a probe that fails is "not yet"; the time-out bounds it
            self._say(f"{service.name}: its readiness check failed: {error!r}")
            return False
