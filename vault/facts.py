"""One answer of a lead as commands carry it."""

from __future__ import annotations

import orjson

from domain.kernel.sealed import FactValue, label_of
from domain.lead.parts import Fact
from vault.codec import SubjectSealer

LABEL = label_of(FactValue)


def sealed_fact(
    sealer: SubjectSealer, key: str, value: str | float | bool, *, points: int, confidence: int, source: str | None
) -> Fact:
    """The digest of equal values is equal, whoever says them."""
    return Fact(
        key=key,
        value=sealer.json(LABEL, value),
        digest=sealer.tag(orjson.dumps(value).decode()),
        points=points,
        confidence=confidence,
        source=source,
    )
