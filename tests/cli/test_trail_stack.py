"""`legion audit trail` on a real log: every event held against it, and what was altered is found."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from api.trail_json import trail_json
from cli.audit import share
from cli.audit.checkpoints import outside_checkpoints
from cli.audit.trail import Proven, Word, prove
from cli.commands.trail_command import lines_of
from cli.signer.folder import CHECKPOINTS, SignerFolder
from eventlog.checkpoint import Place, Signed
from eventlog.model import LogRecord, Position
from eventlog.topics import Topics, cluster_id, create_topics
from projections.read.events import Placed
from projections.trail.chain import chained
from projections.trail.graph import graph
from projections.trail.reader import Trail
from projections.trail.steps import TOPICS
from tests.cli.signing import PARTITIONS, SignedLog, signed_log, told, until, write

pytestmark = pytest.mark.stack

Alter = Callable[[list[LogRecord]], None]


def trail_of(made: SignedLog, records: Sequence[LogRecord] | None = None) -> Trail:
    """As a journal that holds these records tells it; None: those of the log."""
    journey = made.story.journey
    placed = [
        Placed(Position(commit.epoch, commit.partition, offset), recorded)
        for commit in made.log.commits
        if commit.journey == journey
        for offset, recorded in enumerate(commit.events, commit.first_offset)
        if recorded.event.TOPIC in TOPICS
    ]
    chains = chained(made.log.records if records is None else records)
    made_of = graph(placed, chains, {}, whole=False)
    return Trail(company=made.story.company, lead=made.story.lead, graph=made_of, next=None)


async def proven(made: SignedLog, trail: Trail, signed: Sequence[Signed] = ()) -> Proven:
    place = Place(made.cluster, made.topics.events, 0, PARTITIONS)
    return await prove(made.bootstrap, place, trail, signed, whole=False)


async def test_an_untouched_life_is_proven_also_by_the_signer(kafka: str, tmp_path: Path) -> None:
    made = await signed_log(kafka, tmp_path)
    file = made.folder.path / CHECKPOINTS
    async with made.signer():
        await until(lambda: file.exists() and file.read_bytes().count(b"\n") >= 1)
    made.story.writes("younger than the checkpoint")
    await made.flush()
    trail, signed = trail_of(made), outside_checkpoints(file, ())
    found = await proven(made, trail, signed)
    assert found.whole
    *older, youngest = (found.proofs[node.id] for node in trail.graph.nodes)
    assert {proof.word for proof in older} == {Word.OK}
    assert {proof.checkpoint for proof in older} == {signed[-1].checkpoint.number}
    assert (youngest.word, youngest.checkpoint) == (Word.OK, None)
    lines = lines_of(trail_json(trail), found, ["what came after"])
    assert lines[-2:] == ["every event is as the log has it", "cannot know: what came after"]
    assert sum(line.endswith(f"ok by checkpoint {signed[-1].checkpoint.number}") for line in lines) == len(older)


def change_a_byte(records: list[LogRecord]) -> None:
    """Of the first message's last record."""
    at = next(n for n, one in enumerate(records) if ("ce_type", b"legion.MessageReceived") in one.headers)
    value = records[at].value
    records[at] = records[at]._replace(value=value[:-1] + bytes([value[-1] ^ 1]))


def leave_out_the_last(records: list[LogRecord]) -> None:
    records.pop()


@pytest.mark.parametrize(
    ("alter", "words"),
    [
        (change_a_byte, [Word.OK, Word.ALTERED, Word.VOID, Word.VOID]),
        (leave_out_the_last, [Word.OK, Word.OK, Word.OK, Word.VOID]),
    ],
)
async def test_a_log_that_was_altered_is_found(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alter: Alter, words: list[Word]
) -> None:
    monkeypatch.setattr(share, "PATIENCE_S", 0.2)  # nobody is about to decide again
    made = await altered(kafka, tmp_path, alter)
    trail = trail_of(made)
    found = await proven(made, trail)
    assert [found.proofs[node.id].word for node in trail.graph.nodes] == words
    assert not found.whole
    assert lines_of(trail_json(trail), found, [])[-1] == "not every event is as it must be"


async def altered(kafka: str, folder: Path, alter: Alter) -> SignedLog:
    """The topic never held anything but what was altered: Kafka changes no record."""
    topics = Topics(f"t{uuid.uuid4().hex[:8]}.")
    await create_topics(kafka, topics, PARTITIONS, single_node=True)
    cluster = await cluster_id(kafka)
    log, story = told(topics, cluster)
    for n in range(2):
        story.writes(f"more {n}")
    records = list(log.records)
    alter(records)
    await write(kafka, topics.events, records)
    return SignedLog(kafka, topics, cluster, log, story, SignerFolder(folder))


async def test_a_journal_that_was_altered_is_found(kafka: str, tmp_path: Path) -> None:
    made = await signed_log(kafka, tmp_path)
    records = list(made.log.records)
    change_a_byte(records)
    trail = trail_of(made, records)
    assert {proof.word for proof in (await proven(made, trail)).proofs.values()} == {Word.OK, Word.ALTERED}
    # the bytes are right, and what was read of them is not what they say
    honest = trail_of(made)
    *others, last = honest.graph.nodes
    meta = replace(last.placed.recorded.meta, event_id=str(uuid.uuid4()))
    forged = replace(last, placed=replace(last.placed, recorded=replace(last.placed.recorded, meta=meta)))
    found = await proven(made, replace(honest, graph=replace(honest.graph, nodes=(*others, forged))))
    assert found.proofs[forged.id].word is Word.ALTERED
    assert found.missing == [last.id]


async def test_an_event_that_the_journal_left_out_is_missing(kafka: str, tmp_path: Path) -> None:
    made = await signed_log(kafka, tmp_path)
    made.story.writes("and another")
    await made.flush()
    whole = trail_of(made)
    first, gone, *rest = whole.graph.nodes
    found = await proven(made, replace(whole, graph=replace(whole.graph, nodes=(first, *rest))))
    assert (found.missing, found.whole) == ([gone.id], False)
    # a journal that is behind has lost nothing
    behind = await proven(made, replace(whole, graph=replace(whole.graph, nodes=(first, gone))))
    assert behind.whole


async def test_a_log_and_a_journal_that_were_both_made_anew_are_not_what_was_signed(
    kafka: str, kafka_admin: AIOKafkaAdminClient, tmp_path: Path
) -> None:
    """They agree with each other: only what was kept outside tells."""
    made = await signed_log(kafka, tmp_path)
    made.story.writes("what was said")
    await made.flush()
    file = made.folder.path / CHECKPOINTS
    async with made.signer():
        await until(lambda: file.exists() and file.read_bytes().count(b"\n") >= 1)
    await made.rewrite(kafka_admin, 3)
    made.log, made.story = told(made.topics, made.cluster)
    for _ in range(2):
        made.story.writes("what was never said")
    trail = trail_of(made)
    assert (await proven(made, trail)).whole
    found = await proven(made, trail, outside_checkpoints(file, ()))
    assert not found.whole
    assert {finding.code for finding in found.findings} == {"not_what_was_signed"}
    words = [found.proofs[node.id].word for node in trail.graph.nodes]
    assert words[-2:] == [Word.VOID, Word.VOID]  # those before, an earlier checkpoint may vouch for
