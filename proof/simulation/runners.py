"""One effect runner's process. Its jobs are generators: wherever one waits, its process may die, freeze or be late.

What is decided is the product's own (`streams.runner.core`, `streams.effects.one_call`, …); what waits, sends and looks
is the model's, as `streams/runner/runner.py` and `streams/commander.py` do it for real.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from domain.conversation import commands as k
from domain.conversation import events as c
from domain.effect.commands import AbandonEffect
from domain.effect.kinds import EffectKind
from domain.kernel.command import Command, CommandMeta
from domain.kernel.ids import derived, id_of
from eventlog.model import Recorded
from projections.read.effects import EffectRow
from projections.read.outcomes import Outcome
from proof.simulation.provider import Answered
from proof.simulation.scene import answer
from proof.simulation.writers import Work
from streams.commander import AGAIN_S, SETTLE_S, WAIT_S, meta_of
from streams.effects import resolve
from streams.effects.chunk import ChunkCall
from streams.effects.one_call import BUDGET_S, Call
from streams.effects.opened import lead_of
from streams.effects.simple import ended
from streams.runner import core
from streams.runner.core import Again, Done, Ended

if TYPE_CHECKING:
    from proof.simulation.world import World

CALL_MS: Final = 4_000
"""Time-out of a call to the provider."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Send once and wait: the outcome, or None when nobody knows (yet)."""

    meta: CommandMeta
    command: Command
    wait_s: float


@dataclass(frozen=True, slots=True)
class Typing:
    """Time passes; a cancel may end it."""


@dataclass(frozen=True, slots=True)
class Calling:
    """The one call goes out. A process that freezes here calls when it wakes."""

    call: ChunkCall
    tag: str


Steps = Generator[Ask | Typing | Calling, Any, Ended]


@dataclass(slots=True, eq=False)
class Job:
    row: EffectRow
    steps: Steps
    waits: Ask | Typing | Calling | None = None
    deadline_ms: int | None = None
    cancelled: bool = False
    froze: bool = False
    ended: Ended | None = None


