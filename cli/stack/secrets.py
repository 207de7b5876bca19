"""Secrets of the embedded stack: made at its first start, kept in `<data>/secrets.json` (0600)."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from secrets import token_bytes, token_urlsafe
from typing import Final

import orjson

from cli.private_file import write_private

NAMES: Final = (
    "POSTGRES_ADMIN_PASSWORD",
    "POSTGRES_ROLE_SECRET",
    "CLICKHOUSE_PASSWORD",
    "CLICKHOUSE_ANALYST_PASSWORD",
    "EVOLUTION_API_KEY",
    "WEBHOOK_SECRET",
    "OPENAI_API_KEY",
    "SMTP_PASSWORD",
    "AUTENTIQUE_TOKEN",
)


def load_secrets(data_dir: Path) -> dict[str, str]:
    """Name → secret; made where missing, so that a later version finds its new ones too."""
    file = data_dir / "secrets.json"
    secrets: dict[str, str] = orjson.loads(file.read_bytes()) if file.exists() else {}
    missing = [name for name in (*NAMES, "VAULT_KEKS") if name not in secrets]
    if missing:
        for name in missing:
            secrets[name] = _new_kek() if name == "VAULT_KEKS" else token_urlsafe(24)
        write_private(file, orjson.dumps(secrets, option=orjson.OPT_INDENT_2))
    return secrets


def _new_kek() -> str:
    return f"k1:{b64encode(token_bytes(32)).decode()}"
