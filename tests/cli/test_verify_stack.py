"""`legion audit verify` on a real log: held against checkpoints of the topic and of a file that was kept outside."""

from __future__ import annotations

import asyncio
import multiprocessing
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from hypothesis import given
from hypothesis import strategies as st

from cli.audit.checkpoints import outside_checkpoints, published_checkpoints
from cli.audit.share import Share, shares, walk_apart
from cli.audit.verify import KEY_FROM_INSIDE, NOTHING_OUTSIDE, Report, verify
from cli.signer.folder import CHECKPOINTS, PUBLIC, public_key
from domain.kernel.errors import Corrupt
from eventlog.checkpoint import CheckpointForged, Place
from tests.cli.signing import PARTITIONS, SignedLog, signed_log, until

pytestmark = pytest.mark.stack


@pytest.fixture
async def made(kafka: str, tmp_path: Path) -> SignedLog:
    """With a checkpoint after 4 messages, and one after 7."""
    made = await signed_log(kafka, tmp_path)
    file = made.folder.path / CHECKPOINTS
    for lines in (1, 2):
        for _ in range(3):
            made.story.writes("what was said")
        await made.flush()
        async with made.signer():
            await until(lambda lines=lines: file.exists() and file.read_bytes().count(b"\n") >= lines)  # type: ignore[misc]
    return made


async def walked(
    made: SignedLog, since: Path | None = None, *, with_key: bool = True, processes: int | None = None
) -> Report:
    keys = [public_key(made.folder.path / PUBLIC)] if with_key else []
    return await verify(
        made.bootstrap,
        Place(made.cluster, made.topics.events, 0, PARTITIONS),
        outside=outside_checkpoints(since, keys) if since else (),
        published=await published_checkpoints(made.bootstrap, made.topics.checkpoints, keys),
        key_given=with_key,
        processes=processes,
    )


async def test_an_untouched_log_is_what_was_signed(made: SignedLog) -> None:
    report = await walked(made, made.folder.path / CHECKPOINTS)
    assert (report.chain, report.findings, report.broken) == ("verified", [], None)
    assert report.totals["commits"] == len(made.log.commits)
    assert report.outside == report.published >= 2
    assert report.as_json()["topics"]["MessageReceived"] == 7
    (unknown,) = report.cannot_know
    assert f"checkpoint {report.outside}" in unknown


async def test_it_says_what_it_cannot_know(made: SignedLog) -> None:
    assert (await walked(made)).cannot_know == (NOTHING_OUTSIDE,)
    report = await walked(made, made.folder.path / CHECKPOINTS, with_key=False)
    assert report.cannot_know[-1] == KEY_FROM_INSIDE


async def test_a_chain_rewritten_as_a_whole_is_found_and_where(
    made: SignedLog, kafka_admin: AIOKafkaAdminClient
) -> None:
    """Log and topic of checkpoints are made anew: whole, and never what was signed."""
    await kafka_admin.delete_topics([made.topics.checkpoints])
    await made.rewrite(kafka_admin, 7)
    unseen = await walked(made)
    assert unseen.chain == "verified"  # nothing inside tells of it, and the report says so
    assert unseen.cannot_know == (NOTHING_OUTSIDE,)
    found = await walked(made, made.folder.path / CHECKPOINTS)
    assert found.chain == "broken"
    assert {finding.code for finding in found.findings} == {"not_what_was_signed", "checkpoints_cut"}
    partition = made.log.commits[-1].partition
    assert any(finding.covers(partition, 5) for finding in found.findings)


async def test_a_log_that_was_cut_is_found(made: SignedLog, kafka_admin: AIOKafkaAdminClient) -> None:
    await made.rewrite(kafka_admin, 2)
    report = await walked(made)  # [checkpoints] alone tells
    assert "ends_before_what_was_signed" in {finding.code for finding in report.findings}


async def test_a_file_of_another_signer_is_not_believed(made: SignedLog, kafka: str, tmp_path: Path) -> None:
    other = await signed_log(kafka, tmp_path / "other")
    async with other.signer():
        await until((other.folder.path / CHECKPOINTS).exists)
        await until(lambda: (other.folder.path / CHECKPOINTS).stat().st_size > 0)
    with pytest.raises(CheckpointForged):
        await walked(made, other.folder.path / CHECKPOINTS)
    report = await walked(made, other.folder.path / CHECKPOINTS, with_key=False)
    assert "checkpoint_of_another_log" in {finding.code for finding in report.findings}


async def test_lines_out_of_order_are_not_believed(made: SignedLog, tmp_path: Path) -> None:
    lines = (made.folder.path / CHECKPOINTS).read_bytes().splitlines(keepends=True)
    turned = tmp_path / "turned.jsonl"
    turned.write_bytes(b"".join(reversed(lines)))
    with pytest.raises(Corrupt, match="checkpoints_disagree"):
        await walked(made, turned)


async def test_processes_that_share_the_partitions_find_what_one_finds(
    made: SignedLog, kafka_admin: AIOKafkaAdminClient
) -> None:
    """Of a log that is whole, and of one that was cut."""
    file = made.folder.path / CHECKPOINTS
    whole = [await walked(made, file, processes=processes) for processes in (1, 2)]
    assert whole[1].chain == "verified"
    assert same(*whole)
    await made.rewrite(kafka_admin, 2)
    cut = [await walked(made, file, processes=processes) for processes in (1, 2)]
    assert cut[1].findings
    assert same(*cut)


def same(one: Report, other: Report) -> bool:
    """But for the time it took, and the order of what was found."""
    first, second = ({**report.as_json(), "seconds": 0, "findings": None, "broken": None} for report in (one, other))
    return first == second and set(one.findings) == set(other.findings)


async def test_a_share_whose_process_dies_is_told(made: SignedLog) -> None:
    place = Place(made.cluster, made.topics.events, 0, PARTITIONS)
    share = Share(made.bootstrap, place, (0,), (), {}, {})
    walk = asyncio.create_task(walk_apart(share, lambda _: None))
    await until(lambda: bool(multiprocessing.active_children()))
    multiprocessing.active_children()[0].kill()
    died = await walk
    assert died.broken is not None
    assert died.broken[0] == "worker_died"


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=20), st.integers(1, 8))
def test_shares_are_all_partitions_once_and_none_is_twice_its_part(ends: list[int], count: int) -> None:
    parts = shares(ends, count)
    assert sorted(partition for part in parts for partition in part) == list(range(len(ends)))
    largest = max(sum(ends[partition] for partition in part) for part in parts)
    assert largest <= max(*ends, 2 * sum(ends) / count)
