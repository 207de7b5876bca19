"""Scanners and we tell a key by its text alone."""

from __future__ import annotations

from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.accounts.key_text import ALPHABET, CHECKSUM, RANDOM, SHOWN, KeyKind, checksum, kind_of, new_text

KINDS = st.sampled_from(KeyKind)


def value_of(digits: str) -> int:
    """The other way round, as a scanner would do it."""
    value = 0
    for digit in digits:
        value = value * 62 + ALPHABET.index(digit)
    return value


@given(KINDS)
def test_a_new_key_is_one_of_its_kind(kind: KeyKind) -> None:
    text = new_text(kind)
    assert text.startswith(f"sk_{kind.value}_")
    assert len(text) == len("sk_live_") + RANDOM + CHECKSUM == 44
    assert kind_of(text) is kind
    assert value_of(text[-CHECKSUM:]) == crc32(text[:-CHECKSUM].encode())


def test_what_is_not_shown_of_a_key_has_more_than_150_bits_and_the_whole_more_than_160() -> None:
    hidden = RANDOM - (SHOWN - len("sk_live_"))
    assert 62**hidden > 2**150
    assert 62**RANDOM > 2**160
    assert len({new_text(KeyKind.LIVE) for _ in range(1000)}) == 1000


@given(KINDS, st.data())
def test_one_wrong_character_anywhere_is_seen(kind: KeyKind, data: st.DataObject) -> None:
    """A CRC finds every change within 32 bits; of one character, always."""
    text = new_text(kind)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda each: each != text[at]))
    assert kind_of(text[:at] + other + text[at + 1 :]) is None


@given(KINDS, st.integers(0, 42))
def test_two_neighbours_that_changed_places_are_seen(kind: KeyKind, at: int) -> None:
    text = new_text(kind)
    swapped = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    assert kind_of(swapped) is (kind if swapped == text else None)


@given(KINDS, st.integers(0, 43), st.text(max_size=3))
def test_cut_off_or_lengthened_it_is_none(kind: KeyKind, length: int, more: str) -> None:
    text = new_text(kind)
    assert kind_of(text[:length]) is None
    assert kind_of(text[length:]) is (kind if length == 0 else None)
    assert kind_of(text + more) is (None if more else kind)
    assert kind_of(more + text) is (None if more else kind)


@given(st.text())
def test_any_text_is_looked_at_without_an_error(text: str) -> None:
    assert kind_of(text) is None
    assert kind_of(f"sk_live_{text}") is None


@pytest.mark.parametrize("surrogate", ["\udcff", "\x00", "\n"])
def test_bytes_that_are_no_text_are_no_key(surrogate: str) -> None:
    assert kind_of(new_text(KeyKind.LIVE) + surrogate) is None


def test_a_live_key_is_no_test_key_by_another_beginning() -> None:
    text = new_text(KeyKind.LIVE)
    assert kind_of(text.replace("sk_live_", "sk_test_")) is None
    body = text.replace("sk_live_", "sk_test_")[:-CHECKSUM]
    assert kind_of(body + checksum(body)) is KeyKind.TEST  # the control: well formed, and nobody's
