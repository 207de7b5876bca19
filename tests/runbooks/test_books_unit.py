"""Every book has what a person needs at night, and every block says whether it is run."""

from __future__ import annotations

import re

import pytest

from tests.runbooks.book import BOOKS, KINDS, blocks, books

STATES = (
    "broker-gone.md", "disk-full.md", "projector-stuck.md", "poison.md", "key-lost.md", "vault-lost.md", "rebuild.md",
    "restore.md",
)  # fmt: skip


@pytest.mark.parametrize("book", books())
def test_every_block_says_what_it_is(book: str) -> None:
    assert {block.kind for block in blocks(book)} <= KINDS
    fences = re.findall(r"^ *```(.*)$", (BOOKS / book).read_text(encoding="utf-8"), re.MULTILINE)
    assert len(fences) == 2 * len(blocks(book)), "a fence that is no `sh` block is not tried by anybody"


@pytest.mark.parametrize("book", STATES)
def test_a_state_has_symptom_meaning_commands_and_a_look_whether_it_is_cured(book: str) -> None:
    text = (BOOKS / book).read_text(encoding="utf-8")
    for word in ("**Seen.**", "**Do.**", "**Cured**"):
        assert word in text, word
    assert re.search(r"means", text) or book == "rebuild.md"
    assert blocks(book, "broken"), "nothing is done in it"
    assert blocks(book, "")[-1:], "no look whether it is cured"


def test_the_index_names_every_book() -> None:
    index = (BOOKS / "README.md").read_text(encoding="utf-8")
    for book in books():
        assert book == "README.md" or f"({book})" in index, book


def test_links_lead_somewhere() -> None:
    for book in books():
        for link in re.findall(r"\]\(([\w./-]+\.md)\)", (BOOKS / book).read_text(encoding="utf-8")):
            assert (BOOKS / link).exists(), f"{book}: {link}"
