"""The history of operations, as clients saw it: who asked when, was told what and when, read what and when.

Each stream's versions are a total order, so one walk along them is enough: no search, linear time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from proof.oracle.decided import Answer
from proof.tally import EXAMPLES, Tally


class Told(NamedTuple):
    """at: s, of the clients' clock."""

    at: float
    answer: Answer


@dataclass(slots=True)
class History:
    """invoked: id → when it was asked first. told: id → its first answer. operations: asked and answered, and reads."""

    invoked: dict[str, float] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    operations: int = 0
    reads: int = 0
    repeated: int = 0
    stale: int = 0
    contradicted: int = 0
    backwards: int = 0
    gaps: int = 0
    examples: list[str] = field(default_factory=list)
    _completed: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def ask(self, id_: str, at: float) -> None:
        self.invoked.setdefault(id_, at)

    def tell(self, answer: Answer, at: float) -> None:
        """The answer reached whoever waits for it."""
        before = self.told.setdefault(answer.command_id, Told(at, answer))
        if before.answer != answer:
            self.contradicted += 1
            self._show(f"the same id, another answer: {before.answer} then {answer}")
        for stream, version, _ in answer.events:
            self._completed[stream] = max(self._completed[stream], version)

    def completed(self, stream: str) -> int:
        """The highest version that anybody was told of: a read that begins now may not see less."""
        return self._completed[stream]

    def read(self, stream: str, version: int, least: int) -> None:
        """least: `completed` when it was asked."""
        self.operations += 1
        self.reads += 1
        if version < least:
            self.stale += 1
            self._show(f"{stream} was read at version {version}, {least} had been answered before")

    def judge(self, log: Mapping[int, Sequence[Answer]]) -> None:
        """Once it is over: what stands in the log must be one order that everybody can have seen."""
        latest: dict[str, tuple[int, float]] = {}
        for answers in log.values():
            for answer in answers:
                self._agrees(answer)
                for stream, version, _ in answer.events:
                    last, asked = latest.get(stream, (0, 0.0))
                    if version != last + 1:
                        self.gaps += 1
                        self._show(f"{stream}: version {version} after {last}")
                    told = self.told.get(answer.command_id)
                    if told is not None and told.at < asked:
                        self.backwards += 1
                        self._show(f"{stream}: version {version} was answered before a smaller one was asked for")
                    latest[stream] = version, max(asked, self.invoked.get(answer.command_id, asked))

    def _agrees(self, answer: Answer) -> None:
        told = self.told.get(answer.command_id)
        if told is not None and told.answer != answer:
            self.contradicted += 1
            self._show(f"told {told.answer}, the log says {answer}")

    def _show(self, example: str) -> None:
        if len(self.examples) < EXAMPLES:
            self.examples.append(example)

    def tally(self) -> Tally:
        """n: operations."""
        return Tally(
            self.operations,
            phantom=self.stale + self.contradicted + self.backwards + self.gaps,
            facts={"reads": self.reads, "ids_asked_again": self.repeated},
            examples=tuple(self.examples),
        )
