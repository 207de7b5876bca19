"""What became of commands: the log by the rule against what must be, and what a reader applied against the log."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from eventlog.codec import Codec
from eventlog.model import LogRecord
from proof.oracle.chain import Chain
from proof.oracle.decided import Answer, answer, wanted
from proof.tally import EXAMPLES, Tally

Id = tuple[str, str]
"""(journey, command id)."""


@dataclass(slots=True)
class Verdict:
    """open: commands after a partition's last answered one. lost: acknowledged, and others were answered after them, or
    [commands] does not have them. doubled: answers whose id had one already. wrong: answers that are not what the
    command must lead to. voids: records that do not count. claimed_twice: complete commits beyond those that count.
    log_of: partition → answers that count.
    """

    sent: int = 0
    answers: int = 0
    lost: int = 0
    open: int = 0
    doubled: int = 0
    wrong: int = 0
    voids: int = 0
    claimed_twice: int = 0
    applied: int = 0
    log_of: dict[int, list[Answer]] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)

    def log(
        self, commands: Sequence[LogRecord], events: Iterable[LogRecord], chain: Chain, codec: Codec
    ) -> list[Answer]:
        """Of one partition: judges its log. chain: at genesis. The answers that count."""
        have = [answer(each.command, [codec.decode(value) for value in each.values]) for each in chain.read(events)]
        self.voids += chain.void + chain.pending
        self.claimed_twice += chain.claims - len(have)
        self.answers += len(have)
        self._compare("the log", wanted(commands, codec), have)
        return have

    def reader(self, log: Sequence[Answer], applied: Sequence[Answer]) -> None:
        """Of one partition: judges what a reader did with it."""
        self.applied += len(applied)
        self._compare("the reader", log, applied)

    def acknowledged(self, ids: Collection[Id], there: Collection[Id]) -> None:
        """ids: of which the broker said that it has them. there: those that [commands] has."""
        self.sent += len(ids)
        for gone in set(ids) - set(there):
            self.lost += 1
            self._show(f"acknowledged, and not in [commands]: {gone}")

    def _compare(self, who: str, must: Sequence[Answer], have: Sequence[Answer]) -> None:
        right = {(each.journey, each.command_id): each for each in must}
        found: dict[Id, Answer] = {}
        for each in have:
            id_ = (each.journey, each.command_id)
            if id_ in found:
                self.doubled += 1
                self._show(f"{who} has twice: {each}")
            elif right.get(id_) != each:
                self.wrong += 1
                self._show(f"{who} has {each}, must be {right.get(id_)}")
            found.setdefault(id_, each)
        last = max((each.offset for each in have), default=-1)
        for id_, each in right.items():
            if id_ not in found:
                passed_over = each.offset < last
                self.lost += passed_over
                self.open += not passed_over
                self._show(f"{who} {'passed over' if passed_over else 'did not reach'} {each}")

    def _show(self, example: str) -> None:
        if len(self.examples) < EXAMPLES:
            self.examples.append(example)

    def tally(self, n: int, facts: Mapping[str, float]) -> Tally:
        own = {
            "commands_acknowledged": self.sent,
            "commits": self.answers,
            "commits_applied_by_a_reader": self.applied,
            "void_records": self.voids,
        }
        return Tally(
            n,
            lost=self.lost,
            doubled=self.doubled,
            phantom=self.wrong,
            unresolved=self.open,
            facts={**own, **facts},
            examples=tuple(self.examples),
        )

    def assert_clean(self) -> None:
        assert (self.lost, self.open, self.doubled, self.wrong) == (0, 0, 0, 0), self
