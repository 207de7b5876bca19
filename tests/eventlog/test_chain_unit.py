"""The golden vector, read by our reader and by a second one written from README.md alone."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest

from eventlog import worked_example
from eventlog.chain import Link, commit_hash, genesis, parse_link
from eventlog.model import Anchor, LogRecord
from eventlog.reader import Reader

GOLDEN = worked_example.vectors()


def records() -> list[LogRecord]:
    return [
        LogRecord(
            GOLDEN["partition"],
            record["offset"],
            0,
            bytes.fromhex(record["key"]),
            bytes.fromhex(record["value"]),
            tuple((name, bytes.fromhex(content)) for name, content in record["headers"]),
        )
        for record in GOLDEN["records"]
    ]


def outsiders_verifier(golden: dict[str, Any]) -> tuple[list[tuple[int, int, int, str]], list[tuple[int, str]]]:
    """Standard library only, and nothing that README.md does not say."""

    def u32(number: int) -> bytes:
        return number.to_bytes(4, "big")

    def counted(part: bytes) -> bytes:
        return u32(len(part)) + part

    place = counted(golden["cluster_id"].encode()) + counted(golden["topic"].encode())
    head = hashlib.sha256(b"legion.chain.1" + place + u32(golden["partition"]) + u32(golden["epoch"])).hexdigest()
    last = -1
    kept: list[tuple[int, Any, bytes]] = []
    commits: list[tuple[int, int, int, str]] = []
    voids: list[tuple[int, str]] = []
    number = "(0|[1-9][0-9]{0,18})"
    for record in golden["records"]:
        offset, key, value = record["offset"], bytes.fromhex(record["key"]), bytes.fromhex(record["value"])
        texts = [bytes.fromhex(content).decode() for name, content in record["headers"] if name == "chain"]
        match = re.fullmatch(f"1 {number} {number} {number} {number} ([0-9a-f]{{64}})", texts[0] if texts else "")
        if not key or not value or len(texts) != 1 or match is None or int(match[3]) >= int(match[4]):
            link = None
        else:
            link = int(match[1]), int(match[2]), int(match[4]), match[5], key
        index = int(match[3]) if match else -1
        if kept and not (link == kept[-1][1] and index == len(kept) and offset == kept[-1][0] + 1):
            voids += [(one[0], "torn") for one in kept]
            kept = []
        if link is None:
            voids.append((offset, "malformed"))
            continue
        if not kept and index != 0:
            voids.append((offset, "torn"))
            continue
        hashed = counted(key) + counted(value) + u32(len(record["headers"]))
        for name, content in record["headers"]:
            hashed += counted(name.encode()) + counted(bytes.fromhex(content))
        kept.append((offset, link, hashed))
        epoch, command, count, prev, _ = link
        if len(kept) < count:
            continue
        if epoch != golden["epoch"]:
            voids += [(one[0], "foreign_epoch") for one in kept]
        elif prev != head:
            voids += [(one[0], "foreign_prev") for one in kept]
        elif command <= last:
            voids += [(one[0], "stale_command") for one in kept]
        else:
            head = hashlib.sha256(bytes.fromhex(prev) + b"".join(one[2] for one in kept)).hexdigest()
            last = command
            commits.append((kept[0][0], command, len(kept), head))
        kept = []
    return commits, voids


def expected_commits() -> list[tuple[int, int, int, str]]:
    return [(c["first_offset"], c["command_offset"], c["records"], c["head"]) for c in GOLDEN["commits"]]


def test_genesis_is_the_golden_one() -> None:
    place = GOLDEN["cluster_id"], GOLDEN["topic"], GOLDEN["partition"], GOLDEN["epoch"]
    assert genesis(*place).hex() == GOLDEN["genesis"]


def test_our_reader_reads_the_golden_vector() -> None:
    reader = Reader(
        Anchor.genesis(cluster_id=GOLDEN["cluster_id"], topic=GOLDEN["topic"], partition=GOLDEN["partition"])
    )
    commits = reader.feed(records())
    read = [(c.first_offset, c.command_offset, len(c.records), c.head.hex()) for c in commits]
    assert read == expected_commits()
    assert sorted(void.value for void in reader.voids.elements()) == sorted(v["reason"] for v in GOLDEN["voids"])


def test_a_verifier_written_from_the_readme_agrees() -> None:
    commits, voids = outsiders_verifier(GOLDEN)
    assert commits == expected_commits()
    assert voids == [(void["offset"], void["reason"]) for void in GOLDEN["voids"]]


def test_the_readmes_example_is_the_golden_vectors() -> None:
    assert worked_example.main(["--check"]) == 0, "run python -m eventlog.worked_example"


def test_a_link_says_itself_in_one_way_only() -> None:
    link = Link(epoch=0, command_offset=41, i=0, n=2, prev=bytes(range(32)))
    text = link.text()
    assert parse_link(text) == link
    assert text == b"1 0 41 0 2 " + bytes(range(32)).hex().encode()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"1 0 41 0 2",
        b"2 0 41 0 2 " + b"0" * 64,
        b"1 00 41 0 2 " + b"0" * 64,
        b"1 +0 41 0 2 " + b"0" * 64,
        b"1 0 -1 0 2 " + b"0" * 64,
        b"1 0 4_1 0 2 " + b"0" * 64,
        b"1 0 41 2 2 " + b"0" * 64,
        b"1 0 41 0 0 " + b"0" * 64,
        b"1 0 41 0 2 " + b"0" * 63,
        b"1 0 41 0 2 " + b"A" * 64,
        b"1 0 41 0 2 " + b"0" * 64 + b"\n",
        b"1  0 41 0 2 " + b"0" * 64,
        b"1 0 12345678901234567890 0 2 " + b"0" * 64,
        "1 0 ٤١ 0 2 ".encode() + b"0" * 64,
    ],
)
def test_any_other_text_is_no_link(text: bytes) -> None:
    assert parse_link(text) is None


def test_no_two_splits_of_the_same_bytes_hash_alike() -> None:
    prev = bytes(32)
    variants: list[tuple[bytes, bytes, tuple[tuple[str, bytes], ...]]] = [
        (b"ab", b"c", ()),
        (b"a", b"bc", ()),
        (b"a", b"b", (("c", b""),)),
        (b"a", b"b", (("", b"c"),)),
    ]
    assert len({commit_hash(prev, [variant]) for variant in variants}) == len(variants)
