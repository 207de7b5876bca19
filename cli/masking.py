"""Nothing personal and nothing secret stands in a log: values are masked by their key, and by what they look like.

The last processor before the renderer: whatever made its way into a line, also by an exception's words or another
package's log, passes here. It is a net under careful code and no reason to log carelessly: a name without a pattern
passes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from structlog.typing import EventDict, WrappedLogger

MASK: Final = "***"

SECRET_WORDS: Final = (
    "password", "passwd", "secret", "token", "apikey", "api_key", "authorization", "cookie", "credential", "kek",
    "private_key", "signature",
)  # fmt: skip
"""A key that holds one of these words is masked, whatever its value."""

PERSONAL_KEYS: Final = frozenset(
    {
        "email", "e_mail", "phone", "telephone", "mobile", "cpf", "full_name", "first_name", "last_name",
        "push_name", "pushname", "remotejid", "jid", "to_address", "recipient", "client_address", "ip",
    }
)  # fmt: skip
"""Keys that are masked as a whole."""

DEEPEST: Final = 8
"""Levels of nested values; below them all is masked."""

LONGEST: Final = 20_000
"""Characters of one value. What is longer is cut: a log line is no place for it, and patterns take time."""

PATTERNS: Final = (
    # user:password@ of a URL, and what an Authorization header holds
    (re.compile(r"(?<=://)[^\s/@:]{0,200}:[^\s/]{1,500}@"), f"{MASK}@"),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE), rf"\1 {MASK}"),
    # password=…, "api_key": "…", x-webhook-secret: …
    (
        re.compile(
            r"([\"']?\b[\w-]{0,40}(?:password|passwd|secret|token|api[_-]?key|apikey)[\"']?\s{0,3}[:=]\s{0,3})"
            r"(?:\"[^\"]{0,500}\"|'[^']{0,500}'|[^\s,;&)}\]\"']{1,500})",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    # keys and tokens by their shape: ours, OpenAI's, JWTs
    (re.compile(r"\b(?:sk|pk|rk)[_-](?:live|test|proj|ant)?[_-]?[A-Za-z0-9_-]{8,}"), MASK),
    (re.compile(r"\blgn_[A-Za-z0-9_-]{6,}"), MASK),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*){0,3}"), MASK),
    # addresses: e-mail, and WhatsApp's, which begin with a number
    (re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), MASK),
    # telephone numbers: with +, with an area code in brackets, or ten to fifteen digits that stand alone
    (re.compile(r"(?<![\w.])\+\d(?:[\s().-]{0,2}\d){7,14}(?!\w)"), MASK),
    (re.compile(r"\(\d{2}\)\s{0,2}9?\s?\d{4}[\s-]?\d{4}\b"), MASK),
    (re.compile(r"(?<![\w.:+/-])\d{2}\s9?\d{4}[\s-]\d{4}(?![\w-])"), MASK),
    (re.compile(r"(?<![\w.:/-])\d{10,15}(?![\w:/-]|\.\d)"), MASK),
    (re.compile(r"(?<![\w.])\d{3}\.\d{3}\.\d{3}-\d{2}(?!\w)"), MASK),  # CPF
)
"""In this order; each is linear in the text: no repetition within a repetition that may match the same."""

LEFT_ALONE: Final = frozenset({"timestamp", "level", "process", "trace_id", "company", "user"})
"""What we write ourselves, and look for: ids and times."""


def mask(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A structlog processor. After the exception was made text, before the line is rendered."""
    return {key: value if key in LEFT_ALONE else _masked(key, value, DEEPEST) for key, value in event.items()}


def mask_text(text: str) -> str:
    """By what it looks like."""
    kept = text[:LONGEST]
    for pattern, instead in PATTERNS:
        kept = pattern.sub(instead, kept)
    return kept if len(text) <= LONGEST else f"{kept}…"


def _masked(key: str, value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    low = key.lower()
    if depth == 0 or low in PERSONAL_KEYS or any(word in low for word in SECRET_WORDS):
        return MASK
    if isinstance(value, int | float):
        return value
    if isinstance(value, Mapping):
        return {mask_text(str(name)): _masked(str(name), each, depth - 1) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked("", each, depth - 1) for each in value]
    return mask_text(value.decode(errors="replace") if isinstance(value, bytes) else str(value))
