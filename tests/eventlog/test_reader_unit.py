from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel.actor import NORMALISER
from domain.kernel.errors import Corrupt, TooLarge
from domain.kernel.sealed import Sealed
from eventlog import assemble
from eventlog.assemble import build_commit
from eventlog.chain import HEADER, Link, parse_link
from eventlog.codec import Codec
from eventlog.model import Anchor, Commit, EpochClosed, LogRecord, Outgoing, Position, Recorded, Refusal
from eventlog.reader import Reader, Void, link_of, recheck
from eventlog.watchful import WatchfulReader
from tests.eventlog.logs import PARTITION, Partition, commit_of, events_of, origin
from tests.eventlog.samples import AT, Greeted, command_id, greet, greeted, left


def with_link(record: Outgoing, text: bytes) -> Outgoing:
    return record._replace(headers=(*record.headers[:-1], (HEADER, text)))


def relinked(record: Outgoing, **changes: int | bytes) -> Outgoing:
    link = parse_link(record.headers[-1][1])
    assert link is not None
    return with_link(record, replace_link(link, changes).text())


def replace_link(link: Link, changes: dict[str, int | bytes]) -> Link:
    return Link(**(link._asdict() | changes))


def test_commits_in_order_are_accepted_with_their_events(codec: Codec) -> None:
    log, head = Partition(), origin().head
    for command, size in ((0, 2), (5, 1), (6, 3)):
        built = commit_of(head, command, codec, size=size)
        log.append(built.records)
        head = built.head
    reader = Reader(origin(), codec)
    commits = reader.feed(log.records)
    assert [(c.first_offset, c.next_offset, c.command_offset) for c in commits] == [(0, 2, 0), (2, 3, 5), (3, 6, 6)]
    assert commits[0].events == tuple(events_of(0, 2))
    assert commits[0].command_id == command_id(0)
    assert commits[0].position == Position(0, PARTITION, 0)
    assert commits[0].journey == "lead/one"
    assert commits[0].records == tuple(log.records[:2])
    assert [c.prev for c in commits[1:]] == [c.head for c in commits[:-1]]
    assert reader.anchor.head == head
    assert reader.anchor.position == Position(0, PARTITION, 6)
    assert not reader.voids


def test_a_refusal_is_a_commit_of_its_own(codec: Codec) -> None:
    refusal = Refusal.of(greet(4)[0], topic="Greet", code="no", detail="", at=AT)
    log = Partition()
    log.append(build_commit(origin().head, 0, 4, refusal, codec).records)
    (commit,) = Reader(origin(), codec).feed(log.records)
    assert (commit.refusal, commit.events, commit.command_id) == (refusal, (), command_id(4))


def test_a_commit_may_arrive_in_pieces(codec: Codec) -> None:
    log = Partition()
    log.append(commit_of(origin().head, 0, codec, size=3).records)
    reader = Reader(origin(), codec)
    assert reader.feed(log.records[:1]) == []
    assert reader.feed(log.records[1:2]) == []
    assert len(reader.feed(log.records[2:])) == 1


def test_records_seen_before_are_skipped(codec: Codec) -> None:
    log = Partition()
    log.append(commit_of(origin().head, 0, codec, size=2).records)
    reader = Reader(origin(), codec)
    assert len(reader.feed([*log.records, *log.records])) == 1
    assert reader.feed(log.records) == []
    assert not reader.voids


def test_an_offset_that_is_never_delivered_does_no_harm_between_commits(codec: Codec) -> None:
    log = Partition()
    first = commit_of(origin().head, 0, codec)
    log.append(first.records)
    log.gap()
    log.append(commit_of(first.head, 1, codec).records)
    log.gap()
    reader = Reader(origin(), codec)
    assert [commit.first_offset for commit in reader.feed(log.records)] == [0, 2]
    assert reader.anchor.next_offset == 3


def test_a_commit_with_a_gap_in_it_is_torn(codec: Codec) -> None:
    log = Partition()
    built = commit_of(origin().head, 0, codec, size=2)
    log.append(built.records[:1])
    log.gap()
    log.append(built.records[1:])
    reader = Reader(origin(), codec)
    assert reader.feed(log.records) == []
    assert reader.voids == {Void.TORN: 2}


