"""The stack's log is bounded, whole lines only, and goes on where an earlier run ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.stack.log_file import open_log
from embedded.console import Console


def lines(folder: Path) -> list[str]:
    """Of all files, the eldest first."""
    files = sorted(folder.iterdir(), key=lambda file: -int(file.suffix[1:]) if file.suffix != ".log" else 0)
    return [line for file in files for line in file.read_text().splitlines()]


def test_lines_stand_whole_and_in_order_over_files_that_stay_below_the_limit(tmp_path: Path) -> None:
    with open_log(tmp_path / "legion.log", limit=1000, elders=3) as log:
        console = Console(log, ["writer"])
        said = [f"line {number} é" for number in range(130)]
        for text in said:
            console.line("writer", text)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["legion.log", "legion.log.1", "legion.log.2"]
    assert all(file.stat().st_size <= 1000 for file in tmp_path.iterdir())
    assert lines(tmp_path) == [f"writer | {text}" for text in said]


def test_the_eldest_goes(tmp_path: Path) -> None:
    with open_log(tmp_path / "legion.log", limit=100, elders=2) as log:
        for number in range(100):
            log.write(f"line {number}\n")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["legion.log", "legion.log.1", "legion.log.2"]
    left = lines(tmp_path)
    assert left == [f"line {number}" for number in range(100 - len(left), 100)]
    assert 20 <= len(left) <= 33


def test_a_later_run_goes_on_in_the_same_file_and_keeps_the_bound(tmp_path: Path) -> None:
    file = tmp_path / "legion.log"
    for run in range(3):
        with open_log(file, limit=40, elders=1) as log:
            log.write(f"run {run} said this\n")
    assert file.read_text() == "run 2 said this\n"
    assert (tmp_path / "legion.log.1").read_text() == "run 0 said this\nrun 1 said this\n"


def test_a_line_above_the_limit_is_one_file(tmp_path: Path) -> None:
    file = tmp_path / "legion.log"
    with open_log(file, limit=10, elders=1) as log:
        log.write("short\n")
        log.write("much longer than ten\n")
    assert file.read_text() == "much longer than ten\n"


def test_what_was_said_is_in_the_file_at_once(tmp_path: Path) -> None:
    with open_log(tmp_path / "legion.log") as log:
        log.write("the last words\n")
        assert (tmp_path / "legion.log").read_text() == "the last words\n"
        assert not log.isatty()  # no colours in a file


def test_a_folder_that_is_gone_costs_the_line_and_not_the_stack(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with open_log(folder / "legion.log", limit=30, elders=1) as log:
        console = Console(log, [])
        console.line("x", "a first line of some length")
        (folder / "legion.log").unlink()
        folder.rmdir()
        console.line("x", "a second line of some length")
        with pytest.raises(OSError, match="No such file"):
            log.write("directly it is told, with more than the limit\n")
        folder.mkdir()
        console.line("x", "and it comes back by itself")
    assert "comes back" in (folder / "legion.log").read_text()
