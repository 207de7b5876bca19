"""What of a file is sent, in which rhythm, and what is skipped with a reason."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from cli.play import MAX_GAP_S, Recording, Skipped, files_of, gaps, read


def envelope(at: str | None) -> dict[str, object]:
    timed: dict[str, object] = {"date_time": at} if at else {}
    return {"event": "messages.upsert", "instance": "x", "data": {}, **timed}


def recordings(*times: str | None) -> list[Recording]:
    found = read("f.json", orjson.dumps([envelope(at) for at in times]))
    return [entry for entry in found if isinstance(entry, Recording)]


def test_one_envelope_an_array_and_json_lines_are_all_bodies() -> None:
    one = orjson.dumps(envelope(None))
    assert len(read("a", one)) == 1
    assert len(read("b", b"[" + one + b"," + one + b"]")) == 2
    assert len(read("c", one + b"\n\n" + one + b"\n")) == 2


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff", "not JSON"),
        (b"", "not JSON"),
        (b'{"object":"page"}', "not an Evolution webhook"),
        (b"3", "not an Evolution webhook"),
    ],
)
def test_other_files_are_skipped_with_a_reason(content: bytes, why: str) -> None:
    assert read("f", content) == [Skipped("f", why)]


def test_the_recorded_rhythm_is_kept_cut_and_sped_up() -> None:
    played = recordings("2026-01-01T00:00:00Z", "2026-01-01T00:00:04Z", "2026-03-01T00:00:00Z")
    assert gaps(played, 1) == [0.0, 4.0, MAX_GAP_S]
    assert gaps(played, 2) == [0.0, 2.0, MAX_GAP_S / 2]
    assert gaps(played, 0) == [0.0, 0.0, 0.0]


def test_time_that_goes_backwards_or_is_not_told_waits_for_nothing() -> None:
    assert gaps(recordings("2026-01-01T00:00:04Z", None, "2026-01-01T00:00:02Z", "naive"), 1) == [0.0] * 4


def test_folders_give_their_recordings_in_order(tmp_path: Path) -> None:
    for name in ("b.json", "a.jsonl", "notes.txt"):
        (tmp_path / name).write_text("{}")
    assert [p.name for p in files_of([tmp_path, tmp_path / "notes.txt"])] == ["a.jsonl", "b.json", "notes.txt"]
