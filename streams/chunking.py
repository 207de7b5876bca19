"""Cuts an answer into messages of a human size and says how long each takes to type. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from domain.centurion.settings import Pacing
from domain.conversation.policies import MAX_CHUNKS

_PARAGRAPH: Final = re.compile(r"\n\s*\n")
_SENTENCE: Final = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|\n")
_URL: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    """One message. typing_ms: how long "composing" shows before it."""

    text: str
    typing_ms: int


def cut(text: str, pacing: Pacing) -> tuple[Piece, ...]:
    """Paragraphs are messages of their own; longer ones are cut between sentences, then between words.

    A piece is longer than `pacing.chunk_chars` only where a single URL is (links are never cut) or where there would be
    more than `MAX_CHUNKS`: the last one then holds the rest. Nothing but white space is lost. Empty for a text without
    words.
    """
    pieces = [
        piece
        for paragraph in _PARAGRAPH.split(text.strip())
        if paragraph.strip()
        for piece in _packed(paragraph.strip(), pacing.chunk_chars)
    ]
    if len(pieces) > MAX_CHUNKS:
        pieces[MAX_CHUNKS - 1 :] = ["\n".join(pieces[MAX_CHUNKS - 1 :])]
    return tuple(Piece(piece, typing_ms(piece, pacing)) for piece in pieces)


def typing_ms(text: str, pacing: Pacing) -> int:
    """Length over speed, within the bounds."""
    return min(max(len(text) * 1000 // pacing.typing_cps, pacing.min_typing_ms), pacing.max_typing_ms)


def _packed(paragraph: str, limit: int) -> Iterator[str]:
    if len(paragraph) <= limit:
        yield paragraph
        return
    for joined in _joined(_sentences(paragraph), limit):
        if len(joined) <= limit:
            yield joined
        else:
            yield from _joined(((word, " ") for word in _words(joined, limit)), limit)


def _sentences(paragraph: str) -> Iterator[tuple[str, str]]:
    """Sentences and what stood behind each (a blank, or a line's end), which stays when both fit together."""
    start = 0
    for gap in _SENTENCE.finditer(paragraph):
        sentence = paragraph[start : gap.start()] + gap.group().rstrip()
        if sentence.strip():
            yield sentence.strip(), "\n" if "\n" in gap.group() else " "
        start = gap.end()
    if paragraph[start:].strip():
        yield paragraph[start:].strip(), ""


def _joined(parts: Iterable[tuple[str, str]], limit: int) -> Iterator[str]:
    """As many parts together as fit."""
    held, gap = "", ""
    for part, after in parts:
        if held and len(held) + len(gap) + len(part) > limit:
            yield held
            held, gap = part, after
        else:
            held, gap = held + gap + part, after
    if held:
        yield held


def _words(sentence: str, limit: int) -> Iterator[str]:
    for word in sentence.split():
        if len(word) <= limit or _URL.search(word):
            yield word
        else:
            yield from (word[start : start + limit] for start in range(0, len(word), limit))
