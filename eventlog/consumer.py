"""The aiokafka shell around the reader core: partitions of [events], each from its own trusted anchor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException, KafkaError, OffsetOutOfRangeError

from domain.kernel.errors import Corrupt, Unavailable
from eventlog.chain import genesis
from eventlog.closing import close_consumer
from eventlog.codec import Codec
from eventlog.listening import Listening
from eventlog.model import Anchor, Commit, LogRecord
from eventlog.quiet import quiet_client_logs
from eventlog.reader import Reader, Void, recheck

MAX_RECORDS: Final = 2_000
"""Records of one poll: about 25 ms of verifying and decoding, so that the loop stays answerable."""

RECHECK_MS: Final = 10_000
"""How long the start waits for the anchored commit."""


REQUEST_MS: Final = 10_000
"""A broker's answer that takes longer is lost; aiokafka's own 40 s would hide it for so long."""


def log_record(record: Any) -> LogRecord:
    """From aiokafka's own. Null key or value: b"" (void by the chain rule)."""
    return LogRecord(
        record.partition,
        record.offset,
        record.timestamp,
        record.key or b"",
        record.value or b"",
        tuple(record.headers),
    )


class LogConsumer:
    """Reads the given partitions by the chain rule. Not a group member: who owns a partition is the caller's business.

    Raises Corrupt (stop and alarm) when the log is not the one that an anchor was made from, Unavailable when the
    broker is away.
    """

    def __init__(
        self,
        bootstrap: str,
        topic: str,
        anchors: Iterable[Anchor],
        *,
        cluster: str,
        codec: Codec | None = None,
        max_records: int = MAX_RECORDS,
        reader: type[Reader] = Reader,
    ) -> None:
        self._topic = topic
        self._cluster = cluster
        self._max_records = max_records
        self._readers = {anchor.partition: reader(anchor, codec) for anchor in anchors}
        # read_uncommitted is pinned: with read_committed an aborted foreign transaction makes a second head;
        # "none": aiokafka's own reset lands at the wrong end now and then (facts of the chain's trial)
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_uncommitted",
            max_poll_records=max_records,
            check_crcs=True,
            request_timeout_ms=REQUEST_MS,
        )
        self._listening = {place: Listening(self._consumer, place) for place in map(self._place, self._readers)}
        quiet_client_logs()

    async def start(self) -> None:
        """Connects, checks every anchor against the log, and stands after it."""
        try:
            await self._consumer.start()
            self._consumer.assign([self._place(partition) for partition in self._readers])
            await self._verify_anchors()
            for listening in self._listening.values():
                listening.restart()
        except KafkaError as error:
            await self.stop()
            raise _translated(error) from error
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        await close_consumer(self._consumer)

    async def poll(self, timeout_ms: int = 500) -> dict[int, list[Commit]]:
        """The next accepted commits by partition; empty after the time-out, or when all that came was void."""
        try:
            batch = await self._consumer.getmany(timeout_ms=timeout_ms, max_records=self._max_records)
            for place, listening in self._listening.items():
                await listening.polled(place in batch)
        except KafkaError as error:
            raise _translated(error) from error
        read = {
            place.partition: self._readers[place.partition].feed(map(log_record, records))
            for place, records in batch.items()
        }
        return {partition: commits for partition, commits in read.items() if commits}

    async def batches(self, timeout_ms: int = 500) -> AsyncIterator[tuple[int, list[Commit]]]:
        """For ever: (partition, commits)."""
        while True:
            for partition, commits in (await self.poll(timeout_ms)).items():
                yield partition, commits

    async def end_offsets(self) -> dict[int, int]:
        """Partition → offset of the record that will be written next."""
        try:
            ends = await self._consumer.end_offsets([self._place(partition) for partition in self._readers])
        except KafkaError as error:
            raise _translated(error) from error
        return {place.partition: offset for place, offset in ends.items()}

    async def caught_up(self, ends: Mapping[int, int]) -> bool:
        """Whether everything before these ends was read. By the consumer's position: the last offset before an end may
        be a control record, which is never delivered."""
        for partition, end in ends.items():
            if await self._consumer.position(self._place(partition)) < end:
                return False
        return True

    def anchor(self, partition: int) -> Anchor:
        """After the last accepted commit."""
        return self._readers[partition].anchor

    def voids(self, partition: int) -> Mapping[Void, int]:
        """Void records by reason, since the start."""
        return self._readers[partition].voids

    def _place(self, partition: int) -> TopicPartition:
        return TopicPartition(self._topic, partition)

    async def _verify_anchors(self) -> None:
        places = [self._place(partition) for partition in self._readers]
        begins = await self._consumer.beginning_offsets(places)
        ends = await self._consumer.end_offsets(places)
        for partition, reader in self._readers.items():
            place, anchor = self._place(partition), reader.anchor
            first_needed = anchor.next_offset if anchor.is_genesis else anchor.commit_offset
            if not begins[place] <= first_needed <= anchor.next_offset <= ends[place]:
                raise Corrupt(
                    "log_cut",
                    f"partition {partition}: needs {first_needed} to {anchor.next_offset}, "
                    f"the log holds {begins[place]} to {ends[place]}",
                )
            if anchor.is_genesis:
                if anchor.head != genesis(self._cluster, self._topic, partition, anchor.epoch):
                    raise Corrupt("anchor_mismatch", f"partition {partition}: not this log's genesis")
            else:
                recheck(anchor, await self._fetch(place, anchor.commit_offset, anchor.next_offset))
        for partition, reader in self._readers.items():
            self._consumer.seek(self._place(partition), reader.anchor.next_offset)

    async def _fetch(self, place: TopicPartition, first: int, end: int) -> list[LogRecord]:
        found: list[LogRecord] = []
        self._consumer.seek(place, first)
        while await self._consumer.position(place) < end:
            batch = await self._consumer.getmany(place, timeout_ms=RECHECK_MS, max_records=self._max_records)
            if not batch:
                raise Unavailable("kafka_silent", f"partition {place.partition} offset {first}")
            found += map(log_record, batch[place])
        return found


def _translated(error: KafkaError) -> Corrupt | Unavailable:
    if isinstance(error, OffsetOutOfRangeError):
        return Corrupt("log_cut", str(error))
    if isinstance(error, CorruptRecordException):
        return Corrupt("record_crc", str(error))
    return Unavailable("kafka_unavailable", str(error))
