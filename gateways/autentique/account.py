"""Under which names a company's account at Autentique is kept in the vault: credential (company, PROVIDER, company)."""

from __future__ import annotations

from typing import Final

PROVIDER: Final = "autentique"

TOKEN: Final = "token"  # noqa: S105  the name of a value
SANDBOX: Final = "sandbox"
"""`true`: documents bind nobody and cost nothing; anything else: they are real."""

HOOK: Final = "hook"
"""The name that webhooks come under: a random word, so that nobody else can guess the address."""
