"""SHA-256 in lower-case hex of the normalised text's UTF-8. What is a hash already passes, as in Meta's SDK."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Final

HASH: Final = re.compile(r"[0-9a-f]{64}|[0-9a-f]{32}")
"""SHA-256, or MD5, which Meta takes too."""


def plain(text: str) -> str:
    """In lower case and without outer blanks: how every value begins that is hashed."""
    return text.lower().strip()


def normalised(text: str, rule: Callable[[str], str]) -> str:
    """What is hashed. Raises what the rule raises; a hash has no rule."""
    found = plain(text)
    return found if HASH.fullmatch(found) else rule(found)


def hashed(text: str, rule: Callable[[str], str]) -> str:
    found = normalised(text, rule)
    return found if HASH.fullmatch(found) else sha256(found.encode()).hexdigest()
