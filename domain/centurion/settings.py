"""What a Centurion is made of. Ranges are enforced by `policies.check`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OnFailure(StrEnum):
    """What follows when no answer can be made: never silence without an event."""

    FALLBACK_MESSAGE = "fallback_message"
    HUMAN = "human"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """Human-like pace of chunks. typing_cps: characters a second. *_ms: bounds of one chunk's typing time.

    chunk_chars: a chunk is cut at a paragraph or sentence before this length.
    """

    typing_cps: int = 18
    min_typing_ms: int = 700
    max_typing_ms: int = 6000
    chunk_chars: int = 280


@dataclass(frozen=True, slots=True, kw_only=True)
class CenturionSettings:
    """One published version of a Centurion.

    persona: the system prompt. prompt_version: the version label of Legion's own prompt frame around it.
    temperature_milli: sampling temperature × 1000 (no floats in decisions). window_ms, cap_ms: debounce (design §4).
    fallback_text: sent when the AI fails and `on_failure` says so. Nothing here is personal data of a lead.
    """

    name: str
    persona: str
    model: str
    prompt_version: str = "1"
    temperature_milli: int = 400
    max_tokens: int = 600
    window_ms: int = 4000
    cap_ms: int = 20000
    on_failure: OnFailure = OnFailure.FALLBACK_MESSAGE
    fallback_text: str = ""
    pacing: Pacing = Pacing()
