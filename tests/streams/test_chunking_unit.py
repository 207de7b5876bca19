"""An answer is cut where a person would cut it, and nothing of it is lost."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from domain.centurion.settings import Pacing
from domain.conversation.policies import MAX_CHUNKS
from streams.chunking import cut, typing_ms

PACING = Pacing(chunk_chars=40)
URL = re.compile(r"https?://\S+")

words = st.text("abcdefghij.!?", min_size=1, max_size=12) | st.just(
    "https://example.com/a/very/long/path?with=query&and=more"
)
texts = st.lists(st.tuples(words, st.sampled_from([" ", "\n", "\n\n", "  ", ". "]))).map(
    lambda parts: "".join(word + gap for word, gap in parts)
)


def test_paragraphs_are_messages_of_their_own() -> None:
    assert [piece.text for piece in cut("Hi!\n\nHow are you?\n\n\n", PACING)] == ["Hi!", "How are you?"]


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    text = "One short sentence here. Another short sentence. And the last one?"
    assert [piece.text for piece in cut(text, PACING)] == [
        "One short sentence here.",
        "Another short sentence.",
        "And the last one?",
    ]


def test_a_list_that_fits_keeps_its_lines() -> None:
    assert [piece.text for piece in cut("We have:\n- red\n- blue", PACING)] == ["We have:\n- red\n- blue"]


def test_words_without_an_end_are_cut_between_words_and_at_last_anywhere() -> None:
    assert [piece.text for piece in cut("word " * 10 + "x" * 90, PACING)] == [
        "word word word word word word word word",
        "word word",
        "x" * 40,
        "x" * 40,
        "x" * 10,
    ]


def test_nothing_gives_nothing() -> None:
    assert cut(" \n\n ", PACING) == ()


@given(texts, st.integers(10, 80))
def test_only_white_space_is_lost(text: str, limit: int) -> None:
    pieces = cut(text, Pacing(chunk_chars=limit))
    assert "".join("".join(piece.text.split()) for piece in pieces) == "".join(text.split())
    assert all(piece.text and piece.text == piece.text.strip() for piece in pieces)


@given(texts, st.integers(10, 80))
def test_pieces_are_short_and_links_whole(text: str, limit: int) -> None:
    pieces = cut(text, Pacing(chunk_chars=limit))
    assert len(pieces) <= MAX_CHUNKS
    for piece in pieces[: MAX_CHUNKS - 1]:
        assert len(piece.text) <= limit or URL.search(piece.text)
    assert sum(len(URL.findall(piece.text)) for piece in pieces) == len(URL.findall(text))


@given(st.text(max_size=500))
def test_typing_takes_a_human_time(text: str) -> None:
    pacing = Pacing()
    assert pacing.min_typing_ms <= typing_ms(text, pacing) <= pacing.max_typing_ms
