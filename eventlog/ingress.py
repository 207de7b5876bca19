"""One record of [ingress]: an authenticated body as it came, sealed with the key of its day.

Key: the instance's id. Value: the sealed body, or b"-" where the body was too large for the log and stands in the vault
under its hash. Everything that routes stands in headers, in the clear and free of personal data:

    legion_company, legion_instance, legion_provider   whose it is
    legion_day_key      id of the day key that sealed the body
    legion_run          0 the first time, then counted (an operator has a dead letter's body run again)
    legion_first        `partition:offset` of the record that was the first with this body, on a later run only
    legion_letter       id of the dead letter that a later run follows from
    legion_ref          SHA-256 hex of a body in the vault, absent for an inline one
    legion_received     arrival at the edge, Unix milliseconds
    content-type        as sent
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from domain.kernel.errors import Poison
from eventlog.chain import Headers

BY_REFERENCE: Final = b"-"
"""The value of a record whose body stands in the vault: the log's values are never empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngressRecord:
    """See the module. sealed: None for a body by reference (`ref`). first: (partition, offset). letter: an id."""

    company: str
    instance: str
    provider: str
    day_key: str
    received_ms: int
    content_type: str = "application/json"
    run: int = 0
    ref: str | None = None
    sealed: bytes | None = None
    first: tuple[int, int] | None = None
    letter: str | None = None

    @property
    def key(self) -> bytes:
        return self.instance.encode()

    @property
    def value(self) -> bytes:
        return self.sealed if self.sealed is not None else BY_REFERENCE

    @property
    def headers(self) -> Headers:
        named = {
            "legion_company": self.company,
            "legion_instance": self.instance,
            "legion_provider": self.provider,
            "legion_day_key": self.day_key,
            "legion_run": str(self.run),
            "legion_received": str(self.received_ms),
            "content-type": self.content_type,
        } | ({"legion_ref": self.ref} if self.ref else {})
        if self.first is not None:
            named["legion_first"] = f"{self.first[0]}:{self.first[1]}"
        if self.letter is not None:
            named["legion_letter"] = self.letter
        return tuple((name, value.encode()) for name, value in named.items())

    @classmethod
    def read(cls, value: bytes, headers: Iterable[tuple[str, bytes]]) -> Self:
        """Raises Poison `ingress_malformed`."""
        named = {name: text.decode(errors="replace") for name, text in headers}
        try:
            ref = named.get("legion_ref")
            return cls(
                company=named["legion_company"],
                instance=named["legion_instance"],
                provider=named["legion_provider"],
                day_key=named["legion_day_key"],
                received_ms=int(named["legion_received"]),
                content_type=named.get("content-type", ""),
                run=int(named["legion_run"]),
                ref=ref,
                sealed=None if ref else value,
                first=_place(named.get("legion_first")),
                letter=named.get("legion_letter"),
            )
        except (KeyError, ValueError) as error:
            raise Poison("ingress_malformed", f"{type(error).__name__}: {error}") from None


def _place(text: str | None) -> tuple[int, int] | None:
    """`partition:offset`. Raises ValueError."""
    if text is None:
        return None
    partition, _, offset = text.partition(":")
    return int(partition), int(offset)


def body_aad(company: str, instance: str) -> bytes:
    """Associated data that a body is sealed with: it opens for this company and instance only."""
    return b"\x1f".join((b"ingress", company.encode(), instance.encode()))
