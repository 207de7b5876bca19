"""Words that nobody else says, put into every field that a lead can fill, and looked for wherever bytes are kept."""

from __future__ import annotations

import base64
import secrets
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition

from cli.settings import Settings
from embedded import postgres
from eventlog.closing import close_consumer
from eventlog.topics import Topics
from proof.ground.stack import Stack

PROVIDERS_OWN = ("evolution", "jars")
"""Folders below the data folder that are not Legion's: the simulated provider keeps its chats, as a real one does."""


COMMON: Final = "kanari"
"""What every word begins with."""

Needles = Mapping[str, tuple[bytes, ...]]
"""Role → the forms in which it may lie about."""


def word(role: str) -> str:
    return f"{COMMON}{role}{secrets.token_hex(6)}"


@dataclass(frozen=True, slots=True)
class Canaries:
    """One person. words: role → what stands there."""

    phone: str = field(default_factory=lambda: f"55119{secrets.randbelow(90_000_000) + 10_000_000}")
    words: dict[str, str] = field(default_factory=dict)

    def say(self, role: str) -> str:
        return self.words.setdefault(role, word(role))

    def messages(self) -> Iterator[dict[str, Any]]:
        """Baileys contents: every kind that carries words."""
        ad = {"title": self.say("adtitle"), "body": self.say("adbody"), "sourceType": "ad", "sourceId": "1"}
        yield {"extendedTextMessage": {"text": self.say("text"), "contextInfo": {"externalAdReply": ad}}}
        yield {"imageMessage": {"caption": self.say("caption"), "mimetype": "image/jpeg", "url": "https://x.invalid/i"}}
        yield {
            "documentMessage": {
                "fileName": f"{self.say('file')}.pdf", "mimetype": "application/pdf",
                "url": "https://x.invalid/d",
            }
        }  # fmt: skip
        yield {
            "locationMessage": {
                "degreesLatitude": -23.5, "degreesLongitude": -46.6, "name": self.say("place"),
                "address": self.say("street"),
            }
        }  # fmt: skip
        card = f"BEGIN:VCARD\nVERSION:3.0\nFN:{self.say('card')}\nTEL:+5511900000000\nEND:VCARD"
        yield {"contactMessage": {"displayName": self.say("contact"), "vcard": card}}

    def needles(self) -> Needles:
        """Plain, UTF-16, hex, base64 at each alignment."""
        return {role: _forms(text) for role, text in (*self.words.items(), ("phone", self.phone))}


def _forms(text: str) -> tuple[bytes, ...]:
    raw = text.encode()
    # The first and last characters of a base64 piece also tell of its neighbours: left out.
    pieces = [base64.b64encode(bytes(shift) + raw).rstrip(b"=")[(0, 2, 3)[shift] : -1] for shift in range(3)]
    return (raw, text.encode("utf-16-le").rstrip(b"\0"), raw.hex().encode(), *pieces)


Found = set[tuple[str, str]]
"""(where, role)."""


def search(where: str, content: bytes, needles: Needles) -> Found:
    content = content.rstrip(b"\0")  # servers make files longer than what is in them
    if not any(form in content for form in (*_forms(COMMON), *needles["phone"])):
        return set()
    return {(where, role) for role, forms in needles.items() if any(form in content for form in forms)}


