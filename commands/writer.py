"""The writer's process: joins the group, runs one task for each owned partition, ends in order.

A membership that is lost for good is given up and another one begun: a live process never sits there without work.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog
from aiokafka.errors import KafkaError

from commands.config import WriterConfig
from commands.member import Fenced, Lost, Member
from commands.metrics import PartitionMetrics
from commands.partition import PartitionTask
from commands.ports import AnchorPort, JournalPort
from domain.kernel.errors import Corrupt, Misconfigured, Unavailable
from eventlog.consumer import LogConsumer
from eventlog.model import Anchor
from eventlog.quiet import quiet_client_logs
from eventlog.topics import cluster_id

FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 5.0
CHECK_S: Final = 1.0
"""How often the membership is looked after."""

JOIN_S: Final = 60.0
"""Longest wait for the first assignment: many sessions, and every retry of the client's own."""

log = structlog.get_logger()


async def run_writer(config: WriterConfig, journal: JournalPort, anchors: AnchorPort, stop: asyncio.Event) -> None:
    """Until `stop` is set; returns within `config.stop_s` + 1 s then. What is away is waited for.

    A corrupt partition halts alone, with an alarm. Raises Misconfigured, which no waiting cures.
    """
    quiet_client_logs()
    writer = _Writer(config, journal, anchors, stop)
    try:
        await writer.run()
    finally:
        await writer.close()


@dataclass(slots=True)
class _Running:
    """One owned partition's life in this process: the task, and what asks it to stop."""

    assignment: int
    stop: asyncio.Event
    task: asyncio.Task[None]


class _Writer:
    def __init__(self, config: WriterConfig, journal: JournalPort, anchors: AnchorPort, stop: asyncio.Event) -> None:
        self._config = config
        self._journal = journal
        self._anchors = anchors
        self._stop = stop
        self._cluster = ""
        self._turn = asyncio.Lock()
        self._member: Member | None = None
        self._running: dict[int, _Running] = {}

    async def run(self) -> None:
        while (member := await self._join()) is not None:
            self._member = member
            try:
                await self._serve(member)
            except Lost as error:
                log.warning("writer_joins_anew", detail=error.detail)
                await self.close()

    async def _serve(self, member: Member) -> None:
        """Until `stop`. Raises Lost."""
        stopping = asyncio.create_task(self._stop.wait())
        try:
            while not self._stop.is_set():
                changed = asyncio.create_task(member.changed.wait())
                tasks = [running.task for running in self._running.values() if not running.task.done()]
                await asyncio.wait([stopping, changed, *tasks], timeout=CHECK_S, return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
                member.changed.clear()
                self._reconcile(member)
                member.check()
        finally:
            stopping.cancel()

    async def close(self) -> None:
        """Ends the tasks, then leaves the group."""
        for running in self._running.values():
            running.stop.set()
        tasks = [running.task for running in self._running.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._config.stop_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._running.clear()
        member, self._member = self._member, None
        if member is not None and not await member.stop():
            log.warning("writer_left_without_goodbye")

    async def _join(self) -> Member | None:
        """None: asked to stop before."""
        pause = FIRST_PAUSE_S
        while not self._stop.is_set():
            member = Member(self._config)
            try:
                self._cluster = await cluster_id(self._config.bootstrap)
                async with asyncio.timeout(JOIN_S):
                    await member.start()
            except (KafkaError, Unavailable, TimeoutError) as error:
                log.warning("writer_waits_for_kafka", error=type(error).__name__)
                await member.stop()
                pause = await self._pause(self._stop, pause)
            else:
                return member
        return None

    def _reconcile(self, member: Member) -> None:
        """Makes what runs what is owned. A task that ended for good is not started again in the same assignment."""
        for partition, running in list(self._running.items()):
            if member.owned.get(partition) != running.assignment:
                running.stop.set()
            if running.task.done():
                running.task.result()  # raises what no waiting cures
                if member.owned.get(partition) != running.assignment:
                    del self._running[partition]
        for partition, assignment in member.owned.items():
            if partition not in self._running:
                stop = asyncio.Event()
                task = asyncio.create_task(self._keep(partition, member, stop))
                self._running[partition] = _Running(assignment, stop, task)

    async def _keep(self, partition: int, member: Member, stop: asyncio.Event) -> None:
        """Runs the partition until it is asked to stop, fenced or halted; begins anew after any other end."""
        metrics = PartitionMetrics(partition)
        pause = FIRST_PAUSE_S
        while not stop.is_set():
            started = asyncio.get_running_loop().time()
            try:
                await self._run_once(partition, member, stop, metrics)
            except Fenced:
                log.info("writer_fenced", partition=partition)
                return
            except Corrupt as error:
                metrics.halted()
                log.critical("writer_halted", partition=partition, code=error.code, detail=error.detail)
                return
            except Misconfigured:
                raise
            except (Exception, asyncio.CancelledError) as error:
                if _cancelled():
                    raise
                log.warning("writer_restarts", partition=partition, error=type(error).__name__, exc_info=True)
                if asyncio.get_running_loop().time() - started > LONGEST_PAUSE_S:
                    pause = FIRST_PAUSE_S
                pause = await self._pause(stop, pause)

    async def _run_once(self, partition: int, member: Member, stop: asyncio.Event, metrics: PartitionMetrics) -> None:
        anchor = await self._trusted_anchor(partition)
        task = PartitionTask(self._config, anchor, member, self._journal, metrics=metrics, turn=self._turn)
        watcher = asyncio.create_task(stop.wait())
        watcher.add_done_callback(lambda _: task.stop())
        try:
            await task.run()
        finally:
            watcher.cancel()

    async def _trusted_anchor(self, partition: int) -> Anchor:
        """The journal's anchor, its commit read again and hashed: a log that was cut, restored or replaced shows."""
        config = self._config
        anchor = await self._anchors.anchor(partition) or Anchor.genesis(
            cluster_id=self._cluster, topic=config.topics.events, partition=partition, epoch=config.epoch
        )
        reader = LogConsumer(config.bootstrap, config.topics.events, [anchor], cluster=self._cluster)
        await reader.start()  # raises Corrupt
        await reader.stop()
        return anchor

    @staticmethod
    async def _pause(stop: asyncio.Event, seconds: float) -> float:
        """Waits, but not beyond `stop`; returns the next pause."""
        waiter = asyncio.create_task(stop.wait())
        await asyncio.wait([waiter], timeout=seconds)
        waiter.cancel()
        return min(2 * seconds, LONGEST_PAUSE_S)


def _cancelled() -> bool:
    """Whether somebody wants this task to end. A CancelledError may also be a client's own task's, handed on."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
