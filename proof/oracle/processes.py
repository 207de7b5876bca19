"""What the kernel knows of the stack's processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PAGE = 4096


@dataclass(frozen=True, slots=True)
class Sample:
    """One process at one moment. rss: bytes."""

    pid: int
    rss: int
    files: int
    threads: int


def command_lines(parent: int) -> Iterator[tuple[int, list[str]]]:
    """(pid, words) of each child that is still there. An empty word follows the last one, as the kernel has it."""
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        with suppress(OSError):  # it ended meanwhile
            yield int(child), Path(f"/proc/{child}/cmdline").read_bytes().decode(errors="replace").split("\0")


def children(pid: int) -> dict[str, int]:
    """Name → pid: the supervisor's services, by the last word of how they were started (`writer`), or the module."""
    return {_name([word for word in words if word]): child for child, words in command_lines(pid)}


def _name(words: list[str]) -> str:
    text = " ".join(words)
    for module in ("kafka.Kafka", "embedded.clickhouse", "simulators.evolution", "simulators.openai"):
        if module in text:
            return module.rpartition(".")[2].lower()
    return "postgres" if "/postgres" in words[0] else words[-1]


def look(pid: int) -> Sample | None:
    """None when it has ended."""
    place = Path(f"/proc/{pid}")
    try:
        pages = int((place / "statm").read_text().split()[1])
        return Sample(pid, pages * PAGE, len(list((place / "fd").iterdir())), len(list((place / "task").iterdir())))
    except OSError:
        return None