def test_a_zombie_is_void_and_the_chain_goes_on(codec: Codec) -> None:
    log, head = Partition(), origin().head
    mine = commit_of(head, 0, codec)
    zombie = commit_of(head, 0, codec, size=2)
    pipelined = commit_of(zombie.head, 1, codec)
    log.append(mine.records)
    log.append(zombie.records)
    log.append(pipelined.records)
    log.append(commit_of(mine.head, 1, codec).records)
    reader = Reader(origin(), codec)
    assert [commit.first_offset for commit in reader.feed(log.records)] == [0, 4]
    assert reader.voids == {Void.FOREIGN_PREV: 3}


def test_an_altered_record_shows_where_the_chain_stops_though_the_log_goes_on(codec: Codec) -> None:
    log, head = Partition(), origin().head
    for command in range(4):
        built = commit_of(head, command, codec)
        log.append(built.records)
        head = built.head
    untouched = WatchfulReader(origin(), codec)
    untouched.feed(log.records)
    assert untouched.unanswered == {}
    log.records[1] = log.records[1]._replace(value=log.records[2].value)
    reader = WatchfulReader(origin(), codec)
    reader.feed(log.records)
    assert (reader.anchor.last_command_offset, reader.unanswered) == (1, {2: range(1, 3), 3: range(1, 4)})


def test_a_zombies_voids_claim_nothing_once_the_owner_has_answered(codec: Codec) -> None:
    log = Partition()
    mine, zombie = commit_of(origin().head, 0, codec), commit_of(origin().head, 0, codec, size=2)
    log.append(mine.records)
    log.append(zombie.records)
    log.append(commit_of(zombie.head, 1, codec).records)
    reader = WatchfulReader(origin(), codec)
    reader.feed(log.records)
    assert reader.unanswered == {1: range(4)}
    log.append(commit_of(mine.head, 1, codec).records)
    reader.feed(log.records)
    assert reader.unanswered == {}


def test_an_altered_command_offset_does_not_hide_what_comes_after_it(codec: Codec) -> None:
    """The altered commit counts, none after it does, and all of them answer commands below the one it names."""
    log, head = Partition(), origin().head
    for command in range(5):
        built = commit_of(head, command, codec)
        log.append(built.records)
        head = built.head
    altered = log.records[1]
    link = link_of(altered)
    assert link is not None
    text = link._replace(command_offset=4).text()
    log.records[1] = altered._replace(headers=(*altered.headers[:-1], (HEADER, text)))
    reader = WatchfulReader(origin(), codec)
    reader.feed(log.records)
    assert (reader.anchor.last_command_offset, reader.unanswered) == (4, {2: range(1, 3), 3: range(1, 4)})


def test_an_end_of_the_epoch_put_in_the_middle_hides_nothing(codec: Codec) -> None:
    log, head = Partition(), origin().head
    first = commit_of(head, 0, codec)
    log.append(first.records)
    closed = EpochClosed(command_id=command_id(1), actor=NORMALISER.without_grant(), at=AT, next_epoch=1, partitions=24)
    log.append(build_commit(first.head, 0, 1, closed, codec).records)
    log.append(commit_of(first.head, 1, codec).records)
    log.append(commit_of(first.head, 2, codec).records)
    reader = WatchfulReader(origin(), codec)
    reader.feed(log.records)
    assert reader.closed
    assert reader.unanswered == {2: range(1, 4)}


def test_a_command_is_answered_once(codec: Codec) -> None:
    log = Partition()
    first = commit_of(origin().head, 7, codec)
    log.append(first.records)
    log.append(commit_of(first.head, 7, codec).records)
    log.append(commit_of(first.head, 6, codec).records)
    reader = Reader(origin(), codec)
    assert len(reader.feed(log.records)) == 1
    assert reader.voids == {Void.STALE_COMMAND: 2}


def test_another_epoch_is_void(codec: Codec) -> None:
    log = Partition()
    log.append(commit_of(origin().head, 0, codec, epoch=1).records)
    reader = Reader(origin(), codec)
    assert reader.feed(log.records) == []
    assert reader.voids == {Void.FOREIGN_EPOCH: 1}


