"""Prices are read as price lists have them, and costs are exact to a millionth of a dollar."""

from __future__ import annotations

import pytest

from gateways.chat.prices import Price, cost_micros, parse_prices

PRICES = parse_prices("gpt-4o-mini=0.15/0.60, org/model:free = 0/0,")


def test_prices_are_dollars_for_a_million_tokens() -> None:
    assert {"gpt-4o-mini": Price(150_000, 600_000), "org/model:free": Price(0, 0)} == PRICES
    assert parse_prices("") == {}


@pytest.mark.parametrize(
    "text", ["gpt", "gpt=1", "gpt=1/", "=1/2", "gpt=a/b", "gpt=-1/2", "gpt=NaN/1", "gpt=1e99999999/1", "g=0.0000001/1"]
)
def test_a_wrong_entry_is_named_by_its_number(text: str) -> None:
    with pytest.raises(ValueError, match="entry 2 is not model=prompt/completion"):
        parse_prices(f"gpt-4o=2.50/10,{text}")


@pytest.mark.parametrize(
    ("prompt", "completion", "micros"),
    [(0, 0, 0), (1_000_000, 0, 150_000), (0, 1_000_000, 600_000), (812, 96, 179), (3, 0, 0), (4, 0, 1)],
)
def test_a_cost_is_rounded_to_the_nearest_micro(prompt: int, completion: int, micros: int) -> None:
    assert cost_micros(PRICES, ("gpt-4o-mini",), prompt, completion) == micros


def test_the_dated_name_of_an_answer_costs_what_the_asked_one_does() -> None:
    assert cost_micros(PRICES, ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"), 1_000_000, 0) == 150_000


def test_an_unknown_model_costs_nothing_known() -> None:
    assert cost_micros(PRICES, ("other", "another"), 1_000_000, 1_000_000) == 0
