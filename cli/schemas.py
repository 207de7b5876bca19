"""Tells a Confluent-compatible schema registry (Redpanda's) the ids of the committed lock, for outside tools only.

Legion itself never asks a registry. Ids are given, not assigned: that takes the registry's mode IMPORT, set for each
subject while it is written (Confluent Schema Registry API; Redpanda from 23.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import httpx
import orjson

from domain.kernel.errors import Misconfigured, Unavailable
from eventlog.book import Book, Entry
from eventlog.schema import layout

TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Registered:
    """Counts: schemas written now, and those that stood there before."""

    new: int
    known: int


async def register(registry: str, book: Book) -> Registered:
    """Idempotent. Subject: the schema's full name; version: its number among those of its name.

    Raises Unavailable, or Misconfigured `schema_id_taken` when an id stands for another schema there.
    """
    new = 0
    versions: dict[str, int] = {}
    async with httpx.AsyncClient(base_url=registry, timeout=TIMEOUT_S, trust_env=False) as http:
        try:
            for entry in sorted(book.entries.values(), key=lambda entry: entry.id):
                versions[entry.name] = versions.get(entry.name, 0) + 1
                if not await _is_there(http, entry):
                    await _write(http, entry, book.raw(entry).decode(), versions[entry.name])
                    new += 1
        except httpx.HTTPError as error:
            raise Unavailable("registry_unavailable", f"{type(error).__name__}: {error}") from error
    return Registered(new, len(book.entries) - new)


async def _is_there(http: httpx.AsyncClient, entry: Entry) -> bool:
    found = await http.get(f"/schemas/ids/{entry.id}")
    if found.status_code == httpx.codes.NOT_FOUND:
        return False
    schema = orjson.loads(found.raise_for_status().json()["schema"])
    if layout(schema) != entry.layout:
        raise Misconfigured("schema_id_taken", f"id {entry.id} is not {entry.name} in this registry")
    return True


async def _write(http: httpx.AsyncClient, entry: Entry, schema: str, version: int) -> None:
    mode = f"/mode/{entry.name}"
    # force: a subject that has an earlier version is not empty
    (await http.put(mode, params={"force": "true"}, json={"mode": "IMPORT"})).raise_for_status()
    try:
        body: dict[str, Any] = {"schema": schema, "schemaType": "AVRO", "id": entry.id, "version": version}
        (await http.post(f"/subjects/{entry.name}/versions", json=body)).raise_for_status()
    finally:
        await http.delete(mode)  # back to the registry's own mode
