"""An auditor's walk: what the rule accepts, held against what was signed. Pure; `cli/audit/verify.py` walks the broker.

Each finding says where: the first offset of its partition at which something may be wrong, and the one at which all
that it speaks of is over. A record that was altered lies in between.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from domain.kernel.errors import Corrupt
from eventlog.checkpoint import Head, Place, Signed, check_succession
from eventlog.model import Commit
from eventlog.signer import Grown


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it must be. partition: None when it is about the checkpoints themselves.

    first, end: offsets of [events], end exclusive; None: nobody knows how far.
    """

    code: str
    detail: str
    partition: int | None = None
    first: int | None = None
    end: int | None = None

    def covers(self, partition: int, offset: int) -> bool:
        """Whether it points at this place."""
        return (
            self.partition == partition
            and (self.first is None or self.first <= offset)
            and (self.end is None or offset < self.end)
        )


class Walk:
    """One walk from genesis. signed: what to hold it against, of any number of signers. partitions: which are walked;
    None: all.

    grown: every partition's head and tree as far as it was walked.
    """

    def __init__(self, place: Place, signed: Iterable[Signed] = (), partitions: Collection[int] | None = None) -> None:
        self._partitions = range(place.partitions) if partitions is None else partitions
        self.grown = [Grown(anchor) for anchor in place.genesis()]
        self._due: list[dict[int, list[tuple[Signed, Head]]]] = [{} for _ in self.grown]
        self._matched = [0] * len(self.grown)  # next offset of the last signed head that was met
        self._failed: dict[int, Finding] = {}
        self._elsewhere: list[Finding] = []
        for one in signed:
            self._expect(one, place)
        for partition in self._partitions:
            self._compare(partition)

    def _expect(self, one: Signed, place: Place) -> None:
        told = one.checkpoint
        if told.place != place:
            detail = f"checkpoint {told.number} is of {told.place}, this is {place}"
            self._elsewhere.append(Finding(code="checkpoint_of_another_log", detail=detail))
            return
        for partition in self._partitions:
            head = told.heads[partition]
            same = self._due[partition].setdefault(head.size, [])
            if not any(known == head for _, known in same):
                same.append((one, head))

    def take(self, partition: int, commits: Sequence[Commit]) -> None:
        """What the reader accepted next."""
        grown, due = self.grown[partition], self._due[partition]
        for commit in commits:
            grown.take(commit)
            if grown.size in due:
                self._compare(partition)

    def same(self, head: Head, partition: int) -> bool:
        """Whether the partition, as far as it was walked, is what was signed."""
        return head == self.grown[partition].head

    def _compare(self, partition: int) -> None:
        grown = self.grown[partition]
        for one, head in self._due[partition].pop(grown.size, ()):
            if self.same(head, partition):
                self._matched[partition] = head.anchor.next_offset
            elif partition not in self._failed:
                self._failed[partition] = Finding(
                    code="not_what_was_signed",
                    detail=f"commit {head.size} of partition {partition} is not the one of checkpoint "
                    f"{one.checkpoint.number}",
                    partition=partition,
                    first=self._matched[partition],
                    end=max(head.anchor.next_offset, grown.anchor.next_offset),
                )

    def end(self, strays: Mapping[int, range]) -> list[Finding]:
        """All that was found. strays: partition → the piece after which its chain does not go on."""
        found = [*self._elsewhere, *self._failed.values()]
        found += [_stray(partition, piece) for partition, piece in sorted(strays.items())]
        for partition, due in enumerate(self._due):
            if due and partition not in self._failed:
                found.append(self._short(partition, due[min(due)]))
        return found

    def _short(self, partition: int, signed: list[tuple[Signed, Head]]) -> Finding:
        grown, (one, head) = self.grown[partition], signed[0]
        return Finding(
            code="ends_before_what_was_signed",
            detail=f"partition {partition} has {grown.size} commits, checkpoint {one.checkpoint.number} says "
            f"{head.size}",
            partition=partition,
            first=self._matched[partition],
            end=head.anchor.next_offset,
        )


def _stray(partition: int, piece: range) -> Finding:
    """The record that was altered stands in the commit that counted last, or is what should have come after it."""
    return Finding(
        code="chain_does_not_go_on",
        detail=f"the commit at offset {piece.stop - 1} of partition {partition} does not follow what counts before it",
        partition=partition,
        first=piece.start,
        end=piece.stop,
    )


def compare_checkpoints(outside: Sequence[Signed], published: Sequence[Signed]) -> list[Finding]:
    """What was kept outside against what stands in [checkpoints], both in their order, by signer."""
    found: list[Finding] = []
    for key in dict.fromkeys(one.key for one in (*outside, *published)):
        kept, told = ([one for one in side if one.key == key] for side in (outside, published))
        both = sorted((*kept, *told), key=lambda one: one.checkpoint.number)
        for before, after in pairwise(both):
            try:
                check_succession(before, after)
            except Corrupt as error:
                found.append(Finding(code=error.code, detail=error.detail))
        last = max((one.checkpoint.number for one in kept), default=0)
        newest = max((one.checkpoint.number for one in told), default=0)
        if newest < last:
            detail = f"[checkpoints] ends with checkpoint {newest}, checkpoint {last} was kept outside"
            found.append(Finding(code="checkpoints_cut", detail=detail))
    return found
