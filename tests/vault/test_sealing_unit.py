from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.errors import Corrupt
from domain.kernel.sealed import Sealed
from vault.cipher import OVERHEAD, SealBroken, new_key
from vault.codec import SubjectOpener, SubjectSealer
from vault.framing import framed
from vault.sealing import open_sealed, seal, tag

keys = st.binary(min_size=32, max_size=32)
names = st.text(max_size=40)
places = st.tuples(names, names, names)


@given(keys, places, st.binary(max_size=2000))
def test_what_was_sealed_opens_in_its_place(key: bytes, place: tuple[str, str, str], plaintext: bytes) -> None:
    sealed = seal(key, *place, plaintext)
    assert isinstance(sealed, Sealed)
    assert len(sealed) == len(plaintext) + OVERHEAD
    assert open_sealed(key, *place, sealed) == plaintext


@given(keys, places, places, st.binary(max_size=100))
def test_sealed_bytes_moved_to_another_company_journey_or_field_do_not_open(
    key: bytes, place: tuple[str, str, str], other: tuple[str, str, str], plaintext: bytes
) -> None:
    sealed = seal(key, *place, plaintext)
    for moved in {(other[0], *place[1:]), (place[0], other[1], place[2]), (*place[:2], other[2]), other} - {place}:
        with pytest.raises(SealBroken):
            open_sealed(key, *moved, sealed)


@given(st.data(), st.binary(max_size=100))
def test_a_flipped_bit_anywhere_is_found(data: st.DataObject, plaintext: bytes) -> None:
    key = new_key()
    sealed = seal(key, "c", "lead/1", "message.text", plaintext)
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    broken = bytearray(sealed)
    broken[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken):
        open_sealed(key, "c", "lead/1", "message.text", bytes(broken))


@given(st.binary(max_size=OVERHEAD + 4))
def test_bytes_that_were_never_sealed_are_refused_with_a_typed_error(noise: bytes) -> None:
    with pytest.raises(Corrupt) as caught:
        open_sealed(b"k" * 32, "c", "j", "l", noise)
    assert caught.value.code == "seal_broken"


def test_another_subjects_key_does_not_open() -> None:
    with pytest.raises(SealBroken):
        open_sealed(new_key(), "c", "j", "l", seal(new_key(), "c", "j", "l", b"words"))


def test_the_same_nonce_gives_the_same_bytes_and_a_random_one_others() -> None:
    key, nonce = new_key(), b"n" * 12
    assert seal(key, "c", "j", "l", b"x", nonce=nonce) == seal(key, "c", "j", "l", b"x", nonce=nonce)
    assert seal(key, "c", "j", "l", b"x") != seal(key, "c", "j", "l", b"x")


@given(st.lists(names, max_size=4), st.lists(names, max_size=4))
def test_framed_texts_are_equal_only_when_all_parts_are(a: list[str], b: list[str]) -> None:
    assert (framed(*a) == framed(*b)) == (a == b)


def test_a_plain_join_would_have_mixed_two_places_up() -> None:
    """The control: what framing is for."""
    assert "".join(("ab", "c")) == "".join(("a", "bc"))
    assert framed("ab", "c") != framed("a", "bc")


@pytest.mark.parametrize("echo", [" Olá,  mundo\r\n", "Olá,\nmundo", "Ola\u0301, mundo"])
def test_a_tag_finds_our_text_as_providers_echo_it(echo: str) -> None:
    key = new_key()
    assert tag(key, echo) == tag(key, "Olá, mundo")


def test_a_tag_differs_by_text_and_by_subject() -> None:
    key = new_key()
    assert len({tag(key, "a"), tag(key, "b"), tag(new_key(), "a")}) == 3
    assert len(bytes.fromhex(tag(key, "a"))) == 32


def test_a_subjects_texts_and_json_come_back() -> None:
    key = new_key()
    sealer, opener = SubjectSealer(key, "c", "lead/1"), SubjectOpener(key, "c", "lead/1")
    assert opener.text("message.text", sealer.text("message.text", "Olá 👋")) == "Olá 👋"
    content = {"media": [{"kind": "image"}], "at": datetime(2026, 11, 25, tzinfo=UTC)}
    assert opener.json("message.content", sealer.json("message.content", content)) == {
        "media": [{"kind": "image"}],
        "at": "2026-11-25T00:00:00+00:00",
    }
    assert sealer.tag("x") == tag(key, "x")
    with pytest.raises(SealBroken):
        opener.text("contact.name", sealer.text("message.text", "Olá"))


def test_a_sealer_does_not_show_its_key() -> None:
    key = new_key()
    assert repr(key) not in repr(SubjectSealer(key, "c", "j")) + repr(SubjectOpener(key, "c", "j"))
