"""Money in bodies: what a field of it may be."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from domain.kernel.money import MAX_AMOUNT, MINOR_DIGITS


def _known(code: str) -> str:
    if code not in MINOR_DIGITS:
        raise ValueError("no currency of ISO 4217 with a smallest unit")
    return code


Amount = Annotated[
    int, Field(strict=True, ge=0, le=MAX_AMOUNT, description="in the currency's smallest unit: 12.34 EUR are 1234")
]

Currency = Annotated[
    str,
    AfterValidator(_known),
    Field(description="ISO 4217", json_schema_extra={"enum": sorted(MINOR_DIGITS)}),
]
