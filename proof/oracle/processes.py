"""What the kernel knows of the stack's processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

KIB = 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """One process and all that descend from it (PostgreSQL has a process for each connection), at one moment.

    memory: bytes of its own, resident (`RssAnon`): mapped files are the kernel's cache, which fills what is free.
    """

    pid: int
    memory: int
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


def look(pid: int, *, family: bool = True) -> Sample | None:
    """None when it has ended. family: with its descendants, those that have not ended meanwhile."""
    own = _numbers(pid)
    if own is None:
        return None
    others = [found for child in _descendants(pid) if (found := _numbers(child))] if family else []
    return Sample(pid, *(sum(each) for each in zip(own, *others, strict=True)))


def _descendants(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for child, _ in command_lines(pid):
            yield child
            yield from _descendants(child)


def _numbers(pid: int) -> tuple[int, int, int] | None:
    """(memory, files, threads)."""
    place = Path(f"/proc/{pid}")
    try:
        facts = dict(line.split(":", 1) for line in (place / "status").read_text().splitlines())
        files = len(list((place / "fd").iterdir()))
    except OSError:
        return None
    # Who has ended and was not waited for has no memory, and no line that says so.
    return int(facts.get("RssAnon", "0 kB").split()[0]) * KIB, files, int(facts["Threads"])
