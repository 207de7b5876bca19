"""What is uploaded is what it says, or it is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.uploads import IMAGES, SIGNATURES, TEXT, TYPES, check_content, media_type_of
from domain.kernel.errors import InvalidInput
from tests.api.files import GIF, JPEG, PDF, PNG, WEBP

SAMPLES = {
    "image/png": PNG,
    "image/jpeg": JPEG,
    "image/webp": WEBP,
    "image/gif": GIF,
    "application/pdf": PDF,
    TEXT: "Olá, ação\r\n".encode(),
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def code(media_type: str, content: bytes) -> str:
    try:
        check_content(media_type, content)
    except InvalidInput as error:
        return error.code
    return ""


def test_every_type_has_a_sample() -> None:
    assert set(SAMPLES) == set(TYPES)
    assert {"image/png", "image/jpeg", "image/webp", "image/gif"} == IMAGES


@pytest.mark.parametrize("said", TYPES)
@pytest.mark.parametrize("sent", TYPES)
def test_a_content_is_taken_as_its_own_type_alone(said: str, sent: str) -> None:
    assert code(said, SAMPLES[sent]) == ("" if said == sent else "content_differs")


@pytest.mark.parametrize("said", SIGNATURES)
@pytest.mark.parametrize("content", [SVG, HTML, b" " + PNG, b"\n" + GIF, PNG[1:], b"RIFF....WAVE", b"GIF88a", b"x"])
def test_nothing_is_smuggled_in_under_another_type(said: str, content: bytes) -> None:
    assert code(said, content) == "content_differs"


@pytest.mark.parametrize("content", [b"a\0b", b"\xff", "é".encode("latin-1"), "x".encode("utf-16")])
def test_text_is_utf8_without_a_nul(content: bytes) -> None:
    assert code(TEXT, content) == "content_differs"


@pytest.mark.parametrize("said", TYPES)
def test_nothing_is_no_file(said: str) -> None:
    assert code(said, b"") == "file_empty"


@given(st.binary(min_size=1, max_size=40))
def test_whatever_comes_is_answered(content: bytes) -> None:
    assert {code(each, content) for each in TYPES} <= {"", "content_differs"}
    assert sum(code(each, content) == "" for each in SIGNATURES) <= 1


@pytest.mark.parametrize("header", ["image/png", "IMAGE/PNG", " image/png ; x=y", "image/png;charset=utf-8"])
def test_a_media_type_is_read_without_its_parameters(header: str) -> None:
    assert media_type_of(header) == "image/png"


@pytest.mark.parametrize("header", ["", "image/svg+xml", "text/html", "image/*", "*/*", "text/html;image/png", "png"])
def test_other_types_are_refused_and_the_known_ones_named(header: str) -> None:
    with pytest.raises(InvalidInput, match="image/webp") as caught:
        media_type_of(header)
    assert caught.value.code == "media_type_unknown"
