"""Position vectors are read as they were written; anything else is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.vector import format_vector, parse_vector
from domain.kernel.errors import InvalidInput


@given(st.dictionaries(st.integers(0, 11), st.integers(0, 2**53)))
def test_what_was_written_is_read(vector: dict[int, int]) -> None:
    assert parse_vector(format_vector(vector), 12) == vector


@pytest.mark.parametrize(
    "text",
    ["x", "1", "1:", ":1", "1:2,", "1:2,1:3", "-1:2", "1:-2", "1:2;3:4", "١:2", "1:²", "9:0", "1:" + "9" * 19, "1:\n2"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as error:
        parse_vector(text, 9)
    assert error.value.code == "position_invalid"


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        parse_vector(text, 12)
    except InvalidInput:
        return