@dataclass(slots=True, eq=False)
class Runner:
    """frozen: SIGSTOP just before a call. gate: what the projector has to pass before anything starts."""

    world: World
    number: int
    gate: int
    frozen: bool = False
    gone: bool = False
    jobs: list[Job] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    claims: int = 0
    renewed_ms: int = 0

    def __str__(self) -> str:
        return f"runner {self.number}"

    # What it could do next.

    def works(self) -> list[Work]:
        if self.frozen:
            return []
        found: list[Work] = [self._work(job) for job in self.jobs if self._ready(job)]
        found += [self._notice] * bool(self.notices)
        if self.jobs and self.world.now_ms >= self.renewed_ms + core.LEASE.total_seconds() * 1000 / 3:
            found.append(self._renew)
        store = self.world.store
        if store.live and store.position.next_offset >= self.gate and self._something_due():
            found.append(self._claim)
        return found

    @property
    def rests(self) -> bool:
        return not self.jobs

    def next_ms(self) -> list[int]:
        """When time alone will give it something to do."""
        return [job.deadline_ms for job in self.jobs if job.deadline_ms is not None]

    def _something_due(self) -> bool:
        now, leases = self.world.now, self.world.store.leases
        return any(
            row["state"] == "pending"
            and row["due_at"] <= now
            and not ((lease := leases.get(row["id"])) and lease.version == row["version"] and lease.until > now)
            for row in self.world.store.open_effects()
        )

    def _ready(self, job: Job) -> bool:
        match job.waits:
            case Ask() as ask if job.deadline_ms is not None:
                return self._outcome(ask) is not None or self.world.now_ms >= job.deadline_ms
            case _:
                return True

    # Its shell's work.

    def _claim(self, _: int) -> str | None:
        free = core.free_slots(job.row.kind for job in self.jobs)
        rows = self.world.store.claim(str(self), free, core.LEASE, self.world.now)
        for row in rows:
            if not self.jobs:
                self.renewed_ms = self.world.now_ms
            self.jobs.append(Job(row, self._steps(row)))
        return f"{self} leases {', '.join(row.kind for row in rows)}" if rows else None

    def _renew(self, _: int) -> str:
        self.renewed_ms = self.world.now_ms
        for job in self.jobs:
            self.world.store.release(job.row, self.world.now + core.LEASE, worker=str(self))
        return f"{self} renews its leases"

    def _notice(self, _: int) -> str:
        """The projector's word of what was cancelled."""
        ids, self.notices = set(self.notices), []
        for job in self.jobs:
            job.cancelled |= job.row.id in ids
        return f"{self} hears what was cancelled"

    def _work(self, job: Job) -> Work:
        def work(_: int) -> str:
            return f"{self}, {job.row.kind}: {self._step(job)}"

        return work

    def _step(self, job: Job) -> str:
        match job.waits:
            case Typing() if job.cancelled:
                job.steps.close()
                return self._over(job, Done())
            case Ask() as ask:
                return self._submit(job, ask) if job.deadline_ms is None else self._hear(job, ask)
            case Calling(call, tag):
                fate = self.world.provider.fate
                got = self.world.call(call, tag, froze=job.froze)
                return f"the call is {fate.value}; {self._send(job, got)}"
            case _:
                return self._send(job, None)

    def _submit(self, job: Job, ask: Ask) -> str:
        told = self.world.submit(ask.meta, ask.command)
        if told == "lost":
            return f"{ask.command.TOPIC} cannot be sent; {self._send(job, None)}"
        job.deadline_ms = self.world.now_ms + int(ask.wait_s * 1000)
        return f"{ask.command.TOPIC} sent ({told})"

    def _hear(self, job: Job, ask: Ask) -> str:
        outcome = self._outcome(ask)
        said = "no outcome" if outcome is None else "accepted" if outcome.accepted else f"refused {outcome.code}"
        return f"{ask.command.TOPIC}: {said}; {self._send(job, outcome)}"

    def _send(self, job: Job, value: Outcome | Answered | None) -> str:
        """On to where the job waits next."""
        job.deadline_ms = None
        try:
            job.waits = job.steps.send(value) if job.waits is not None else next(job.steps)
        except StopIteration as stop:
            return self._over(job, stop.value)
        if isinstance(job.waits, Calling):
            if self.world.freezes:
                self.world.freezes, self.frozen, job.froze = False, True, True
                return "may call, and freezes"
            return self._step(job)
        return f"next {type(job.waits).__name__.lower()}"

    def _over(self, job: Job, result: Ended) -> str:
        """As the real runner's end of an effect."""
        row = job.row
        if job.ended is None:
            step = core.after(result, tries=max(0, row.tries - 1), refusals=row.refusals, jitter=0.5)
            if step.abandon is not None:
                job.ended, job.steps, job.waits = result, self._give_up(row, step.abandon), None
                return f"{result}: given up"
        else:
            result = job.ended
            step = core.after(result, tries=max(0, row.tries - 1), refusals=row.refusals, jitter=0.5)
        self.world.store.release(row, self.world.now + step.hold, worker=str(self), refused=step.refused)
        self.jobs.remove(job)
        return f"{result}"

    def _outcome(self, ask: Ask) -> Outcome | None:
        return self.world.store.outcome(ask.meta.journey, ask.meta.command_id)

    # The effects, as `streams/effects/` has them.

    def _steps(self, row: EffectRow) -> Steps:
        handlers = {
            EffectKind.CLOSE_TURN: self._close_turn,
            EffectKind.REPLY: self._reply,
            EffectKind.CHUNK: self._chunk,
            EffectKind.RESOLVE: self._resolve,
        }
        return handlers[row.kind](row)

    def _cause(self, row: EffectRow) -> Recorded | None:
        return self.world.store.event_at(row.journey, row.stream, row.opened_version)

    def _fresh(self) -> str:
        self.claims += 1
        return derived("simulated claim", str(self), self.claims)

    def _close_turn(self, row: EffectRow) -> Steps:
        cause = self._cause(row)
        if cause is None:
            return Again("moved")
        names = {"lead": lead_of(row), "conversation": id_of(row.stream)}
        command = k.CloseTurn(**names, turn=row.key, last_message=row.version)
        return ended((yield Ask(meta_of(cause, row, self._fresh(), command), command, WAIT_S)))

    def _reply(self, row: EffectRow) -> Steps:
        cause = self._cause(row)
        if cause is None or not isinstance(cause.event, c.TurnClosed):
            return Again("moved")
        yield Typing()
        command = answer(lead_of(row), cause.event.reply, 1 + len(cause.event.messages) % 2)
        return ended((yield from self._settle(meta_of(cause, row, self._fresh(), command), command)))

    def _chunk(self, row: EffectRow) -> Steps:
        cause = self._cause(row)
        if cause is None or not isinstance(cause.event, c.ReplyGenerated):
            return Again("moved")
        yield Typing()
        tag = next(chunk.tag for chunk in cause.event.chunks if chunk.chunk == row.key)
        call = ChunkCall(row, self._fresh(), self.world.now_ms / 1000, CALL_MS)
        attempt = call.attempt()
        outcome = yield Ask(meta_of(cause, row, call.claim, attempt), attempt, BUDGET_S)
        step = call.outcome(outcome, now=self.world.now_ms / 1000, cancelled=self._is_cancelled(row))
        if isinstance(step, Call):
            result = call.answered((yield Calling(call, tag)))
            if result is None:
                return Done()
            step = result
        if isinstance(step, Command):
            return call.over((yield from self._settle(meta_of(cause, row, call.claim, step), step)))
        return step

    def _is_cancelled(self, row: EffectRow) -> bool:
        return any(job.cancelled for job in self.jobs if job.row.id == row.id)

    def _resolve(self, row: EffectRow) -> Steps:
        cause = self._cause(row)
        if cause is None or not isinstance(cause.event, c.ChunkAttempted):
            return Again("moved")
        found = self.world.provider.find(row.key)
        command = resolve.result_of(row, cause.event.claim, found)
        return ended((yield Ask(meta_of(cause, row, self._fresh(), command), command, WAIT_S)))

    def _give_up(self, row: EffectRow, code: str) -> Steps:
        cause = self._cause(row)
        if cause is not None:
            command = AbandonEffect(stream=row.stream, kind=row.kind.value, key=row.key, code=code)
            yield Ask(meta_of(cause, row, self._fresh(), command), command, WAIT_S)
        return Done()

    def _settle(self, meta: CommandMeta, command: Command) -> Generator[Ask, Any, Outcome | None]:
        """The same command, same id, until its outcome is known."""
        until_ms = self.world.now_ms + int(SETTLE_S * 1000)
        while True:
            outcome: Outcome | None = yield Ask(meta, command, AGAIN_S)
            if outcome is not None or self.world.now_ms > until_ms:
                return outcome
