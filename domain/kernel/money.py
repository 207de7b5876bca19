"""Stub."""

from __future__ import annotations

from typing import Final

CURRENCIES: Final = {"BRL": 2, "USD": 2, "EUR": 2}
