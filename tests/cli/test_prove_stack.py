"""What `legion audit prove` and `export` collect, on a real log."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from cli.audit.collect import collect
from cli.signer.folder import CHECKPOINTS
from domain.kernel.errors import Corrupt, NotFound
from domain.kernel.ids import partition_of
from eventlog.checkpoint import Place, Signed
from eventlog.merkle import verify_inclusion
from tests.cli.signing import PARTITIONS, SignedLog, signed_log, until

pytestmark = pytest.mark.stack


@pytest.fixture
async def made(kafka: str, tmp_path: Path) -> SignedLog:
    """One message of the lead is younger than the checkpoint."""
    made = await signed_log(kafka, tmp_path)
    file = made.folder.path / CHECKPOINTS
    made.story.writes("what was said")
    await made.flush()

    def covered() -> bool:
        whole = [line for line in file.open("rb") if line.endswith(b"\n")] if file.exists() else []
        return bool(whole) and sum(h.size for h in Signed.read(whole[-1]).checkpoint.heads) == len(made.log.commits)

    async with made.signer():
        await until(covered)
    made.story.writes("later")
    await made.flush()
    return made


async def test_a_leads_commits_with_their_proofs_and_how_many_are_younger(
    made: SignedLog, kafka_admin: AIOKafkaAdminClient
) -> None:
    place = Place(made.cluster, made.topics.events, 0, PARTITIONS)
    signed = Signed.read((made.folder.path / CHECKPOINTS).read_bytes().splitlines()[-1])
    journey = made.story.journey
    partition = partition_of(journey, PARTITIONS)
    found = await collect(made.bootstrap, place, signed, [partition], lambda one: one.journey == journey)
    wanted = [commit for commit in made.log.commits if commit.journey == journey]
    assert [one.commit.head for one in found.proven] == [commit.head for commit in wanted[:-1]]
    assert found.later == 1
    head = signed.checkpoint.heads[partition]
    for one in found.proven:
        path = found.trees[partition].inclusion(one.index)
        assert verify_inclusion(one.commit.leaf, one.index, head.size, path, head.root)

    with pytest.raises(NotFound, match="not_in_checkpoint"):
        await collect(made.bootstrap, place, signed, [partition], lambda one: one.journey == "lead/nobody")
    await made.rewrite(kafka_admin, 2)
    with pytest.raises(Corrupt, match="not_what_was_signed"):
        await collect(made.bootstrap, place, signed, [partition], lambda one: one.journey == journey)
