"""Who is to sign, and how Autentique reaches them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from domain.kernel.errors import InvalidInput

Reach = Literal["email", "whatsapp", "sms", "link"]
Action = Literal["SIGN", "SIGN_AS_A_WITNESS", "APPROVE", "RECOGNIZE", "ACKNOWLEDGE_RECEIPT"]

_E164: Final = re.compile(r"\+[1-9]\d{7,14}", re.ASCII)
_DELIVERY: Final = {"whatsapp": "DELIVERY_METHOD_WHATSAPP", "sms": "DELIVERY_METHOD_SMS"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the signature is stamped. x, y: per cent of the page from its upper left corner; page: from 1."""

    x: float
    y: float
    page: int


@dataclass(frozen=True, slots=True)
class Signer:
    """address: an e-mail address, an international phone number (+55…), or with `link` the name: Autentique then sends
    nothing and gives a short link, which we deliver. The order of signers counts in a `sortable` document."""

    reach: Reach
    address: str = field(repr=False)
    action: Action = "SIGN"
    places: tuple[Place, ...] = ()

    def variables(self) -> dict[str, Any]:
        """The SignerInput. Raises InvalidInput `signer_invalid`."""
        address = self.address.strip()
        if not address or (self.reach == "email" and "@" not in address):
            raise InvalidInput("signer_invalid", f"no address for {self.reach}")
        if self.reach in _DELIVERY and not _E164.fullmatch(address):
            raise InvalidInput("signer_invalid", "the phone number is not in international form")
        reached: dict[str, Any] = (
            {"phone": address, "delivery_method": _DELIVERY[self.reach]}
            if self.reach in _DELIVERY
            else {"email" if self.reach == "email" else "name": address}
        )
        positions = [{"x": f"{p.x:.1f}", "y": f"{p.y:.1f}", "z": p.page, "element": "SIGNATURE"} for p in self.places]
        return {**reached, "action": self.action, **({"positions": positions} if positions else {})}
