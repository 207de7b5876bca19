"""Our reference in a document's name: Autentique has no field for one, and no idempotency key (providers.md 5).

Contract of Rosa Lima [0198c5a2-…]
"""

from __future__ import annotations

import re
from typing import Final

from domain.kernel.errors import InvalidInput

REFERENCE: Final = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)
"""Letters that no search of words splits or folds differently from ours; a UUID is one."""

_AT_END: Final = re.compile(rf"\[({REFERENCE.pattern})\]$", re.ASCII)

LONGEST_TITLE: Final = 150
"""Characters. With the reference it stays below the 255 of a common column; the provider states no limit."""


def named(title: str, reference: str) -> str:
    """The name to create a document by. Raises InvalidInput `reference_invalid`, `title_invalid`."""
    if not REFERENCE.fullmatch(reference):
        raise InvalidInput("reference_invalid", "8 to 64 letters, digits and hyphens")
    said = " ".join(title.split())
    if not said or len(said) > LONGEST_TITLE:
        raise InvalidInput("title_invalid", f"1 to {LONGEST_TITLE} characters")
    return f"{said} [{reference}]"


def carries(name: str, reference: str) -> bool:
    """Whether a document's name ends with this reference: the provider's search also finds what is merely alike."""
    return name.rstrip().endswith(f"[{reference}]")


def reference_of(name: str | None) -> str | None:
    """The reference that a document's name ends with, whoever's it is."""
    found = _AT_END.search(name.rstrip()) if name else None
    return found[1] if found else None
