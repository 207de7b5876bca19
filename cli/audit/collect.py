"""Walks partitions as far as a checkpoint covers them, and keeps the commits that are wanted with their place."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from domain.kernel.errors import Corrupt, NotFound
from eventlog.checkpoint import Place, Signed
from eventlog.consumer import LogConsumer
from eventlog.merkle import Tree
from eventlog.model import Commit
from eventlog.proof import Collected, Proven

POLL_MS: Final = 500


async def collect(
    bootstrap: str, place: Place, signed: Signed, partitions: Collection[int], wanted: Callable[[Commit], bool]
) -> Collected:
    """Raises Corrupt `not_what_was_signed` where the log is not what the checkpoint says, NotFound `not_in_checkpoint`
    when it covers none of what is wanted."""
    if signed.checkpoint.place != place:
        raise Corrupt("checkpoint_of_another_log", f"{signed.checkpoint.place}, this is {place}")
    found = Collected(signed, {number: Tree() for number in partitions})
    anchors = [anchor for anchor in place.genesis() if anchor.partition in found.trees]
    consumer = LogConsumer(bootstrap, place.topic, anchors, cluster=place.cluster)
    await consumer.start()
    try:
        ends = await consumer.end_offsets()
        while not await consumer.caught_up(ends):
            for number, commits in (await consumer.poll(POLL_MS)).items():
                _keep(found, number, commits, wanted)
    finally:
        await consumer.stop()
    for number, tree in found.trees.items():
        head = signed.checkpoint.heads[number]
        if (tree.size, tree.root()) != (head.size, head.root):
            raise Corrupt("not_what_was_signed", f"partition {number}, checkpoint {signed.checkpoint.number}")
    if not found.proven:
        raise NotFound("not_in_checkpoint", f"checkpoint {signed.checkpoint.number}; {found.later} commits after it")
    found.proven.sort(key=lambda one: (one.commit.partition, one.index))
    return found


def _keep(found: Collected, partition: int, commits: list[Commit], wanted: Callable[[Commit], bool]) -> None:
    tree, covered = found.trees[partition], found.signed.checkpoint.heads[partition].size
    for commit in commits:
        if tree.size == covered:
            found.later += wanted(commit)
            continue
        if wanted(commit):
            found.proven.append(Proven(tree.size, commit))
        tree.append(commit.leaf)
