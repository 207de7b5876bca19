"""What an answer costs, from a table that the operator sets: providers publish prices, their APIs do not tell them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """Micros (millionths) of a US dollar for a million tokens, of the prompt and of the completion."""

    prompt_micros: int
    completion_micros: int

    def cost_micros(self, prompt_tokens: int, completion_tokens: int) -> int:
        """Micros of a US dollar, to the nearest. Cached prompt tokens count in full: an upper bound."""
        exact = prompt_tokens * self.prompt_micros + completion_tokens * self.completion_micros
        return (exact + _MILLION // 2) // _MILLION


Prices = Mapping[str, Price]
"""By the model's name."""


def cost_micros(prices: Prices, models: tuple[str, ...], prompt_tokens: int, completion_tokens: int) -> int:
    """models: names to try in turn: a server answers with a dated one (`gpt-4o-mini-2024-07-18`) to a plain one.

    0 when no price is known (so does `domain.conversation.parts.Usage` say it).
    """
    price = next((prices[model] for model in models if model in prices), None)
    return 0 if price is None else price.cost_micros(prompt_tokens, completion_tokens)


def parse_prices(text: str) -> dict[str, Price]:
    """`model=prompt/completion[,…]` in US dollars for a million tokens, as in price lists: `gpt-4o-mini=0.15/0.60`.

    Raises ValueError that says which entry is wrong (from 1), not what it holds.
    """
    entries = enumerate((entry.strip() for entry in text.split(",")), start=1)
    return dict(_entry(number, entry) for number, entry in entries if entry)


def _entry(number: int, entry: str) -> tuple[str, Price]:
    model, _, amounts = entry.partition("=")
    prompt, _, completion = amounts.partition("/")
    price = _micros(prompt), _micros(completion)
    if not model.strip() or price[0] is None or price[1] is None:
        raise ValueError(f"entry {number} is not model=prompt/completion in dollars for a million tokens")
    return model.strip(), Price(price[0], price[1])


def _micros(dollars: str) -> int | None:
    """None for what is no amount of whole micros below a million dollars."""
    try:
        amount = Decimal(dollars.strip())
    except InvalidOperation:
        return None
    if not (amount.is_finite() and 0 <= amount < _MILLION):
        return None
    micros = amount * _MILLION
    return int(micros) if micros == int(micros) else None