def test_nothing_counts_after_the_epoch_is_closed_until_the_next_ones_reader(codec: Codec) -> None:
    closed = EpochClosed(command_id=command_id(1), actor=NORMALISER.without_grant(), at=AT, next_epoch=1, partitions=24)
    log = Partition()
    end = build_commit(origin().head, 0, 1, closed, codec)
    log.append(end.records)
    log.append(commit_of(end.head, 2, codec).records)
    next_origin = origin(epoch=1, next_offset=1)
    log.append(commit_of(next_origin.head, 2, codec, epoch=1).records)
    reader = Reader(origin(), codec)
    (commit,) = reader.feed(log.records)
    assert commit.closed == closed
    assert commit.command_id == command_id(1)
    assert reader.voids == {Void.FOREIGN_EPOCH: 2}
    assert [c.first_offset for c in Reader(next_origin, codec).feed(log.records)] == [2]


def test_records_without_a_well_formed_link_are_malformed(codec: Codec) -> None:
    (record,) = commit_of(origin().head, 0, codec).records
    good = record.headers[-1][1]
    log = Partition()
    log.append(
        [
            record._replace(headers=record.headers[:-1]),
            record._replace(headers=(*record.headers, (HEADER, good))),
            record._replace(key=b""),
            record._replace(value=b""),
            with_link(record, good.replace(b"1 ", b"2 ", 1)),
            with_link(record, good + b" "),
            with_link(record, b""),
            relinked(record, i=1),
            relinked(record, n=0),
        ]
    )
    reader = Reader(origin(), codec)
    assert reader.feed(log.records) == []
    assert reader.voids == {Void.MALFORMED: 9}


@pytest.mark.parametrize(
    "changes", [{"command_offset": 1}, {"n": 3}, {"prev": bytes(32)}, {"epoch": 1}, {"i": 2, "n": 3}]
)
def test_records_of_one_commit_must_agree(codec: Codec, changes: dict[str, int | bytes]) -> None:
    first, second = commit_of(origin().head, 0, codec, size=2).records
    log = Partition()
    log.append([first, relinked(second, **changes)])
    reader = Reader(origin(), codec)
    assert reader.feed(log.records) == []
    assert reader.voids == {Void.TORN: 2}


def test_records_of_one_commit_have_one_key(codec: Codec) -> None:
    first, second = commit_of(origin().head, 0, codec, size=2).records
    log = Partition()
    log.append([first, second._replace(key=b"lead/two")])
    reader = Reader(origin(), codec)
    assert reader.feed(log.records) == []
    assert reader.voids == {Void.TORN: 2}


def test_a_torn_commit_followed_by_a_whole_one_costs_only_itself(codec: Codec) -> None:
    log = Partition()
    torn = commit_of(origin().head, 0, codec, size=3)
    log.append(torn.records[:2])
    log.append(commit_of(origin().head, 0, codec, size=2).records)
    log.append(torn.records[2:])
    reader = Reader(origin(), codec)
    assert [commit.first_offset for commit in reader.feed(log.records)] == [2]
    assert reader.voids == {Void.TORN: 3}


def test_a_body_that_cannot_be_read_counts_and_says_so(codec: Codec) -> None:
    built = commit_of(origin().head, 0, codec, size=2)
    broken = [built.records[0], built.records[1]._replace(value=b"\x00\x7f\x00\x00\x00rest")]
    log = Partition()
    log.append(broken)
    reader = Reader(origin(), codec)
    (commit,) = reader.feed(log.records)
    assert (commit.undecodable, commit.events, commit.refusal) == ("schema_unknown", (), None)
    assert (commit.command_id, commit.journey) == (None, "lead/one")
    log.append(commit_of(commit.head, 1, codec).records)
    assert [c.undecodable for c in reader.feed(log.records)] == [None]


def test_a_body_of_another_journey_than_its_key_cannot_be_read(codec: Codec) -> None:
    (record,) = commit_of(origin().head, 0, codec).records
    log = Partition()
    log.append([record._replace(key=b"lead/two")])
    (commit,) = Reader(origin(), codec).feed(log.records)
    assert (commit.undecodable, commit.journey) == ("journey_mismatch", "lead/two")


