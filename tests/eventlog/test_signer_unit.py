"""Checkpoints and their signer: extensions only, whatever it is given to go on from."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.kernel.errors import Corrupt
from eventlog.checkpoint import Checkpoint, CheckpointForged, CheckpointMalformed, Place, Signed, read_lines
from eventlog.merkle import Frontier
from eventlog.model import Commit
from eventlog.signer import Signer
from proof.ground.histories import CLUSTER, TOPIC, Log, Story, set_up

AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = KEY.public_key().public_bytes_raw()
PLACE = Place(CLUSTER, TOPIC, 0, 3)


def commits(words: int = 3) -> list[Commit]:
    log = Log(3)
    set_up(log)
    story = Story(log)
    story.arrives()
    for number in range(words):
        story.writes(f"Oi {number}")
    return log.commits


def signed(history: list[Commit], *cuts: int) -> tuple[Signer, list[bytes]]:
    """A signer that has signed at each of the cuts, and its lines."""
    signer, lines = Signer(KEY, PLACE), []
    for first, end in zip((0, *cuts), cuts, strict=False):
        for commit in history[first:end]:
            signer.take(commit.partition, [commit])
        lines.append(signer.sign(AT))
    return signer, lines


def test_it_signs_heads_and_roots_of_what_it_read() -> None:
    history = commits()
    _, lines = signed(history, 3, len(history))
    first, last = read_lines(lines, [PUBLIC])
    assert (first.checkpoint.number, last.checkpoint.number) == (1, 2)
    assert last.checkpoint.previous == first.digest
    assert last.checkpoint.place == PLACE
    for head in last.checkpoint.heads:
        own = [commit for commit in history if commit.partition == head.anchor.partition]
        frontier = Frontier()
        for commit in own:
            frontier = frontier.append(commit.leaf)
        assert (head.size, head.root) == (len(own), frontier.root)
        assert not own or head.anchor.head == own[-1].head


def test_it_goes_on_from_its_own_line_as_if_it_had_never_stopped() -> None:
    history = commits()
    _, (_, want) = signed(history, 3, len(history))
    again = Signer(KEY, PLACE, signed(history, 3)[1][-1])
    due = [again.due]
    for commit in history[3:]:
        again.take(commit.partition, [commit])
        due.append(again.due)
    assert due == [False] + [True] * len(history[3:])
    assert again.sign(AT) == want


def test_nothing_but_an_extension_is_taken() -> None:
    history = commits()
    signer, _ = signed(history, len(history) - 2)
    for wrong in (history[-1], history[0], replace(history[-2], prev=bytes(32))):
        with pytest.raises(Corrupt, match="not_an_extension"):
            signer.take(wrong.partition, [wrong])
    signer.take(history[-2].partition, [history[-2]])  # the right one still goes


@pytest.mark.parametrize(
    "place", [replace(PLACE, cluster="x"), replace(PLACE, topic="x"), replace(PLACE, partitions=4)]
)
def test_another_log_is_refused(place: Place) -> None:
    with pytest.raises(Corrupt, match="signer_other_log"):
        Signer(KEY, place, signed(commits(), 3)[1][-1])


def test_another_keys_line_is_refused() -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    with pytest.raises(CheckpointForged):
        Signer(other, PLACE, signed(commits(), 3)[1][-1])


def test_peaks_that_do_not_make_the_signed_root_are_refused() -> None:
    line = json.loads(signed(commits(), 4)[1][-1])
    wrong: tuple[Any, ...] = ([], [[]] * 3, [["00" * 32]] * 3, "x", [[1]] * 3)
    for peaks in wrong:
        with pytest.raises(Corrupt, match="signer_file_broken"):
            Signer(KEY, PLACE, json.dumps({**line, "peaks": peaks}).encode())


def test_what_was_altered_is_not_believed() -> None:
    _, (line,) = signed(commits(), 4)
    told = json.loads(line)
    altered = told["signed"].replace('"number":1', '"number":2')
    assert altered != told["signed"]
    with pytest.raises(CheckpointForged):
        Signed.read(json.dumps({**told, "signed": altered}).encode())
    with pytest.raises(CheckpointForged):
        Signed.read(line, [bytes(32)])
    for broken in (b"", b"{}", b"[]", line[:-9], json.dumps({**told, "key": "00"}).encode()):
        with pytest.raises(CheckpointMalformed):
            Signed.read(broken)
    assert Signed.read(line, [PUBLIC]).checkpoint == Checkpoint.parse(told["signed"])


def test_lines_that_do_not_fit_together_are_found() -> None:
    history = commits()
    _, lines = signed(history, 2, 4, len(history))
    assert len(read_lines([lines[0], b"\n", lines[2]], [PUBLIC])) == 2  # not all, but in order
    assert len(read_lines([lines[0], lines[0], lines[1]], [PUBLIC])) == 3  # published twice
    with pytest.raises(Corrupt, match="checkpoints_disagree"):
        read_lines([lines[1], lines[0]])
    _, branch = signed(commits(words=1), 3, 4)
    with pytest.raises(Corrupt, match="checkpoints_disagree"):
        read_lines([lines[0], branch[1]])
