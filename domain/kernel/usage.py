"""What an AI took."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an AI call took. cost_micros: millionths of a US dollar; 0 when the price is not known."""

    model: str
    prompt_tokens: int
    completion_tokens: int
    cost_micros: int
    latency_ms: int