def test_a_refusal_among_events_cannot_be_read(codec: Codec) -> None:
    refusal = Refusal.of(greet(0)[0], topic="Greet", code="no", detail="", at=AT)
    first, second = commit_of(origin().head, 0, codec, size=2).records
    log = Partition()
    log.append([first, second._replace(value=codec.encode_refusal(refusal))])
    (commit,) = Reader(origin(), codec).feed(log.records)
    assert commit.undecodable == "mixed_commit"


def test_a_record_of_another_partition_is_a_mistake_of_ours(codec: Codec) -> None:
    log = Partition()
    log.append(commit_of(origin().head, 0, codec).records)
    with pytest.raises(ValueError, match="partition 4"):
        Reader(origin(), codec).feed([log.records[0]._replace(partition=4)])


# anchors


def test_a_reader_goes_on_from_any_accepted_commit(codec: Codec) -> None:
    log, head, anchors = Partition(), origin().head, [origin()]
    whole = Reader(origin(), codec)
    for command in range(6):
        built = commit_of(head, command, codec, size=1 + command % 3)
        log.append(built.records)
        log.append(commit_of(bytes(32), command, codec).records)
        head = built.head
    commits = whole.feed(log.records)
    for commit in commits:
        anchors.append(anchors[-1].after(commit))
    for index, anchor in enumerate(anchors):
        recheck(anchor, log.records[max(anchor.commit_offset, 0) :])
        assert Reader(anchor, codec).feed(log.records) == commits[index:]


def test_an_anchor_on_a_replaced_log_is_corrupt(codec: Codec) -> None:
    log = Partition()
    log.append(commit_of(origin().head, 0, codec, size=2).records)
    anchor = origin().after(Reader(origin(), codec).feed(log.records)[0])
    recheck(anchor, log.records)
    other = Partition()
    other.append(commit_of(origin().head, 1, codec, size=2).records)
    with pytest.raises(Corrupt, match="anchor_mismatch"):
        recheck(anchor, other.records)
    with pytest.raises(Corrupt, match="anchor_missing"):
        recheck(anchor, log.records[:1])
    with pytest.raises(Corrupt, match="anchor_mismatch"):
        recheck(replace(anchor, commit_prev=bytes(32)), log.records)
    recheck(origin(), [])


# every schedule


@dataclass
class World:
    """True chain and noise, as a fuzzer lays them down."""

    codec: Codec
    log: Partition = field(default_factory=Partition)
    head: bytes = field(default_factory=lambda: origin().head)
    command: int = -1
    others: int = 0
    truth: list[tuple[int, bytes]] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=lambda: [origin().head])

    def valid(self, size: int) -> None:
        self.command += 1 + size % 2
        built = commit_of(self.head, self.command, self.codec, size=size)
        self.truth.append((self.log.append(built.records), built.head))
        self.head = built.head
        self.heads.append(built.head)

    def other_command(self) -> int:
        """A new one each time: two torn halves with the same bytes would be the commit."""
        self.others += 1
        return self.command + 1000 + self.others

    def torn(self, size: int) -> None:
        self.log.append(commit_of(self.head, self.other_command(), self.codec, size=size + 1).records[:size])

    def reordered(self, size: int) -> None:
        self.log.append(reversed(commit_of(self.head, self.other_command(), self.codec, size=size + 1).records))

    def zombie(self, size: int) -> None:
        """Of an old head, two commits pipelined."""
        old = self.heads[max(0, len(self.heads) - 1 - size)] if len(self.heads) > 1 else bytes(32)
        if old == self.head:
            old = bytes(32)
        first = commit_of(old, self.command + 1, self.codec, size=size)
        self.log.append(first.records)
        self.log.append(commit_of(first.head, self.command + 2, self.codec).records)

    def duplicate(self, size: int) -> None:
        """What an abandoned producer held: a commit that is there already."""
        if self.truth:
            offset, _ = self.truth[max(0, len(self.truth) - size)]
            link = link_of(self.log.records[self.index(offset)])
            assert link is not None
            self.log.append(
                Outgoing(r.key, r.value, r.headers)
                for r in self.log.records[self.index(offset) : self.index(offset) + link.n]
            )

    def stale(self, size: int) -> None:
        if self.command >= 0:
            self.log.append(commit_of(self.head, max(0, self.command - size + 1), self.codec, size=size).records)

    def foreign(self, size: int) -> None:
        self.log.append([Outgoing(b"k", b"v", ())] * size)

    def gap(self, size: int) -> None:
        self.log.gap()

    def index(self, offset: int) -> int:
        return next(i for i, record in enumerate(self.log.records) if record.offset == offset)


