"""The writer of one partition: a state machine without I/O.

    [commands] ─▶ commands() ─▶ Load ─▶ loaded() ─▶ decide ─▶ Send ─▶ acknowledged() ─▶ promoted
                     ▲                                                      │ any other offset, error, time-out
                     └── Consume ◀── synced() ◀── verified()* ◀── Resync ◀──┘

The shell performs the actions that each input returns, in order, and gives back what came of them. Tokens, feeds and
generations of the past are ignored: a late answer changes nothing. Three states of knowledge, from the log's end:

    speculative   decided on and sent, not acknowledged: in the tip (cached streams, overlay), dropped by a resync
    verified      accepted by our own reader of the chain (ours only if acknowledged at the very offset we expected)
    journalled    the journal has it: leaves the overlay
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from typing import Final

from commands.actions import POSITION_ONLY, Action, Commit, Consume, Load, Resync, Send, Stop
from commands.batch import Batch, Parcel, Sent
from commands.intake import Fault, Routes, take
from commands.limits import Limits
from commands.marks import CrashWatch, Mark
from commands.overlay import Entry
from commands.ports import Loaded
from commands.tip import Tip
from commands.verifier import Verifier
from eventlog.codec import Codec, default_codec
from eventlog.model import Anchor, LogRecord

MAX_QUERIES: Final = 1_000
"""Journal queries of one batch. Each but a stale one lets it answer a command; so many mean a journal gone back."""


class State(StrEnum):
    NEW = "new"
    SYNCING = "syncing"
    RUNNING = "running"
    STOPPED = "stopped"


class PartitionWriter:
    """anchor: where verifying begins. routes: command class → route. counts: what happened, for metrics."""

    def __init__(
        self,
        anchor: Anchor,
        *,
        partitions: int,
        routes: Routes,
        codec: Codec | None = None,
        limits: Limits | None = None,
    ) -> None:
        codec = codec or default_codec()
        self.limits = limits or Limits()
        self.state = State.NEW
        self.counts: Counter[str] = Counter()
        self.tip = Tip(anchor, codec)
        self._verifier = Verifier(anchor, codec)
        self._take = partial(take, partitions=partitions, epoch=anchor.epoch, routes=routes, codec=codec)
        self._queue: deque[Batch] = deque()
        self._sent: deque[Sent] = deque()
        self._generation = 0
        self._feed = 0
        self._tokens = POSITION_ONLY
        self._expected = anchor.last_command_offset + 1
        self._hole: int | None = None
        self._handled = 0
        self._crashes = CrashWatch(self.limits)
        self._asking_position = False

    # What the shell may look at.

    @property
    def anchor(self) -> Anchor:
        """After the last verified commit."""
        return self._verifier.anchor

    @property
    def verified_to(self) -> int:
        """The first offset of [events] that a resync has to read."""
        return self._verifier.next_offset

    @property
    def wants(self) -> int:
        """How many commands may come now. Reading ahead ends where memory or patience does."""
        if self.state is not State.RUNNING or self.full:
            return 0
        if self._crashes.careful(self._expected):
            return 1 if self.idle else 0
        return self.limits.batch if len(self._queue) < self.limits.loads else 0

    @property
    def full(self) -> bool:
        """The overlay has grown to the limit: the partition waits for the journal, a takeover too."""
        return self.tip.overlay.size >= self.limits.memory

    @property
    def idle(self) -> bool:
        """Nothing is under way."""
        return not self._queue and not self._sent

    @property
    def in_flight(self) -> int:
        """Sends not acknowledged."""
        return len(self._sent)

    @property
    def voids(self) -> dict[str, int]:
        """Void records seen, by reason."""
        return {str(reason): count for reason, count in self._verifier.reader.voids.items()}

    # Inputs while beginning or in a resync.

    def start(self, committed: int, mark: str) -> list[Action]:
        """committed, mark: the group's offset and its metadata as the last owner left them; 0 and "" if none."""
        self._handled = max(committed, 0)
        self._crashes.find(mark)
        return self._resync("start")

    def verified(self, records: Sequence[LogRecord]) -> list[Action]:
        """During a resync: what [events] holds, in order."""
        if self.state is not State.SYNCING:
            return []
        for commit in self._verifier.read(records):
            self.tip.overlay.add(Entry.of(commit))
            self.counts["verified"] += 1
        return self.tick()

    def synced(self, position: int, commands_begin: int, commands_end: int) -> list[Action]:
        """The end of [events] was reached. position: where its reader stands. begin, end: of [commands], which must
        still hold the resume point."""
        if self.state is not State.SYNCING:
            return []
        self._verifier.reached(position)
        if self._verifier.reader.closed:
            return self._stop(Stop("epoch_closed", f"epoch {self.anchor.epoch}", corrupt=False))
        resume = self.anchor.last_command_offset + 1
        if resume < commands_begin <= self._handled:
            resume = commands_begin  # trimmed after it was answered: repeated ids leave no commit
        if not commands_begin <= resume <= commands_end:
            detail = f"{resume} is needed, {commands_begin} to {commands_end} are there"
            return self._stop(Stop("commands_cut", detail, corrupt=True))
        self.tip.head, self.tip.next_offset = self.anchor.head, self._verifier.next_offset
        self._handled = max(self._handled, resume)
        self.state = State.RUNNING
        began = self._crashes.begin(resume)
        return [*([self._commit()] if began else []), self._consume(resume)]

    # Inputs while running.

    def commands(self, feed: int, records: Sequence[LogRecord]) -> list[Action]:
        """The next records of [commands], at most `wants`."""
        if feed != self._feed or self.state is not State.RUNNING:
            return []
        batch, actions = Batch(deque()), list[Action]()
        for record in records:
            if not self._in_order(record):
                self.counts["gaps"] += 1
                actions.append(self._consume(self._expected))
                break
            self._expected = record.offset + 1
            batch.asked.append(self._take(record))
        if batch.asked:
            self._queue.append(batch)
            actions.append(self._load(batch))
        return actions

    def _in_order(self, record: LogRecord) -> bool:
        """A gap is believed only when it is still there after asking again for exactly this offset: then it is a
        control record, which takes an offset and is never delivered. Else the client has skipped commands."""
        if record.offset > self._expected and self._hole == self._expected:
            return True
        self._hole = None if record.offset == self._expected else self._expected
        return self._hole is None

    def loaded(self, token: int, loaded: Loaded) -> list[Action]:
        """The journal's answer."""
        if token == POSITION_ONLY:
            self._asking_position = False
            self._trim(loaded.next_offset)
            return []
        for batch in self._queue:
            if batch.token == token:
                batch.loaded = loaded
        return self._advance()

    def marked(self, token: int) -> list[Action]:
        """The crash mark stands: now the command may be decided on."""
        for batch in self._queue:
            if batch.token == token:
                batch.marked = True
        return self._advance()

    def acknowledged(self, token: int, offset: int) -> list[Action]:
        """The broker wrote the send's first record at this offset."""
        for sent in self._sent:
            if sent.token == token:
                sent.offset = offset
        while self._sent and self._sent[0].offset is not None:
            if not self._promote(self._sent.popleft()):
                return self._resync("acknowledged_elsewhere")
        return self._advance()

    def _promote(self, sent: Sent) -> bool:
        """Only at the offset that we expected: then nobody wrote between, and every reader accepts it as we do."""
        if not sent.offset == sent.first_offset == self._verifier.next_offset:
            return False
        return self._verifier.acknowledge(sent)

    def send_failed(self, token: int, why: str) -> list[Action]:
        """Any error or time-out: whether it was written is not known."""
        return self._resync(why) if any(sent.token == token for sent in self._sent) else []

    def tick(self) -> list[Action]:
        """Now and then."""
        if self.full and not self._queue and not self._asking_position:
            self._asking_position = True
            self.counts["waits"] += 1
            return [Load(POSITION_ONLY, (), ())]
        if self.state is State.RUNNING and self.idle and self._handled < self._expected:
            self._handled = self._expected
            return [self._commit()]
        return []

    def stop(self) -> list[Action]:
        """Ends in order: called when `idle`, or when patience has ended. Nothing is lost either way."""
        if self.state is State.RUNNING and self.idle:
            self._handled = self._expected
        self.state = State.STOPPED
        return [Commit(self._handled, Mark().text())]

    # Deciding.

    def _advance(self) -> list[Action]:
        """Answers what can be answered now."""
        actions: list[Action] = []
        while self.state is State.RUNNING and self._queue and len(self._sent) < self.limits.in_flight:
            batch = self._queue[0]
            loaded = batch.loaded
            if loaded is None:
                break
            if loaded.next_offset < self.tip.overlay.base:  # older than an answer that let us forget what lies between
                actions.append(self._load(batch))
                break
            if self._is_ahead(loaded):
                if not self._sent:
                    actions += self._resync("journal_ahead")  # somebody else wrote
                break
            if not self._may_decide(batch):
                actions.append(self._commit(batch.token))
                break
            actions += self._answer(batch, loaded)
        return actions

    def _is_ahead(self, loaded: Loaded) -> bool:
        """The journal holds more than we verified. Whether that is ours cannot be told before the acknowledgement: a
        foreign record may have shifted what we sent, which stays in the chain all the same."""
        return loaded.next_offset > self._verifier.next_offset

    def _may_decide(self, batch: Batch) -> bool:
        """False: a command that may have killed its writer, and the mark that says so does not stand yet."""
        offset = batch.asked[0].offset
        if batch.marked or not self._crashes.careful(offset) or self._crashes.condemned(offset):
            return True
        self._crashes.attempt(offset)
        return False

    def _answer(self, batch: Batch, loaded: Loaded) -> list[Action]:
        """Answers the batch's commands in order, until it is done, too much is under way, or a stream is missing."""
        actions: list[Action] = []
        parcel = Parcel(self.tip.next_offset)
        missing = False
        while batch.asked and len(self._sent) < self.limits.in_flight:
            asked = batch.asked[0]
            if self.tip.knows(asked, loaded):
                self.counts["repeated"] += 1
                batch.asked.popleft()
                continue
            if self._crashes.condemned(asked.offset):
                fault = Fault("decider_crashed", f"the writer died {self.limits.deaths} times at this command")
                answer = self.tip.refuse(asked, loaded, fault)
            elif (decided := self.tip.answer(asked, batch, loaded)) is not None:
                answer = decided
            else:
                missing = True
                break
            batch.asked.popleft()
            if not parcel.fits(answer.built):
                actions += self._flush(parcel)
                parcel = Parcel(self.tip.next_offset)
            parcel.add(answer.built, answer.body)
            self.tip.speculate(asked, answer)
            self.counts[f"refused_{answer.fault.code}" if answer.fault else "accepted"] += 1
        actions += self._flush(parcel)
        if missing:
            actions.append(self._load(batch))
        if not batch.asked:
            self._queue.popleft()
            self._trim(loaded.next_offset)
        return actions

    def _flush(self, parcel: Parcel) -> list[Action]:
        if not parcel.records:
            return []
        records = tuple(parcel.records)
        sent = Sent(self._token(), parcel.first_offset, records, tuple(parcel.bodies), parcel.head)
        self._sent.append(sent)
        return [Send(sent.token, self._generation, sent.first_offset, records)]

    # Steps shared by inputs.

    def _token(self) -> int:
        self._tokens += 1
        return self._tokens

    def _load(self, batch: Batch) -> Load | Stop:
        if batch.queries >= MAX_QUERIES:
            self.state = State.STOPPED
            return Stop("journal_gone_back", f"below offset {self.tip.overlay.base}", corrupt=False)
        return batch.load(self._token(), self.tip.cache)

    def _consume(self, offset: int) -> Consume:
        self._feed += 1
        self._expected = offset
        return Consume(self._feed, offset)

    def _commit(self, token: int | None = None) -> Commit:
        return Commit(self._handled, self._crashes.mark.text(), token)

    def _trim(self, journalled: int) -> None:
        self.tip.overlay.trim(min(journalled, self._verifier.next_offset))
        self.tip.cache.trim(max(0, self.limits.memory - self.tip.overlay.size))

    def _resync(self, reason: str) -> list[Action]:
        if self.state is State.STOPPED:
            return []
        self.state = State.SYNCING
        self._generation += 1
        self._queue.clear()
        self._sent.clear()
        self._asking_position = False
        self.tip.discard(self._verifier.next_offset)
        self.counts[f"resync_{reason}"] += 1
        offset = max(self._handled, self.anchor.last_command_offset + 1)
        return [Resync(self._generation, reason, offset, self._crashes.mark.text())]

    def _stop(self, stop: Stop) -> list[Action]:
        self.state = State.STOPPED
        return [stop]
