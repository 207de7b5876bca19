"""A model of everything around the writer's core, in virtual time: two topics, a journal that lags, faults on demand.

A `World` obeys a schedule: a list of small integers, each read as one thing that happens. The worst is allowed: several
writers without a group, sends that land late or never or before earlier ones, acknowledgements lost or out of order,
journal answers that come late, foreign records, polls that skip. `settle` then lets one writer finish in peace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from commands.actions import Action, Commit, Consume, Load, Resync, Send, Stop
from commands.core import PartitionWriter, State
from commands.limits import Limits
from commands.ports import Loaded
from domain.kernel.event import Event
from domain.kernel.ids import tenant_journey
from eventlog.chain import HEADER, Link
from eventlog.codec import Codec
from eventlog.model import Anchor, LogRecord, Outgoing
from eventlog.model import Commit as Accepted
from eventlog.reader import Reader
from proof.ground.tallies import ROUTES, TENANT, add, as_record, forbidden, origin

JOURNEYS = ("lead/1", "lead/2", tenant_journey(TENANT))
HOWS = ("", "", "", "", "refuse", "refuse half-way", "crash", "nothing")
LIMITS = Limits(batch=4, deaths=1_000_000)  # deaths: the schedule may kill at one place as often as it likes


@dataclass
class Topics:
    """Both logs and the truth about them."""

    codec: Codec
    commands: list[LogRecord] = field(default_factory=list)
    events: list[LogRecord] = field(default_factory=list)
    events_end: int = 0
    commands_end: int = 0
    accepted: list[Accepted] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=lambda: [origin()])

    def __post_init__(self) -> None:
        self._reader = Reader(origin(), self.codec)

    def append(self, records: Sequence[Outgoing]) -> int:
        """Lands a batch; returns its first offset."""
        first = self.events_end
        landed = [LogRecord(0, first + index, 0, *record) for index, record in enumerate(records)]
        self.events += landed
        self.events_end += len(landed)
        for record in landed:  # one by one: the anchor after each commit
            for commit in self._reader.feed([record]):
                self.accepted.append(commit)
                self.anchors.append(self._reader.anchor)
        return first


class Journal:
    """Answers from the accepted commits below `position`."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self.position = 0

    @property
    def applied(self) -> Iterator[Accepted]:
        return (commit for commit in self._topics.accepted if commit.next_offset <= self.position)

    def advance(self, by: int) -> None:
        """Never into the middle of a commit."""
        target = min(self.position + by, self._topics.events_end)
        for commit in self._topics.accepted:
            if commit.first_offset < target < commit.next_offset:
                target = commit.next_offset
        self.position = max(self.position, target)

    def anchor(self) -> Anchor:
        return next(anchor for anchor in reversed(self._topics.anchors) if anchor.next_offset <= self.position)

    def load(self, load: Load) -> Loaded:
        commits = list(self.applied)
        events: dict[tuple[str, str], list[Event]] = {pair: [] for pair in load.streams}
        for commit in commits:
            for recorded in commit.events:
                if (commit.journey, recorded.stream) in events:
                    events[commit.journey, recorded.stream].append(recorded.event)
        known = {(commit.journey, commit.command_id) for commit in commits}
        last_at = {}
        for commit in commits:
            last_at[commit.journey] = commit.events[0].at if commit.events else commit.refusal.at  # type: ignore[union-attr]  # one of both
        return Loaded(
            next_offset=self.position,
            events=events,
            known=frozenset(pair for pair in load.command_ids if pair in known),
            last_at=last_at,
        )


