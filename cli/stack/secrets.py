"""Secrets of the embedded stack: made at its first start, kept in `<data>/secrets.json` (0600)."""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path
from secrets import token_bytes, token_urlsafe
from typing import Final

import orjson

NAMES: Final = (
    "POSTGRES_ADMIN_PASSWORD",
    "POSTGRES_ROLE_SECRET",
    "CLICKHOUSE_PASSWORD",
    "CLICKHOUSE_ANALYST_PASSWORD",
    "EVOLUTION_API_KEY",
    "WEBHOOK_SECRET",
    "OPENAI_API_KEY",
)


def load_secrets(data_dir: Path) -> dict[str, str]:
    """Name → secret; made where missing, so that a later version finds its new ones too."""
    file = data_dir / "secrets.json"
    secrets: dict[str, str] = orjson.loads(file.read_bytes()) if file.exists() else {}
    missing = [name for name in (*NAMES, "VAULT_KEKS") if name not in secrets]
    if missing:
        for name in missing:
            secrets[name] = _new_kek() if name == "VAULT_KEKS" else token_urlsafe(24)
        _write_private(file, orjson.dumps(secrets, option=orjson.OPT_INDENT_2))
    return secrets


def _new_kek() -> str:
    return f"k1:{b64encode(token_bytes(32)).decode()}"


def _write_private(file: Path, content: bytes) -> None:
    """Replaces the file in one step; nobody but its owner may read it, at no moment."""
    fresh = file.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    fresh.rename(file)
