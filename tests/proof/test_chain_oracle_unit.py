"""The chain rule written twice: the oracle's and the reader's agree on whatever falls into a log."""

from __future__ import annotations

import random

import pytest

from eventlog.chain import HEADER, Link
from eventlog.codec import Codec
from eventlog.model import Anchor, Outgoing
from eventlog.reader import Reader, Void
from proof.ground.tallies import make_codec
from proof.oracle.chain import Chain, genesis
from tests.commands.world import World


@pytest.fixture(scope="module")
def codec(tmp_path_factory: pytest.TempPathFactory) -> Codec:
    return make_codec(tmp_path_factory.mktemp("avro"))


def test_genesis_is_the_same() -> None:
    anchor = Anchor.genesis(cluster_id="ünïque", topic="legion.events", partition=3, epoch=2)
    assert genesis("ünïque", "legion.events", 3, 2) == anchor.head


def test_both_count_the_same_commits_and_voids(codec: Codec) -> None:
    kinds: set[Void] = set()
    for seed in range(12):
        rng = random.Random(seed)
        world = World(codec)
        world.run([rng.randrange(10**6) for _ in range(260)])
        stale = Link(0, 0, 0, 1, world.topics.anchors[-1].head)
        world.topics.append([Outgoing(b"lead/1", b"an old command again", ((HEADER, stale.text()),))])
        anchor = world.topics.anchors[0]
        reader, chain = Reader(anchor, codec), Chain(anchor.head)
        accepted, counted = reader.feed(world.topics.events), chain.read(world.topics.events)
        assert [(each.command_offset, each.journey) for each in accepted] == [(c.command, c.journey) for c in counted]
        assert sum(reader.voids.values()) == chain.void
        kinds |= reader.voids.keys()
    assert kinds == set(Void) - {Void.FOREIGN_EPOCH}  # the worlds hold what the rule speaks of
