"""The shell around one partition's core: performs its actions with aiokafka and the journal, brings back what came."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from commands.actions import Action, Commit, Consume, Load, Resync, Send, Stop
from commands.config import WriterConfig
from commands.core import PartitionWriter
from commands.member import Fenced, Member
from commands.metrics import PartitionMetrics
from commands.ports import JournalPort, Loaded
from commands.sender import Sender
from domain.kernel.errors import Corrupt, LegionError, Unavailable
from eventlog.closing import close_consumer
from eventlog.consumer import REQUEST_MS, log_record
from eventlog.listening import Deaf, Listening
from eventlog.model import Anchor
from eventlog.unread import UnreadAge

POLL_MS: Final = 500
"""Longest wait of one poll: how late a stop is noticed by a quiet partition."""

TICK_S: Final = 0.25
READ_RECORDS: Final = 2_000
"""Records of [events] verified at once in a resync, about 25 ms."""

FIRST_PAUSE_S: Final = 0.05
LONGEST_PAUSE_S: Final = 2.0
DRAIN_S: Final = 2.0
"""How long an orderly stop waits for acknowledgements; what is missing then is read from the log by the next owner."""

BEST_EFFORT_S: Final = 1.0
"""For a commit that only tells others how far we are: a busy start must not wait for it."""

log = structlog.get_logger()
Input = Callable[[], list[Action]]


class Halted(LegionError):
    """The core asked to stop; a restart begins anew."""

    default_code = "halted"


class PartitionTask:
    """One owned partition. turn: shared by those of the process, who decides now.

    `run` ends by `stop`, or raises Fenced, Corrupt, Halted, Deaf, Unavailable, KafkaError, TimeoutError."""

    def __init__(
        self,
        config: WriterConfig,
        anchor: Anchor,
        member: Member,
        journal: JournalPort,
        *,
        metrics: PartitionMetrics,
        turn: asyncio.Lock,
    ) -> None:
        self.partition = anchor.partition
        self.core = PartitionWriter(
            anchor, partitions=config.partitions, routes=config.routes, codec=config.codec, limits=config.limits
        )
        self._config = config
        self._member = member
        self._journal = journal
        self._metrics = metrics
        self._turn = turn
        self._unread = UnreadAge(config.topics.commands)
        self._commands = TopicPartition(config.topics.commands, self.partition)
        self._events = TopicPartition(config.topics.events, self.partition)
        self._inbox: asyncio.Queue[Input] = asyncio.Queue()
        self._stopping = asyncio.Event()
        self._sender: Sender | None = None
        self._poll: asyncio.Task[None] | None = None
        self._feed: int | None = None
        self._synced_at: Anchor | None = None
        self._pause_s = 0.0
        self._loads: set[asyncio.Task[None]] = set()
        self._background: set[asyncio.Task[None]] = set()
        # read_uncommitted is pinned: with read_committed an aborted foreign transaction makes a second head.
        # "none": aiokafka's own reset lands at the wrong end now and then (facts of the chain's trial).
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=config.bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_uncommitted",
            check_crcs=True,
            request_timeout_ms=REQUEST_MS,
        )
        self._listening = Listening(self._consumer, self._commands)

    def stop(self) -> None:
        """Asks it to end in order."""
        self._stopping.set()
        self._inbox.put_nowait(list)  # wakes the loop

    async def run(self) -> None:
        ticker = self._spawn(self._tick(), self._background)
        try:
            await self._consumer.start()
            self._consumer.assign([self._commands, self._events])
            self._consumer.pause(self._commands, self._events)
            for place in (self._commands, self._events):
                self._consumer.seek(place, 0)  # at once: a partition without position is looked up, and fails
            await self._perform(self.core.start(*await self._member.committed(self.partition)))
            while not self._stopping.is_set():
                self._start_poll()
                await self._step()
            await self._end()
        finally:
            ticker.cancel()
            self._metrics.show(self.core)
            await self._close()

    async def _step(self) -> None:
        """One input to the core. A batch keeps the processor for tens of milliseconds: between two batches of any
        partitions the loop sees to sockets and timers once, or heartbeats and acknowledgements would be late."""
        take = await self._inbox.get()
        async with self._turn:
            actions = take()
            await asyncio.sleep(0)
        await self._perform(actions)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._inbox.put_nowait(self.core.tick)
            self._metrics.show(self.core)

    async def _end(self) -> None:
        """Lets what is under way come home, then says that all is well."""
        self._feed = None
        try:
            async with asyncio.timeout(DRAIN_S):
                while not self.core.idle:
                    await self._step()
        except TimeoutError:
            log.warning("writer_stops_with_sends_in_flight", partition=self.partition, sends=self.core.in_flight)
        for action in self.core.stop():
            if isinstance(action, Commit):
                await self._commit_best_effort(action)

    async def _close(self) -> None:
        self._drop_work()
        if self._sender is not None:
            await self._sender.abandon()
        for task in self._background:
            task.cancel()
        await close_consumer(self._consumer)

    # Actions.

    async def _perform(self, actions: Sequence[Action]) -> None:
        for action in actions:
            match action:
                case Send():
                    assert self._sender is not None
                    self._sender.send(action)
                case Load():
                    self._spawn(self._load(action), self._loads)
                case Commit():
                    await self._commit(action)
                case Consume(feed, offset):
                    await self._seek_commands(feed, offset)
                case Resync():
                    await self._resync(action)
                case Stop(code, detail, corrupt):
                    raise (Corrupt if corrupt else Halted)(code, f"partition {self.partition}: {detail}")

    async def _load(self, load: Load) -> None:
        pause = FIRST_PAUSE_S
        while True:
            try:
                async with asyncio.timeout(self._config.journal_timeout_s):
                    loaded = await self._journal.load(self.partition, load.streams, load.command_ids)
            except (Unavailable, OSError, TimeoutError) as error:
                log.warning("journal_unavailable", partition=self.partition, error=type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)
            except Exception as error:  # noqa: BLE001  a bug of the journal's must not leave the partition waiting
                return self._inbox.put_nowait(partial(_raise, error))
            else:
                return self._inbox.put_nowait(partial(self.core.loaded, load.token, loaded))

    async def _commit(self, commit: Commit) -> None:
        if commit.token is None:
            return await self._commit_best_effort(commit)
        pause = FIRST_PAUSE_S
        while not self._stopping.is_set():
            try:
                await self._member.commit(self.partition, commit.offset, commit.mark)
            except (KafkaError, TimeoutError):
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)
            else:
                return self._inbox.put_nowait(partial(self.core.marked, commit.token))
        return None

    async def _commit_best_effort(self, commit: Commit) -> None:
        """Says how far we are. Fenced or not: the next resync asks in earnest."""
        try:
            async with asyncio.timeout(BEST_EFFORT_S):
                await self._member.commit(self.partition, commit.offset, commit.mark)
        except (Fenced, KafkaError, TimeoutError) as error:
            log.info("offset_not_committed", partition=self.partition, error=type(error).__name__)

    async def _seek_commands(self, feed: int, offset: int) -> None:
        await self._drop_poll()
        self._consumer.seek(self._commands, offset)
        self._consumer.resume(self._commands)
        self._listening.restart()
        self._feed = feed

    def _start_poll(self) -> None:
        if self._poll is None and self._feed is not None and (wanted := self.core.wants):
            self._poll = asyncio.create_task(self._read_commands(self._feed, wanted))

    async def _read_commands(self, feed: int, wanted: int) -> None:
        try:
            found = await self._consumer.getmany(self._commands, timeout_ms=POLL_MS, max_records=wanted)
            records = [log_record(record) for record in found.get(self._commands, ())]
            await self._listening.polled(bool(records))
            if records:
                self._unread.seen(self.partition, records[0].timestamp_ms, int(time.time() * 1000))
        except (KafkaError, Deaf) as error:
            self._inbox.put_nowait(partial(_raise, error))
            return
        self._poll = None
        self._inbox.put_nowait(partial(self.core.commands, feed, records))

    # Resync.

    async def _resync(self, resync: Resync) -> None:
        log.info("writer_resync", partition=self.partition, reason=resync.reason, generation=resync.generation)
        if self.core.anchor != self._synced_at:
            self._pause_s = 0.0
        while not self._stopping.is_set():
            await asyncio.sleep(self._pause_s)  # only after one that failed, or led to nothing
            self._pause_s = min(max(FIRST_PAUSE_S, 2 * self._pause_s), LONGEST_PAUSE_S)
            try:
                await self._try_resync(resync)
            except (KafkaError, Unavailable, TimeoutError) as error:
                log.warning("writer_resync_failed", partition=self.partition, error=type(error).__name__)
            else:
                self._synced_at = self.core.anchor
                return

    async def _try_resync(self, resync: Resync) -> None:
        self._drop_work()
        await self._drop_poll()
        if self._sender is not None:
            self._spawn(self._sender.abandon(), self._background)
            self._sender = None
        await self._member.commit(self.partition, resync.offset, resync.mark)
        await self._verify_to_the_end()
        begins = await self._consumer.beginning_offsets([self._commands])
        ends = await self._consumer.end_offsets([self._commands])
        self._sender = await self._new_sender()
        position = await self._consumer.position(self._events)
        await self._perform(self.core.synced(position, begins[self._commands], ends[self._commands]))

    async def _verify_to_the_end(self) -> None:
        start = self.core.verified_to
        end = (await self._consumer.end_offsets([self._events]))[self._events]
        if end < start:
            raise Corrupt("log_cut", f"partition {self.partition}: verified up to {start}, the log ends at {end}")
        self._consumer.seek(self._events, start)
        self._consumer.resume(self._events)
        listening = Listening(self._consumer, self._events)
        try:
            # by position: the last offset before the end may be a control record, which is never delivered
            while await self._consumer.position(self._events) < end and not self._stopping.is_set():
                found = await self._consumer.getmany(self._events, timeout_ms=POLL_MS, max_records=READ_RECORDS)
                self.core.verified([log_record(record) for record in found.get(self._events, ())])
                await listening.polled(bool(found))
                await self._wait_for_room()
        finally:
            self._consumer.pause(self._events)

    async def _wait_for_room(self) -> None:
        """A takeover waits for the journal rather than hold all that it lacks."""
        while self.core.full and not self._stopping.is_set():
            loaded: Loaded = await self._journal.load(self.partition, (), ())
            self.core.loaded(0, loaded)
            await asyncio.sleep(FIRST_PAUSE_S)

    async def _new_sender(self) -> Sender:
        def acknowledged(token: int, offset: int) -> None:
            self._inbox.put_nowait(partial(self.core.acknowledged, token, offset))

        def failed(token: int, why: str) -> None:
            self._inbox.put_nowait(partial(self.core.send_failed, token, why))

        sender = Sender(
            self._config.bootstrap,
            self._config.topics.events,
            self.partition,
            timeout_s=self._config.produce_timeout_s,
            acknowledged=acknowledged,
            failed=failed,
        )
        try:
            await sender.start()
        except BaseException:
            await sender.abandon()
            raise
        return sender

    # Background work.

    def _spawn(self, work: Coroutine[Any, Any, None], where: set[asyncio.Task[None]]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        where.add(task)
        task.add_done_callback(where.discard)
        return task

    def _drop_work(self) -> None:
        for task in self._loads:
            task.cancel()

    async def _drop_poll(self) -> None:
        self._feed = None
        if self._poll is not None:
            self._poll.cancel()
            await asyncio.wait([self._poll])
            self._poll = None


def _raise(error: Exception) -> list[Action]:
    raise error