KINDS = ("valid", "torn", "reordered", "zombie", "duplicate", "stale", "foreign", "gap")
SCHEDULES = st.lists(st.tuples(st.sampled_from(("valid", *KINDS)), st.integers(1, 3)), min_size=1, max_size=25)


def play(codec: Codec, schedule: list[tuple[str, int]]) -> World:
    world = World(codec)
    for kind, size in schedule:
        getattr(world, kind)(size)
    return world


def applied(commits: list[Commit]) -> list[tuple[int, bytes]]:
    return [(commit.first_offset, commit.head) for commit in commits]


@settings(max_examples=300, deadline=None)
@given(schedule=SCHEDULES, cuts=st.lists(st.integers(0, 100), max_size=6))
def test_exactly_the_true_chain_is_applied_whatever_lies_between(
    codec: Codec, schedule: list[tuple[str, int]], cuts: list[int]
) -> None:
    world = play(codec, schedule)
    reader = Reader(origin(), codec)
    commits: list[Commit] = []
    edges = sorted({0, len(world.log.records), *(cut for cut in cuts if cut < len(world.log.records))})
    for begin, end in pairwise(edges):
        commits += reader.feed(world.log.records[begin:end])
    assert applied(commits) == world.truth
    delivered = sum(len(commit.records) for commit in commits) + sum(reader.voids.values())
    assert delivered + len(reader._open) == len(world.log.records), "every record is applied, void or waiting"


class WithoutPrev(Reader):
    """Control: takes whatever is complete and newer."""

    def _judge(self, link: Link) -> Commit | None:
        self.anchor = replace(self.anchor, head=link.prev)
        return super()._judge(link)


class WithoutCommandOffset(Reader):
    """Control: does not look whether the command was answered."""

    def _judge(self, link: Link) -> Commit | None:
        self.anchor = replace(self.anchor, last_command_offset=-1)
        return super()._judge(link)


class WithoutCompleteness(Reader):
    """Control: takes each record by itself."""

    def _take(self, record: LogRecord) -> Commit | None:
        link = link_of(record)
        self._open = [record]
        return None if link is None else self._judge(link)


HARD = [("valid", 2), ("torn", 2), ("valid", 1), ("zombie", 2), ("duplicate", 1), ("stale", 1), ("valid", 3)]


@pytest.mark.parametrize("control", [WithoutPrev, WithoutCommandOffset, WithoutCompleteness])
def test_controls_a_reader_without_part_of_the_rule_applies_what_it_must_not(
    codec: Codec, control: type[Reader]
) -> None:
    world = play(codec, HARD)
    assert applied(Reader(origin(), codec).feed(world.log.records)) == world.truth
    assert applied(control(origin(), codec).feed(world.log.records)) != world.truth


# tampering


def tampered(record: LogRecord, place: int, bit: int) -> LogRecord:
    """One bit of key, value or a header's name or value flipped; `place` counts through them all."""
    parts = [record.key, record.value]
    for name, value in record.headers:
        parts += [name.encode(), value]
    for index, part in enumerate(parts):
        if place < len(part):
            changed = bytearray(part)
            changed[place] ^= 1 << bit
            parts[index] = bytes(changed)
            break
        place -= len(part)
    names = (name.decode("latin-1") for name in parts[2::2])
    return record._replace(key=parts[0], value=parts[1], headers=tuple(zip(names, parts[3::2], strict=True)))