@dataclass
class Process:
    """One writer and what its shell has under way."""

    world: World
    core: PartitionWriter
    sends: list[Send] = field(default_factory=list)
    landed: list[tuple[int, int]] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    answers: list[tuple[int, Loaded]] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)
    feed: tuple[int, int] | None = None
    fresh: bool = False  # nothing was polled since the last seek
    sync: tuple[int, int] | None = None
    stopped: Stop | None = None

    def perform(self, actions: Sequence[Action]) -> None:
        for action in actions:
            match action:
                case Send():
                    self.sends.append(action)
                case Load():
                    self.loads.append(action)
                case Consume(feed, offset):
                    self.feed, self.fresh = (feed, offset), True
                case Commit():
                    self.commits.append(action)
                case Resync():
                    self.world.limbo += self.sends
                    self.sends, self.feed = [], None
                    self.sync = (self.core.verified_to, self.world.topics.events_end)
                case Stop():
                    self.stopped = action

    def works(self) -> list[Callable[[int], None]]:
        """What it could do next."""
        found: list[Callable[[int], None]] = []
        if self.stopped is None:
            found += [self._read] * (self.sync is not None)
            found += [self._poll] * (self.feed is not None and self.core.wants > 0)
            found += [self._query] * bool(self.loads)
            found += [self._answer] * bool(self.answers)
            found += [self._commit] * bool(self.commits)
        return found

    def _read(self, n: int) -> None:
        assert self.sync is not None
        position, end = self.sync
        if self.core.full:
            self.perform(self.core.tick())
            self.world.journal.advance(3)
        elif position < end:
            stop = min(end, position + 1 + n % 5)
            self.sync = (stop, end)
            records = [record for record in self.world.topics.events if position <= record.offset < stop]
            self.perform(self.core.verified(records))
        else:
            self.sync = None
            self.perform(self.core.synced(end, 0, self.world.topics.commands_end))

    def _poll(self, n: int) -> None:
        assert self.feed is not None
        feed, position = self.feed
        wanted = min(self.core.wants, 1 + n % 7)
        records = [record for record in self.world.topics.commands if record.offset >= position][:wanted]
        if n % 4 == 3 and self.world.glitches and not self.fresh:
            records = records[1:]  # the client's position has jumped; right after a seek it has not
        if records:
            self.fresh = False
            self.feed = (feed, records[-1].offset + 1)
            self.perform(self.core.commands(feed, records))

    def _query(self, n: int) -> None:
        load = self.loads.pop(n % len(self.loads))
        self.answers.append((load.token, self.world.journal.load(load)))

    def _answer(self, n: int) -> None:
        self.perform(self.core.loaded(*self.answers.pop(n % len(self.answers))))

    def _commit(self, _: int) -> None:
        commit = self.commits.pop(0)
        self.world.committed = (commit.offset, commit.mark)
        if commit.token is not None:
            self.perform(self.core.marked(commit.token))

    def land(self, n: int) -> None:
        """A send reaches the broker; mostly the oldest one."""
        if self.sends:
            send = self.sends.pop(n % len(self.sends) if n % 5 == 4 else 0)
            self.landed.append((send.token, self.world.topics.append(send.records)))

    def acknowledge(self, n: int) -> None:
        """Its answer comes back, in any order, perhaps twice."""
        if self.landed:
            token, offset = self.landed[n % len(self.landed)]
            if n % 7 != 6:
                self.landed.remove((token, offset))
            self.perform(self.core.acknowledged(token, offset))

    def fail(self, n: int) -> None:
        """No answer in time, whether it was written or not."""
        tokens = [send.token for send in self.sends] + [token for token, _ in self.landed]
        if tokens:
            self.perform(self.core.send_failed(tokens[n % len(tokens)], "timeout"))


