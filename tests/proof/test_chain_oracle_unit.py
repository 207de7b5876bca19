"""The chain rule written twice: the oracle's and the reader's agree on whatever falls into a log."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from eventlog.model import Anchor
from eventlog.reader import Reader, Void
from proof.oracle.chain import Chain, genesis
from proof.simulation.histories import histories
from proof.simulation.log import FOREIGN
from proof.simulation.scene import origin
from proof.simulation.script import Step, play
from proof.simulation.world import CODEC


def test_genesis_is_the_same() -> None:
    anchor = Anchor.genesis(cluster_id="ünïque", topic="legion.events", partition=3, epoch=2)
    assert genesis("ünïque", "legion.events", 3, 2) == anchor.head


@given(histories(profiles=["log"]))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_both_count_the_same_commits_and_voids(steps: list[Step]) -> None:
    log = play(steps).log
    for n in range(FOREIGN):  # so that each kind of void is there
        log.foreign(n)
    reader, chain = Reader(origin(), CODEC), Chain(origin().head)
    accepted, counted = reader.feed(log.events.records), chain.read(log.events.records)
    assert [(each.command_offset, each.journey) for each in accepted] == [(c.command, c.journey) for c in counted]
    assert sum(reader.voids.values()) == chain.void
    if accepted:
        assert set(reader.voids) == set(Void) - {Void.FOREIGN_EPOCH}
