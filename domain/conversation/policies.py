"""The rules of a conversation as pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from domain.conversation.parts import Chunk, Handling
from domain.kernel.items import RECEIPT_STATUSES

MAX_CANCELS: Final = 2
"""Replies in a row that messages may cancel (design §4): else who writes every few seconds is never answered."""

MAX_CHUNKS: Final = 50
"""Pieces of one reply. The longest reply a model is allowed makes far fewer."""

SILENT_KINDS: Final = frozenset({"unsupported"})
"""Kinds that nobody can answer because nobody can read them: the provider itself says only that something came."""

_RANKS: Final = {status: rank for rank, status in enumerate(RECEIPT_STATUSES[:5])}
"""queued < sent < delivered < read < played. Failed and deleted stand outside the order."""


def asks_for_answer(kind: str, late: bool, handling: Handling | None) -> bool:
    """The message is one that a Centurion answers by itself, if nothing else is in the way."""
    return not late and handling is not None and kind not in SILENT_KINDS


def due_us(first_us: int, last_us: int, handling: Handling, now_us: int) -> int:
    """When the burst is over: min(last + window, first + cap), but never in the past."""
    return max(now_us, min(last_us + handling.window_ms * 1000, first_us + handling.cap_ms * 1000))


def receipt_advances(known: str | None, status: str) -> bool:
    """The provider's new word says more than its last one. known: None before the first."""
    if known is None or status not in _RANKS:
        return known != status
    return _RANKS[status] > _RANKS.get(known, -1)


def chunks_fault(chunks: Sequence[Chunk]) -> str | None:
    """Why these cannot be the chunks of one reply, as a refusal's code."""
    if not chunks:
        return "no_chunks"
    if len(chunks) > MAX_CHUNKS:
        return "too_many_chunks"
    in_order = all(chunk.seq == seq for seq, chunk in enumerate(chunks))
    return None if in_order and len({chunk.chunk for chunk in chunks}) == len(chunks) else "chunks_not_in_order"
