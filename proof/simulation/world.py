"""Everything at once, in virtual time: the log, a read database, its writers, projectors and runners, a provider.

A history is a list of steps, each a name of `STEPS` and a small number that says which and how. A step that has nothing
to do changes nothing at all, time neither: it may be left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from commands.actions import Send
from commands.limits import Limits
from domain.conversation.events import ChunkAttempted
from domain.kernel.command import Command, CommandMeta
from domain.kernel.ids import derived
from eventlog.codec import default_codec
from eventlog.model import Anchor, Outgoing
from projections.plan import Plan
from projections.positions import FENCED
from projections.read.outcomes import Outcome
from proof.simulation import scene
from proof.simulation.log import Log
from proof.simulation.projectors import Projector
from proof.simulation.provider import Answered, Fate, Provider
from proof.simulation.runners import Runner
from proof.simulation.store import ReadStore
from proof.simulation.writers import Part, Work, Writer
from streams.effects.chunk import ChunkCall
from streams.effects.one_call import BUDGET_S

WIDE: Final = Limits(batch=2, deaths=1_000_000)
"""deaths: a history may kill at one place as often as it likes."""

NARROW: Final = Limits(batch=2, deaths=1_000_000, memory=9_000)
"""Next to no memory: about three commits of overlay."""

WAITS_MS: Final = (20, 300, 1_000, 2_500, 5_500, 8_000, 12_000, 45_000)
ROUNDS: Final = 2_000
PEACE_MS: Final = 20 * 60_000
"""Virtual time in which everything must come to rest once faults cease: four times the longest wait of any part."""

CODEC: Final = scene.Remembering(default_codec())

Happening = Callable[["World", int], str | None]


class World:
    """told: the answers that clients have got to their acknowledged commands. limbo: batches that producers have given
    up, which may land all the same; late: commands of that kind. luck, freezes: what the next one will meet. retired:
    fenced generations, each with its last position. done: steps that did something."""

    def __init__(self) -> None:
        CODEC.forget()
        self.codec = CODEC
        self.now_ms = 0
        self.log = Log(self.codec)
        self.store = ReadStore(self.codec, 1)
        self.provider = Provider()
        self.limits = WIDE
        self.committed = (0, "")
        self.limbo: list[Send] = []
        self.faults = True
        self.freezes = False
        self.luck = ""
        self.late: list[tuple[CommandMeta, Command]] = []
        self.asked: list[tuple[CommandMeta, Command]] = []
        self.told: dict[tuple[str, str], Outcome | None] = {}
        self.retired: list[tuple[ReadStore, Anchor]] = []
        self.done: Counter[str] = Counter()
        self._born = 0
        self._messages = 0
        self.writers = [Writer(self, self._next(), self.store.position)]
        self.projectors = [Projector(self, self._next(), self.store.position)]
        self.runners = [Runner(self, self._next(), 0)]

    @property
    def now(self) -> datetime:
        return scene.at(self.now_ms)

    def _next(self) -> int:
        self._born += 1
        return self._born

    def do(self, name: str, n: int) -> str | None:
        """One step. Returns what happened, None if nothing."""
        happened = STEPS[name](self, n)
        if happened is not None:
            self.done[name] += 1
            self.now_ms += 1
            self._bury()
            self.check_now()
        return happened

    def _bury(self) -> None:
        """Who has ended is followed by a new one, if none is left."""
        for writer in self.writers:
            if writer.gone:
                self.limbo += writer.sends
        self.writers = [writer for writer in self.writers if not writer.gone]
        if not self.writers:
            self.writers = [Writer(self, self._next(), self.store.position)]
        self.projectors = [projector for projector in self.projectors if not projector.gone]
        if not self.projectors:
            self.projectors = [Projector(self, self._next(), self.store.position)]

    # What is true at every moment.

    def check_now(self) -> None:
        known = self.log.judge.anchors
        for writer in self.writers:
            anchor = writer.core.anchor
            assert known.get(anchor.head) == anchor, f"{writer} has promoted what does not count"
        for store, last in self.retired:
            assert store.position == last, "a fenced generation was written to"
        position = self.store.position
        assert known.get(position.head) == position, "the projector has written what does not count"

    def call(self, call: ChunkCall, tag: str, *, froze: bool) -> Answered:
        """A runner calls the provider. froze: just before, so that it could not know how late it is."""
        allowed = any(
            isinstance(recorded.event, ChunkAttempted) and recorded.event.claim == call.claim
            for commit in self.log.judge.accepted
            for recorded in commit.events
        )
        assert allowed, "a call that the log has not allowed"
        late = self.now_ms / 1000 - call.started > BUDGET_S
        assert froze or not late, "a call that comes too late"
        return self.provider.call(call.row.journey, call.row.key, tag, call.claim)

    # Clients.

    def submit(self, meta: CommandMeta, command: Command) -> str:
        """A command is produced: `written`, `unsure` (written, nobody was told), `late` (not yet), or `lost`."""
        luck, self.luck = self.luck or "written", ""
        if luck == "late":
            self.late.append((meta, command))
        elif luck != "lost":
            self.log.ask(meta, command, self.now_ms)
        if luck == "written":
            self.told.setdefault((meta.journey, meta.command_id), None)
        return luck

    def _ask(self, asked: scene.Asked) -> str:
        meta, command = asked
        self.asked.append(asked)
        return f"{command.TOPIC} to {_lead(meta.journey)} ({self.submit(meta, command)})"

    def message(self, n: int) -> str:
        self._messages += 1
        return self._ask(scene.message(scene.lead_of(n), self._messages))

    def odd(self, n: int) -> str:
        self._messages += 1
        lead, number = scene.lead_of(n // 5), self._messages
        match n % 5:
            case 0:
                return self._ask(scene.forbidden(lead, number))
            case 1:
                self.log.commands.append(_garbage(number), self.now_ms)
                return "bytes that are no command"
            case wish:
                return self._ask(scene.message(lead, number, ("!crash", "!half", "!nothing")[wish - 2]))

    def again(self, n: int) -> str | None:
        """An earlier command once more: a client that was not told, or does not believe it."""
        if not self.asked:
            return None
        return "again: " + self._ask(self.asked[-1 - n % len(self.asked)])

    def people(self, n: int) -> str:
        self._messages += 1
        return self._ask(scene.floor(scene.lead_of(n // 2), self._messages, take=bool(n % 2)))

    def look(self, n: int) -> str | None:
        """A client looks its answer up: once given, it stays."""
        asked = list(self.told)
        if not asked:
            return None
        pair = asked[-1 - n % len(asked)]
        outcome = self.store.outcome(*pair)
        if outcome is None:
            return None
        before = self.told[pair]
        assert before is None or before == outcome, "the same id has two answers"
        self.told[pair] = outcome
        return f"a client is told {'accepted' if outcome.accepted else outcome.code}"

    def bad_luck(self, n: int) -> str:
        """Of the next command that anybody sends."""
        self.luck = ("unsure", "late", "lost")[n % 3]
        return f"the next command will be {self.luck}"

    def arrive(self, n: int) -> str | None:
        if not self.late:
            return None
        meta, command = self.late.pop(n % len(self.late))
        self.log.ask(meta, command, self.now_ms)
        return f"a late {command.TOPIC} arrives"

    def echo(self, n: int) -> str | None:
        """The provider's webhook of a message that it took."""
        if not self.provider.echoes:
            return None
        taken = self.provider.echoes.pop(n % len(self.provider.echoes))
        return self._ask(scene.echo(_id(taken.journey), taken.provider_id, taken.tag))

    # Writers.

    def write(self, n: int) -> str | None:
        return _one([work for writer in self.writers for work in writer.works()], n)

    def land(self, n: int) -> str | None:
        return self._writer(n).land(n // 2)

    def tear(self, n: int) -> str | None:
        return self._writer(n).tear(n // 2)

    def acknowledge(self, n: int) -> str | None:
        return self._writer(n).acknowledge(n // 2)

    def misanswer(self, n: int) -> str | None:
        return self._writer(n).misanswer(n // 2)

    def time_out(self, n: int) -> str | None:
        return self._writer(n).time_out(n // 2)

    def tick(self, n: int) -> str | None:
        return self._writer(n).tick()

    def _writer(self, n: int) -> Writer:
        return self.writers[n % len(self.writers)]

    def land_late(self, n: int) -> str | None:
        """What an abandoned producer still had reaches the log now."""
        if not self.limbo:
            return None
        send = self.limbo.pop(n % len(self.limbo))
        return f"an abandoned batch of {len(send.records)} lands at {self.log.write(send.records)}"

    def crash_writer(self, n: int) -> str:
        writer = self.writers.pop(n % len(self.writers))
        self.limbo += writer.sends
        self.writers.append(Writer(self, self._next(), self._anchor(n)))
        return f"{writer} dies; {self.writers[-1]} begins"

    def second_writer(self, n: int) -> str | None:
        """The group gives the partition away. The owner before learns of it when it asks, or not yet."""
        if len(self.writers) > 2:
            return None
        self.writers.append(Writer(self, self._next(), self._anchor(n)))
        return f"{self.writers[-1]} begins beside {', '.join(map(str, self.writers[:-1]))}"

    def fence(self, _: int) -> str | None:
        """All but the newest are fenced, from now on."""
        old = [writer for writer in self.writers[:-1] if not writer.fenced]
        for writer in old:
            writer.fenced = True
        return f"the group fences {', '.join(map(str, old))}" if old else None

    def _anchor(self, n: int) -> Anchor:
        """The position of the journal: now, or as a slow start read it."""
        return self._older() if n % 4 == 3 else self.store.position

    def _older(self) -> Anchor:
        anchors = list(self.log.judge.anchors.values())
        before = [a for a in anchors if a.next_offset <= self.store.position.next_offset]
        return before[len(before) // 2]

    def memory(self, n: int) -> str | None:
        """Of writers that begin from now on."""
        limits = NARROW if n % 2 else WIDE
        if limits is self.limits:
            return None
        self.limits = limits
        return f"new writers have {limits.memory} bytes"

    # Projectors and the read database.

    def project(self, n: int) -> str | None:
        return _one([work for projector in self.projectors for work in projector.works()], n)

    def lose_transaction(self, n: int) -> str | None:
        return self.projectors[n % len(self.projectors)].lose_transaction(n // 2)

    def crash_projector(self, n: int) -> str:
        projector = self.projectors.pop(n % len(self.projectors))
        self.projectors.append(Projector(self, self._next(), self.store.position))
        return f"{projector} dies; {self.projectors[-1]} begins"

    def second_projector(self, n: int) -> str | None:
        if len(self.projectors) > 2:
            return None
        anchor = self._older() if n % 3 == 2 else self.store.position
        self.projectors.append(Projector(self, self._next(), anchor))
        return f"{self.projectors[-1]} begins beside another, at {anchor.next_offset}"

    def flip(self, _: int) -> str | None:
        """A rebuild: the log into a new generation, the old one fenced, leases gone."""
        if self.store.generation > 2:
            return None
        new = ReadStore(self.codec, self.store.generation + 1)
        commits = self.log.judge.accepted
        for start in range(0, len(commits), 3):
            new.write(commits[start : start + 3], new.generation)
        self.store.state = FENCED
        self.retired.append((self.store, self.store.position))
        self.store = new
        self.projectors.append(Projector(self, self._next(), new.position))
        return f"generation {new.generation} is shown, rebuilt up to {new.position.next_offset}"

    def notify(self, made: Plan) -> None:
        """The projector's word reaches who listens."""
        cancelled = [id_ for progress in made.progress for id_ in progress.cancelled]
        for runner in self.runners:
            runner.notices += cancelled

    # Runners and the provider.

    def run(self, n: int) -> str | None:
        return _one([work for runner in self.runners for work in runner.works()], n)

    def crash_runner(self, n: int) -> str:
        runner = self.runners.pop(n % len(self.runners))
        self.runners.append(Runner(self, self._next(), self.log.judge.end))
        return f"{runner} dies with {len(runner.jobs)} jobs; {self.runners[-1]} begins"

    def second_runner(self, _: int) -> str | None:
        if len(self.runners) > 1:
            return None
        self.runners.append(Runner(self, self._next(), self.log.judge.end))
        return f"{self.runners[-1]} begins beside {self.runners[0]}"

    def freeze(self, _: int) -> str | None:
        if self.freezes:
            return None
        self.freezes = True
        return "who calls the provider next will freeze before it"

    def thaw(self, _: int) -> str | None:
        woken = [runner for runner in self.runners if runner.frozen]
        for runner in woken:
            runner.frozen = False
        return f"{', '.join(map(str, woken))} goes on" if woken else None

    def fate(self, n: int) -> str:
        self.provider.fate = list(Fate)[n % len(Fate)]
        self.provider.hides = n == 7
        return f"the next call will be {self.provider.fate.value}"

    # Time and the rest.

    def wait(self, n: int) -> str:
        self.now_ms += WAITS_MS[n % len(WAITS_MS)]
        return f"{WAITS_MS[n % len(WAITS_MS)]} ms pass"

    def foreign(self, n: int) -> str:
        return f"somebody writes {self.log.foreign(n)}"

    def calm(self, n: int) -> str | None:
        """All goes well for a while, so that trouble meets it at every point."""
        for _ in range(1 + n):
            if not self.round():
                self._pass_time()
        return f"all goes well for {1 + n} rounds"

    def round(self) -> bool:
        """Everybody does what there is to do, once. Whether there was anything."""
        moved = 0
        for writer in list(self.writers):
            for work in writer.works():
                moved += work(3) is not None
            while writer.sends and not writer.gone:
                moved += writer.land(0) is not None
            while writer.landed:
                moved += writer.acknowledge(0) is not None
            moved += writer.tick() is not None
        others: list[Part] = [*self.projectors, *self.runners]
        for part in others:
            for work in part.works():
                if not part.gone:
                    moved += work(3) is not None
        self._bury()
        if moved:
            self.now_ms += 1
            self.check_now()
        return moved > 0

    def _pass_time(self) -> None:
        """To when something will be due."""
        times = [ms for runner in self.runners for ms in runner.next_ms()]
        due = self.store.next_due(self.now)
        if due is not None:
            times.append(int((due - scene.START).total_seconds() * 1000) + 1)
        later = [ms for ms in times if ms > self.now_ms]
        self.now_ms = min(later, default=self.now_ms + 1_000)

    def settle(self) -> None:
        """Faults cease: the newest of each goes on, and everything must come to rest."""
        self.faults = False
        self.freezes, self.luck, self.provider.fate = False, "", Fate.FINE
        while self.late:
            self.arrive(0)
        self.limbo.clear()
        self.writers, self.projectors = self.writers[-1:], self.projectors[-1:]
        self.thaw(0)
        until_ms, rounds = self.now_ms + PEACE_MS, 0
        while (moved := self.round()) or not self.rests:
            rounds += 1
            assert rounds < ROUNDS, f"it does not come to rest: {self._unrest()}"
            assert self.now_ms < until_ms, f"it does not come to rest in {PEACE_MS} ms: {self._unrest()}"
            if not moved:
                self._pass_time()
        self.check_now()

    @property
    def parts(self) -> list[Part]:
        return [*self.writers, *self.projectors, *self.runners]

    @property
    def rests(self) -> bool:
        """Every command answered and projected, every effect done."""
        return (
            all(part.rests for part in self.parts)
            and self.store.position.next_offset == self.log.judge.end
            and not self.store.open_effects()
        )

    def _unrest(self) -> str:
        restless = [str(part) for part in self.parts if not part.rests]
        effects = [f"{row['kind']} {row['state']}" for row in self.store.open_effects()]
        return (
            f"{restless}, open effects {effects}, projected {self.store.position.next_offset} of {self.log.judge.end}"
        )


def _one(works: Iterable[Work], n: int) -> str | None:
    found = list(works)
    return found[n % len(found)](n // len(found) + n) if found else None


def _garbage(number: int) -> Outgoing:
    return Outgoing(b"lead/garbage", b"%d" % number, ())


def _id(journey: str) -> str:
    return journey.split("/", 1)[1]


def _lead(journey: str) -> str:
    names = {derived("lead", name): name for name in scene.NAMES}
    return names[_id(journey)]


STEPS: Final[dict[str, Happening]] = {
    "message": World.message,
    "odd": World.odd,
    "again": World.again,
    "people": World.people,
    "look": World.look,
    "bad luck": World.bad_luck,
    "arrive": World.arrive,
    "echo": World.echo,
    "write": World.write,
    "land": World.land,
    "acknowledge": World.acknowledge,
    "tear": World.tear,
    "misanswer": World.misanswer,
    "time out": World.time_out,
    "tick": World.tick,
    "land late": World.land_late,
    "crash writer": World.crash_writer,
    "second writer": World.second_writer,
    "fence": World.fence,
    "memory": World.memory,
    "project": World.project,
    "lose transaction": World.lose_transaction,
    "crash projector": World.crash_projector,
    "second projector": World.second_projector,
    "flip": World.flip,
    "run": World.run,
    "crash runner": World.crash_runner,
    "second runner": World.second_runner,
    "freeze": World.freeze,
    "thaw": World.thaw,
    "fate": World.fate,
    "wait": World.wait,
    "foreign": World.foreign,
    "calm": World.calm,
}
