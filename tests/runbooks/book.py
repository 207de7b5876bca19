"""The blocks of commands in docs/runbooks/, as they stand there, and how one is run: book and test cannot drift."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from proof.ground.stack import ROOT

BOOKS = ROOT / "docs" / "runbooks"
KINDS = frozenset({"", "shell", "broken", "terminal", "compose", "fill"})
"""What may stand after `sh` (docs/runbooks/README.md, "What is tried")."""

_REMARK = re.compile(r"  +# .*$", re.MULTILINE)
_FENCE = re.compile(r"^( *)```sh ?(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """book: file name. number: of this kind in its book, from 0."""

    book: str
    kind: str
    number: int
    script: str


def books() -> list[str]:
    return sorted(file.name for file in BOOKS.glob("*.md"))


def blocks(book: str, kind: str | None = None) -> list[Block]:
    """In the order of the page."""
    return [block for block in _read(book) if kind in (None, block.kind)]


def statements(block: Block) -> Iterator[str]:
    """Its commands one by one, without the remarks behind them: some stand in several books."""
    whole = ""
    for line in block.script.splitlines(keepends=True):
        whole += line
        if whole.strip() and not whole.endswith("\\\n") and _is_whole(whole):
            yield _REMARK.sub("", whole)
            whole = ""
    assert not whole.strip(), whole


def _is_whole(script: str) -> bool:
    return subprocess.run(["bash", "-n"], input=script.encode(), capture_output=True, check=False).returncode == 0


def _read(book: str) -> Iterator[Block]:
    seen: dict[str, int] = {}
    for _, kind, script in _FENCE.findall((BOOKS / book).read_text(encoding="utf-8")):
        yield Block(book, kind, seen.get(kind, 0), dedent(script))
        seen[kind] = seen.get(kind, 0) + 1


def run(data: Path, *scripts: str, timeout_s: float, **more: str) -> str:
    """In a shell that knows the stack of `data`; its output. more: variables that the book asks to be set.

    Raises AssertionError with the whole output when a command fails.
    """
    (prelude,) = blocks("README.md", "shell")
    env = {name: value for name, value in os.environ.items() if not name.startswith("LEGION_")}
    with tempfile.NamedTemporaryFile("w", suffix=".sh") as file:  # not an argument: `pgrep -f` would find itself
        file.write("\n".join(("set -eu", prelude.script, *scripts)))
        file.flush()
        process = subprocess.run(
            ["bash", file.name],
            cwd=ROOT,
            env=env | {"LEGION_DATA_DIR": str(data)} | more,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            check=False,
        )
    told = process.stdout.decode(errors="replace")
    assert process.returncode == 0, f"exit {process.returncode} of\n{scripts}\n{told}"
    return told