def size_of(record: LogRecord) -> int:
    return len(record.key) + len(record.value) + sum(len(n) + len(v) for n, v in record.headers)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_any_bit_changed_before_the_anchor_is_noticed(codec: Codec, data: st.DataObject) -> None:
    world = play(codec, [("valid", 2), ("valid", 1), ("valid", 3)])
    anchored = Reader(origin(), codec)
    anchored.feed(world.log.records)
    index = data.draw(st.integers(0, len(world.log.records) - 1))
    record = world.log.records[index]
    place = data.draw(st.integers(0, size_of(record) - 1))
    records = list(world.log.records)
    records[index] = tampered(record, place, data.draw(st.integers(0, 6)))
    reader = Reader(origin(), codec)
    reader.feed(records)
    assert reader.anchor.head != anchored.anchor.head


@given(data=st.data())
def test_records_removed_or_swapped_are_noticed(codec: Codec, data: st.DataObject) -> None:
    world = play(codec, [("valid", 2), ("valid", 1), ("valid", 3)])
    records = list(world.log.records)
    if data.draw(st.booleans()):
        del records[data.draw(st.integers(0, len(records) - 1))]
    else:
        first = data.draw(st.integers(0, len(records) - 2))
        one, two = records[first], records[first + 1]
        records[first : first + 2] = [two._replace(offset=one.offset), one._replace(offset=two.offset)]
    reader = Reader(origin(), codec)
    reader.feed(records)
    assert reader.anchor.head != world.head


def test_a_chain_cannot_be_moved_to_another_place(codec: Codec) -> None:
    places = [("cluster", "legion.events", 3, 0), ("other", "legion.events", 3, 0), ("cluster", "x", 3, 0)]
    places += [
        ("cluster", "legion.events", 4, 0),
        ("cluster", "legion.events", 3, 1),
        ("clusterl", "egion.events", 3, 0),
    ]
    made = [
        Anchor.genesis(cluster_id=cluster, topic=topic, partition=partition, epoch=epoch).head
        for cluster, topic, partition, epoch in places
    ]
    assert len(set(made)) == len(made)


# assembling


def test_deciding_twice_gives_the_same_bytes(codec: Codec) -> None:
    build = partial(build_commit, origin().head, 0, 3, [greeted(3), left(3, 1)], codec)
    assert build() == build()


def test_the_headers_are_cloudevents(codec: Codec) -> None:
    (record,) = build_commit(origin().head, 0, 3, [greeted(3)], codec).records
    headers = dict(record.headers)
    assert headers == {
        "ce_specversion": b"1.0",
        "ce_id": greeted(3).meta.event_id.encode(),
        "ce_type": b"legion.Greeted",
        "ce_source": b"/legion",
        "ce_subject": b"greeting-one",
        "ce_time": b"2026-11-25T12:00:00.123456Z",
        "content-type": b"application/vnd.confluent.avro",
        "chain": b"1 0 3 0 1 " + origin().head.hex().encode(),
    }
    assert record.key == b"lead/one"


def test_the_size_is_an_upper_bound_of_the_batch(codec: Codec) -> None:
    from aiokafka.record.default_records import DefaultRecordBatchBuilder

    built = build_commit(origin().head, 0, 3, events_of(3, 40), codec)
    batch = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
    for index, record in enumerate(built.records):
        batch.append(index, 1_764_000_000_000, record.key, record.value, list(record.headers))
    actual = len(batch.build())
    assert actual <= built.size + assemble.BATCH_OVERHEAD <= actual * 1.4


def test_a_commit_that_no_batch_can_hold_is_too_large(codec: Codec) -> None:
    one = greeted(1)
    assert isinstance(one.event, Greeted)
    huge = Recorded(one.meta, replace(one.event, text=Sealed(bytes(assemble.MAX_COMMIT_BYTES))))
    with pytest.raises(TooLarge, match="commit_too_large"):
        build_commit(origin().head, 0, 1, [huge], codec)


def test_a_commit_of_two_journeys_or_of_nothing_is_a_mistake_of_ours(codec: Codec) -> None:
    with pytest.raises(ValueError, match="one journey"):
        build_commit(origin().head, 0, 1, [left(1), left(1, 1, journey="lead/two")], codec)
    with pytest.raises(ValueError, match="at least one"):
        build_commit(origin().head, 0, 1, [], codec)