class World:
    """glitches: polls may skip records."""

    def __init__(
        self,
        codec: Codec,
        *,
        writer: type[PartitionWriter] = PartitionWriter,
        limits: Limits = LIMITS,
        glitches: bool = True,
    ) -> None:
        self.codec = codec
        self.topics = Topics(codec)
        self.journal = Journal(self.topics)
        self.limbo: list[Send] = []
        self.committed = (0, "")
        self.glitches = glitches
        self.submitted = 0
        self._writer = writer
        self._limits = limits
        self.processes: list[Process] = []
        self.spawn()

    def spawn(self) -> Process:
        core = self._writer(self.journal.anchor(), partitions=1, routes=ROUTES, codec=self.codec, limits=self._limits)
        process = Process(self, core)
        self.processes.append(process)
        process.perform(core.start(*self.committed))
        return process

    # What a schedule can ask for.

    def submit(self, n: int) -> None:
        journey = JOURNEYS[n % len(JOURNEYS)]
        number = self.submitted if n % 6 else max(0, self.submitted - n % 5 - 1)  # sometimes an old id again
        self.submitted += 1
        tallies = [f"{journey}/{key}" for key in ("ab", "a", "b", "cab")[n % 4]]
        how = HOWS[n // 3 % len(HOWS)]
        meta, command = add(journey, number, *tallies, how=how) if n % 13 else forbidden(journey, number)
        offset = self.topics.commands_end
        at_ms = 1_764_000_000_000 + 7 * offset - 20 * (n % 3)  # not even LogAppendTime need be in order
        self.topics.commands.append(as_record(self.codec, meta, command, offset=offset, at_ms=at_ms))
        self.topics.commands_end += 1

    def work(self, n: int) -> None:
        process = self.processes[n % len(self.processes)]
        if works := process.works():
            works[n // 3 % len(works)](n)

    def land(self, n: int) -> None:
        self.processes[n % len(self.processes)].land(n // 2)

    def acknowledge(self, n: int) -> None:
        self.processes[n % len(self.processes)].acknowledge(n // 2)

    def fail(self, n: int) -> None:
        self.processes[n % len(self.processes)].fail(n // 2)

    def land_late(self, n: int) -> None:
        """What an abandoned producer still had reaches the log now."""
        if self.limbo:
            self.topics.append(self.limbo.pop(n % len(self.limbo)).records)

    def journalise(self, n: int) -> None:
        self.journal.advance(1 + n % 9)

    def restart(self, n: int) -> None:
        """kill -9, and a new writer from the journal's anchor."""
        process = self.processes.pop(n % len(self.processes))
        self.limbo += process.sends
        self.spawn()

    def duel(self, _: int) -> None:
        if len(self.processes) < 3:
            self.spawn()

    def foreign(self, n: int) -> None:
        """Records that nobody of ours wrote so."""
        match n % 4:
            case 0:
                self.topics.events_end += 1  # a control record
            case 1 if self.topics.events:
                record = self.topics.events[n % len(self.topics.events)]
                self.topics.append([Outgoing(record.key, record.value, record.headers)])  # written twice
            case 2:
                self.topics.append([Outgoing(b"k", b"v", ())])
            case _:
                self._tear()

    def _tear(self) -> None:
        """The first of seven records of a commit that would be right. Seven: none of ours has so many, so that a copied
        record of ours cannot complete it; whoever may write whole commits into [events] is beyond the rule."""
        anchor = self.topics.anchors[-1]
        link = Link(0, anchor.last_command_offset + 1, 0, 7, anchor.head)
        self.topics.append([Outgoing(b"lead/1", b"half", ((HEADER, link.text()),))])

    def tick(self, n: int) -> None:
        process = self.processes[n % len(self.processes)]
        process.perform(process.core.tick())

    def run(self, schedule: Sequence[int]) -> None:
        """Each number: what happens (modulo) and how (the rest)."""
        for number in schedule:
            what, n = number % len(HAPPENINGS), number // len(HAPPENINGS)
            HAPPENINGS[what](self, n)
            self.check_promoted()

    def check_promoted(self) -> None:
        """What a writer holds for verified is accepted by a standalone reader, at that very place."""
        for process in self.processes:
            assert process.core.anchor in self.topics.anchors, "a writer promoted what does not count"

    def settle(self) -> None:
        """One writer, no more faults: it must come to an end."""
        self.glitches = False
        while self.processes:
            self.limbo += self.processes.pop().sends
        self.limbo.clear()
        process = self.spawn()
        for turn in range(20_000):
            works = process.works()
            if works:
                works[turn % len(works)](turn)
            process.land(0)
            process.acknowledge(0)
            if turn % 5 == 0:
                process.perform(process.core.tick())
            if turn % 7 == 0:
                self.journal.advance(2)
            assert process.stopped is None, process.stopped
            done = process.feed is not None and process.feed[1] == self.topics.commands_end
            if done and process.core.idle and process.core.state is State.RUNNING and not process.landed:
                break
        else:
            raise AssertionError("the writer does not come to rest")
        self.check_promoted()


HAPPENINGS: tuple[Callable[[World, int], None], ...] = (
    *(World.submit,) * 5,
    *(World.work,) * 14,
    *(World.land,) * 6,
    *(World.acknowledge,) * 6,
    *(World.journalise,) * 2,
    World.fail,
    World.land_late,
    World.restart,
    World.duel,
    World.foreign,
    World.tick,
)
