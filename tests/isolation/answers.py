"""What an answer may not tell. Pure."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from projections.read.page import encode_cursor

VARYING: Final = (
    re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+"),  # tokens
    re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)"),
    re.compile(r"\b\d+:\d+\b"),  # positions
)
"""Other in every answer, and it tells nothing."""

UNTOLD: Final = re.compile("^(date|content-length|ratelimit.*|x-request-id|set-cookie)$")
"""Headers that say nothing of what was asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """headers: with lower-case names. sent: ids that stood in the request."""

    status: int
    headers: Mapping[str, str]
    text: str
    sent: frozenset[str] = frozenset()

    @property
    def code(self) -> str:
        """Of a problem; "" of others."""
        if not self.headers.get("content-type", "").startswith("application/problem+json"):
            return ""
        return str(orjson.loads(self.text)["code"])

    def blanked(self) -> tuple[int, str, tuple[str, ...]]:
        """What is left of it for who compares two."""
        text = self.text
        for id_ in self.sent:
            text = text.replace(id_, "*")
        for pattern in VARYING:
            text = pattern.sub("*", text)
        return self.status, text, tuple(sorted(name for name in self.headers if not UNTOLD.match(name)))

    def tells(self, words: Iterable[str]) -> set[str]:
        """Which of the words stand in it, but for what was sent."""
        told = self.text + "\n".join(self.headers.values())
        return {word for word in words if word in told and not any(word in id_ for id_ in self.sent)}


def unlike(id_: str, new: str) -> str:
    """An id of the same shape that nobody has. new: a UUID. A cursor goes on at the same time, after another row."""
    if VARYING[1].search(id_):
        return VARYING[1].sub(new, id_)
    try:
        values = orjson.loads(urlsafe_b64decode(id_ + "=" * (-len(id_) % 4)))
    except ValueError:
        return (new.replace("-", "") * 10)[: len(id_)]
    return encode_cursor(*(new if isinstance(each, str) and VARYING[1].fullmatch(each) else each for each in values))
