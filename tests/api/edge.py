"""The ingress as the world meets it: real uvicorn on a free port; and the topics read back."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import orjson

from eventlog.ingress import IngressRecord, body_aad
from proof.ground.edge import records
from vault.credentials import Credential
from vault.daykeys import open_body
from vault.db import Vault

SECRET = "s3cret-of-the-webhook"


@dataclass(frozen=True, slots=True)
class Instance:
    """A channel instance that the vault knows."""

    company: str
    id: str
    name: str

    @property
    def path(self) -> str:
        return f"/ingress/evolution/{self.name}"


async def new_instance(vault: Vault, *secrets: str) -> Instance:
    """Named in the vault, with the given webhook secrets (default: `SECRET`)."""
    made = Instance(str(uuid.uuid4()), str(uuid.uuid4()), f"wa-{uuid.uuid4().hex[:12]}")
    await vault.credentials.name_instance("evolution", made.name, made.company, made.id)
    await vault.credentials.put(made.company, "evolution", made.id, Credential({}, secrets or (SECRET,)))
    return made


async def bodies_of(bootstrap: str, topic: str, vault: Vault, instance: Instance) -> list[bytes]:
    """The plaintext bodies that the log (or the vault, by reference) holds of an instance, in order."""
    found = []
    for record in await records(bootstrap, topic):
        read = IngressRecord.read(record.value, record.headers)
        if read.instance == instance.id:
            found.append(await plaintext(vault, read))
    return found


async def plaintext(vault: Vault, record: IngressRecord) -> bytes:
    if record.ref is not None:
        return await vault.bodies.get(record.ref)
    assert record.sealed is not None
    key = await vault.daykeys.open(record.day_key)
    return open_body(key, body_aad(record.company, record.instance), record.sealed)


async def letters(bootstrap: str, topic: str, instance: str) -> list[dict[str, Any]]:
    """Dead letters whose key is the instance's id (`""`: nobody's)."""
    found = [orjson.loads(record.value) for record in await records(bootstrap, topic)]
    return [letter for letter in found if letter["key"] == b64encode(instance.encode()).decode()]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back on a raw connection."""

    status: int
    headers: bytes
    body: bytes


async def raw(port: int, *parts: bytes, hang_up: bool = False) -> Reply | None:
    """Sends bytes as they are. hang_up: closes at once instead of reading the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        with contextlib.suppress(ConnectionError):  # the server may answer and close before it has read all
            for part in parts:
                writer.write(part)
                await writer.drain()
        if hang_up:
            return None
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return Reply(int(head.split()[1]), head, await reader.readexactly(length))
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
