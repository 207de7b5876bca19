"""Texts and JSON in and out of sealed bytes, for one subject."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from domain.kernel.sealed import Sealed
from vault.sealing import open_sealed, seal, tag


@dataclass(frozen=True, slots=True)
class SubjectSealer:
    """Seals the fields of one journey under its subject's key."""

    key: bytes = field(repr=False)
    company: str
    journey: str

    def text(self, label: str, value: str) -> Sealed:
        """UTF-8."""
        return seal(self.key, self.company, self.journey, label, value.encode())

    def json(self, label: str, value: Any) -> Sealed:
        """Anything orjson writes (dataclasses, datetimes and tuples too)."""
        return seal(self.key, self.company, self.journey, label, orjson.dumps(value))

    def tag(self, value: str) -> str:
        """The echo tag of a text."""
        return tag(self.key, value)


@dataclass(frozen=True, slots=True)
class SubjectOpener:
    """Opens what `SubjectSealer` sealed. Every method raises SealBroken on a mismatch."""

    key: bytes = field(repr=False)
    company: str
    journey: str

    def text(self, label: str, sealed: bytes) -> str:
        return open_sealed(self.key, self.company, self.journey, label, sealed).decode()

    def json(self, label: str, sealed: bytes) -> Any:
        return orjson.loads(open_sealed(self.key, self.company, self.journey, label, sealed))