@dataclass(frozen=True, slots=True)
class Places:
    """Every place of a running stack where bytes are kept."""

    stack: Stack
    settings: Settings

    def files(self) -> Iterator[tuple[str, Path]]:
        """Everything on disk, by store: kafka, postgres/<database>, postgres/pg_wal, clickhouse, the logs, the rest."""
        names = self._databases()
        for file in (self.stack.out, self.stack.err, *sorted(self.stack.data.rglob("*"))):
            inside = (
                file.relative_to(self.stack.data).parts if file.is_relative_to(self.stack.data) else ("process log",)
            )
            if not file.is_file() or file.is_symlink() or inside[0] in PROVIDERS_OWN:
                continue
            store = inside[0]
            if store == "postgres" and len(inside) > 3 and inside[2] == "base":
                store = f"postgres/{names.get(inside[3], inside[3])}"
            elif store == "postgres" and len(inside) > 2:
                store = f"postgres/{inside[2]}"
            yield store, file

    def in_files(self, needles: Needles) -> Found:
        found: Found = set()
        for store, file in self.files():
            try:
                found |= search(store, file.read_bytes(), needles)
            except FileNotFoundError:  # servers tidy up
                continue
        return found

    def in_dumps(self, needles: Needles) -> Found:
        """pg_dump of each of our databases."""
        found: Found = set()
        for name in self._databases().values():
            if name.startswith("legion"):
                argv = [str(postgres.programs() / "pg_dump"), "--dbname", self.settings.admin_dsn(name), "--inserts"]
                dump = subprocess.run(argv, check=True, capture_output=True).stdout
                found |= search(f"dump/{name}", dump, needles)
        return found

    async def in_records(self, needles: Needles) -> Found:
        """Keys, values and headers as a client sees them: batches on disk are compressed."""
        topics = Topics(self.settings.topic_prefix)
        found: Found = set()
        consumer = AIOKafkaConsumer(bootstrap_servers=self.settings.kafka_bootstrap, enable_auto_commit=False)
        await consumer.start()
        try:
            for topic, count in topics.partition_counts(self.settings.partitions).items():
                places = [TopicPartition(topic, partition) for partition in range(count)]
                consumer.assign(places)
                await consumer.seek_to_beginning(*places)
                ends = await consumer.end_offsets(places)
                while any([await consumer.position(place) < end for place, end in ends.items()]):
                    for records in (await consumer.getmany(timeout_ms=1000)).values():
                        for record in records:
                            headers = b"".join(name.encode() + value for name, value in record.headers)
                            content = (record.key or b"") + b"\0" + (record.value or b"") + b"\0" + headers
                            found |= search(f"records/{topic}", content, needles)
        finally:
            await close_consumer(consumer)
        return found

    def in_clickhouse(self, needles: Needles) -> Found:
        """Every row of every table: parts on disk are compressed."""
        with httpx.Client(
            base_url=f"http://{self.settings.clickhouse_host}:{self.settings.clickhouse_port}",
            auth=(self.settings.clickhouse_user, self.settings.clickhouse_password.get_secret_value()),
            trust_env=False,
            timeout=60,
        ) as http:

            def ask(query: str) -> bytes:
                return http.post("/", content=query).raise_for_status().content

            database = self.settings.clickhouse_database
            tables = ask(
                f"select name from system.tables where database = '{database}' and engine like '%MergeTree' format TSV"
            )
            found: Found = set()
            for table in tables.decode().split():
                rows = ask(f"select * from {database}.`{table}` format TSV")
                found |= search(f"clickhouse/{table}", rows, needles)
            assert tables, "there are tables to look at"
            return found

    async def everywhere(self, needles: Needles) -> Found:
        return (
            self.in_files(needles)
            | self.in_dumps(needles)
            | self.in_clickhouse(needles)
            | await self.in_records(needles)
        )

    def flush(self) -> None:
        """What the server would do by itself in time: dead rows vacuumed, the log of changes begun anew."""
        for name in self._databases().values():
            if name.startswith("legion"):
                with psycopg.connect(self.settings.admin_dsn(name), autocommit=True) as connection:
                    connection.execute("vacuum")
        with psycopg.connect(self.settings.admin_dsn(), autocommit=True) as connection:
            for _ in range(2):
                connection.execute("select pg_switch_wal()")
                connection.execute("checkpoint")

    def _databases(self) -> dict[str, str]:
        with psycopg.connect(self.settings.admin_dsn()) as connection:
            rows = connection.execute("select oid::text, datname from pg_database").fetchall()
        return dict(rows)


def stores(found: Iterable[tuple[str, str]]) -> set[str]:
    return {where for where, _ in found}
