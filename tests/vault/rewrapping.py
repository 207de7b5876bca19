"""A process that wraps a vault anew, one row a batch, for tests that kill it. DSN and keys come on stdin, as JSON."""

from __future__ import annotations

import asyncio
import sys

import orjson

from vault.db import open_vault
from vault.kek import KeyEncryptionKeys


async def main() -> None:
    given = orjson.loads(sys.stdin.buffer.read())
    async with open_vault(given["dsn"], KeyEncryptionKeys.from_settings(given["keys"], given["current"])) as vault:
        await vault.rewrap.run(batch=1)


if __name__ == "__main__":
    asyncio.run(main())
