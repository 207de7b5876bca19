"""One writer's process: the real core, and what its shell has under way, as `commands/partition.py` does it for real.

The worst is allowed: several at once, each of which owns the partition as far as it knows, until a group commit fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from commands.actions import Action, Commit, Consume, Load, Resync, Send, Stop
from commands.core import PartitionWriter, State
from commands.ports import Loaded
from eventlog.model import Anchor
from proof.simulation.scene import ROUTES

if TYPE_CHECKING:
    from proof.simulation.world import World

Work = Callable[[int], str | None]
"""Takes a number that says how; returns what happened, for the script; None: nothing."""


class Part(Protocol):
    """A process of the model. gone: it has ended by itself. rests: it has nothing more to do, now or later."""

    gone: bool

    @property
    def rests(self) -> bool: ...

    def works(self) -> list[Work]:
        """What it could do next."""
        ...


class Writer:
    """number: in the order of their birth. fenced: the group has given the partition to another, which this one learns
    from its next commit."""

    def __init__(self, world: World, number: int, anchor: Anchor) -> None:
        self.number = number
        self.fenced = False
        self.gone = False
        self.sends: list[Send] = []
        self.landed: list[tuple[Send, int]] = []
        self._world = world
        self._loads: list[Load] = []
        self._answers: list[tuple[int, Loaded]] = []
        self._commits: list[Commit] = []
        self._feed: tuple[int, int] | None = None
        self._fresh = False  # nothing was polled since the last seek
        self._sync: tuple[Resync, int, int] | None = None
        self.core = PartitionWriter(anchor, partitions=1, routes=ROUTES, codec=world.codec, limits=world.limits)
        self.perform(self.core.start(*world.committed))

    def __str__(self) -> str:
        return f"writer {self.number}"

    def perform(self, actions: Sequence[Action]) -> None:
        for action in actions:
            match action:
                case Send():
                    self.sends.append(action)
                case Load():
                    self._loads.append(action)
                case Consume(feed, offset):
                    self._feed, self._fresh = (feed, offset), True
                case Commit():
                    self._commits.append(action)
                case Resync():
                    self._world.limbo += self.sends
                    self.sends, self._feed = [], None
                    self._sync = (action, -1, -1)
                case Stop(code, detail):
                    raise AssertionError(f"{self} stops: {code}, {detail}")

    def works(self) -> list[Work]:
        """What it could do next."""
        found: list[Work] = []
        found += [self._read] * (self._sync is not None)
        found += [self._poll] * self._can_poll()
        found += [self._query] * bool(self._loads)
        found += [self._answer] * bool(self._answers)
        found += [self._commit] * bool(self._commits)
        return found

    @property
    def rests(self) -> bool:
        """Every command is answered, and the log has it."""
        running = self.core.state is State.RUNNING and self.core.idle and not self.landed
        return running and self._feed is not None and not self._world.log.commands.between(self._feed[1], 1 << 60)

    # Its shell's work.

    def _read(self, n: int) -> str:
        """The resync: ownership, then [events] to its end."""
        assert self._sync is not None
        resync, position, end = self._sync
        if position < 0:
            if self.fenced:
                self.gone = True
                return f"{self} learns that it is fenced and ends"
            self._world.committed = (resync.offset, resync.mark)
            self._sync = (resync, self.core.verified_to, self._world.log.events.end)
            return f"{self} resyncs ({resync.reason}): still the owner, as the group says"
        if self.core.full:
            self.perform(self.core.loaded(0, self._world.store.load(Load(0, (), ()))))
            return f"{self} waits for the journal"
        if position < end:
            stop = min(end, position + 1 + n % 8)
            self._sync = (resync, stop, end)
            self.perform(self.core.verified(self._world.log.events.between(position, stop)))
            return f"{self} verifies [events] {position} to {stop - 1}"
        self._sync = None
        self.perform(self.core.synced(end, 0, self._world.log.commands.end))
        return f"{self} has verified up to {end}"

    def _can_poll(self) -> bool:
        if self._feed is None or not self.core.wants:
            return False
        return bool(self._world.log.commands.between(self._feed[1], 1 << 60))

    def _poll(self, n: int) -> str | None:
        assert self._feed is not None
        feed, position = self._feed
        wanted = min(self.core.wants, 1 + n % 5)
        records = self._world.log.commands.between(position, 1 << 60)[:wanted]
        if n % 4 == 3 and self._world.faults and not self._fresh:
            records = records[1:]  # the client's position has jumped; right after a seek it has not
        if not records:
            return None
        self._fresh = False
        self._feed = (feed, records[-1].offset + 1)
        self.perform(self.core.commands(feed, records))
        return f"{self} takes commands {', '.join(str(record.offset) for record in records)}"

    def _query(self, n: int) -> str:
        load = self._loads.pop(n % len(self._loads))
        self._answers.append((load.token, self._world.store.load(load)))
        return f"the journal, at {self._world.store.position.next_offset}, answers {self}"

    def _answer(self, n: int) -> str:
        token, loaded = self._answers.pop(n % len(self._answers))
        self.perform(self.core.loaded(token, loaded))
        return f"{self} has the journal's answer of {loaded.next_offset} and decides"

    def _commit(self, _: int) -> str:
        commit = self._commits.pop(0)
        if self.fenced:
            self.gone = commit.token is not None
            return f"{self} may not commit any more"
        self._world.committed = (commit.offset, commit.mark)
        if commit.token is not None:
            self.perform(self.core.marked(commit.token))
        return f"{self} commits {commit.offset}"

    # What the broker does with its sends.

    def land(self, n: int) -> str | None:
        """Mostly the oldest first, once."""
        if not self.sends:
            return None
        send = self.sends.pop(n % len(self.sends) if n % 5 == 4 else 0)
        first = self._world.log.write(send.records)
        self.landed.append((send, first))
        if n % 8 == 7 and self._world.faults:
            self._world.log.write(send.records)
            return f"{self}'s batch lands at {first}, twice"
        return f"{self}'s batch of {len(send.records)} lands at {first}"

    def tear(self, n: int) -> str | None:
        """The first records land, the rest may come later; nobody answers."""
        if not self.sends:
            return None
        send = self.sends.pop(0)
        cut = n % (len(send.records) + 1)
        first = self._world.log.write(send.records[:cut])
        self._world.limbo.append(Send(send.token, send.generation, send.first_offset, send.records[cut:]))
        self.perform(self.core.send_failed(send.token, "timeout"))
        return f"{cut} records of {self}'s batch land at {first}, the others may later; no answer"

    def acknowledge(self, n: int) -> str | None:
        """The answer comes back, in any order, perhaps twice."""
        if not self.landed:
            return None
        send, offset = self.landed[n // 2 % len(self.landed)]
        if n % 7 != 6 or not self._world.faults:
            self.landed.remove((send, offset))
        self.perform(self.core.acknowledged(send.token, offset))
        return f"{self} hears that a batch lies at {offset}"

    def misanswer(self, n: int) -> str | None:
        """The answer names another offset, or none."""
        if not self.landed:
            return None
        send, offset = self.landed.pop(0)
        told = -1 if n % 2 else send.first_offset + 1 + n
        self.perform(self.core.acknowledged(send.token, told))
        return f"{self} hears {told} for the batch at {offset}"

    def time_out(self, n: int) -> str | None:
        """No answer, whether it was written or not."""
        under_way = [*self.sends, *(send for send, _ in self.landed)]
        if not under_way:
            return None
        send = under_way[n % len(under_way)]
        written = send not in self.sends
        self.landed = [each for each in self.landed if each[0] is not send]
        self.perform(self.core.send_failed(send.token, "timeout"))
        return f"{self} hears nothing of a batch that was {'' if written else 'not '}written"

    def tick(self) -> str | None:
        actions = self.core.tick()
        self.perform(actions)
        return f"{self}'s clock ticks" if actions else None
