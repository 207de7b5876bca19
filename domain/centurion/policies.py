"""Which settings a Centurion may have."""

from __future__ import annotations

from typing import Final

from domain.centurion.settings import CenturionSettings, OnFailure
from domain.kernel.errors import Refused

RANGES: Final = {
    "temperature_milli": (0, 2000),  # what chat APIs accept, × 1000
    "max_tokens": (16, 8192),
    "window_ms": (0, 60_000),
    "cap_ms": (0, 300_000),  # five minutes of silence is the most a lead should bear
}
PACING_RANGES: Final = {
    "typing_cps": (1, 1000),
    "min_typing_ms": (0, 60_000),
    "max_typing_ms": (0, 60_000),
    "chunk_chars": (20, 4096),  # 4096: WhatsApp's limit of one text
}
LENGTHS: Final = {
    "name": (1, 200),
    "persona": (1, 50_000),  # fits a command of 1 MiB many times, and most models' context
    "model": (1, 200),
    "prompt_version": (1, 50),
    "fallback_text": (0, 4096),
}


def check(settings: CenturionSettings) -> None:
    """Raises Refused(settings_out_of_range, the field's name)."""
    fault = settings_fault(settings)
    if fault is not None:
        raise Refused("settings_out_of_range", fault)


def settings_fault(settings: CenturionSettings) -> str | None:
    """The name of the first field that is wrong."""
    for name, (low, high) in LENGTHS.items():
        if not low <= len(getattr(settings, name).strip()) <= high:
            return name
    for owner, ranges in ((settings, RANGES), (settings.pacing, PACING_RANGES)):
        for name, (low, high) in ranges.items():
            if not low <= getattr(owner, name) <= high:
                return name
    if settings.cap_ms < settings.window_ms:
        return "cap_ms"
    if settings.pacing.max_typing_ms < settings.pacing.min_typing_ms:
        return "max_typing_ms"
    if settings.on_failure is OnFailure.FALLBACK_MESSAGE and not settings.fallback_text.strip():
        return "fallback_text"
    return None
