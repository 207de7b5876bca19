"""The edge, case by case, under uvicorn on real Kafka and PostgreSQL: what is answered, and what is kept."""

from __future__ import annotations

import asyncio
import gzip
import hmac
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import httpx
import orjson
import pytest

from api.ingress.accept import Acceptor
from api.ingress.app import STRANGER_S, Ingress
from api.ingress.body import INLINE_BODY, MAX_BODY
from eventlog.ingress import IngressRecord
from eventlog.producer import RawLog
from eventlog.topics import Topics
from proof.ground.edge import records, serving
from streams.aging import Aging
from tests.api.conftest import Edge
from tests.api.edge import SECRET, Instance, bodies_of, letters, new_instance, raw
from vault.credentials import InstanceRef
from vault.db import Vault

pytestmark = pytest.mark.stack
SIGNED = {"x-webhook-secret": SECRET, "content-type": "application/json"}


@pytest.fixture
async def instance(vault: Vault) -> Instance:
    return await new_instance(vault)


class World:
    """One test's eyes on the log and the vault."""

    def __init__(self, kafka: str, topics: Topics, vault: Vault) -> None:
        self.kafka, self.topics, self.vault = kafka, topics, vault

    async def bodies(self, instance: Instance) -> list[bytes]:
        return await bodies_of(self.kafka, self.topics.ingress, self.vault, instance)

    async def summaries(self, instance: Instance) -> list[dict[str, Any]]:
        """Letters about strangers that name the instance."""
        found = await letters(self.kafka, self.topics.dlq, "")
        return [letter for letter in found if instance.id in letter["detail"]]

    async def letters(self, instance: str) -> list[tuple[str, str]]:
        found = await letters(self.kafka, self.topics.dlq, instance)
        return [(letter["processor"], letter["code"]) for letter in found]


@pytest.fixture
async def world(kafka: str, topics: Topics, vault: Vault) -> World:
    return World(kafka, topics, vault)


@pytest.fixture(autouse=True)
async def no_strangers_left(edge: Edge) -> None:
    """Each test counts its own strangers."""
    await edge.ingress.flush()


async def test_what_was_answered_200_stands_sealed_in_the_log(edge: Edge, world: World, instance: Instance) -> None:
    body = orjson.dumps({"event": "messages.upsert", "data": {"text": "olá +5511987654321"}})
    answer = await edge.http.post(f"{instance.path}/messages-upsert", content=body, headers=SIGNED)
    assert (answer.status_code, answer.json()) == (200, {"status": "accepted"})
    assert await world.bodies(instance) == [body]
    [record] = [r for r in await records(world.kafka, world.topics.ingress) if r.key == instance.id.encode()]
    assert b"5511987654321" not in record.value + repr(record.headers).encode()
    read = IngressRecord.read(record.value, record.headers)
    assert (read.company, read.provider, read.run) == (instance.company, "evolution", 0)
    assert abs(read.received_ms / 1000 - time.time()) < 60


@pytest.mark.parametrize("body", [b"", b"not json", b'[1, "another shape"]', b"null", b"\xff\xfe\x00"])
async def test_whatever_is_authenticated_is_kept_as_it_came(
    edge: Edge, world: World, instance: Instance, body: bytes
) -> None:
    answer = await edge.http.post(instance.path, content=body, headers=SIGNED)
    assert answer.status_code == 200
    assert await world.bodies(instance) == [body]


async def test_any_live_secret_opens_during_a_rotation(edge: Edge, vault: Vault) -> None:
    rotating = await new_instance(vault, "the-new-secret-000", "the-old-secret-000")
    for secret in ("the-new-secret-000", "the-old-secret-000"):
        answer = await edge.http.post(rotating.path, headers={"x-webhook-secret": secret})
        assert answer.status_code == 200


async def test_a_duplicate_is_kept_twice_for_the_normaliser_to_judge(
    edge: Edge, world: World, instance: Instance
) -> None:
    for _ in range(2):
        assert (await edge.http.post(instance.path, content=b"{}", headers=SIGNED)).status_code == 200
    assert await world.bodies(instance) == [b"{}", b"{}"]


@pytest.mark.parametrize("size", [INLINE_BODY, INLINE_BODY + 1])
async def test_a_body_over_512_kib_goes_by_reference(edge: Edge, world: World, instance: Instance, size: int) -> None:
    body = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    assert (await edge.http.post(instance.path, content=body, headers=SIGNED)).status_code == 200
    assert await world.bodies(instance) == [body]
    [record] = [r for r in await records(world.kafka, world.topics.ingress) if r.key == instance.id.encode()]
    assert (record.value == b"-") == (size > INLINE_BODY)


@pytest.mark.parametrize("size", [1, INLINE_BODY + 1])
async def test_a_clock_a_month_behind_does_not_seal_what_comes_with_a_key_that_ages_out_at_once(
    world: World, raw_log: RawLog, instance: Instance, size: int
) -> None:
    """Found by R12: what was accepted meanwhile could not be opened any more."""
    vault, body = world.vault, b"x" * size
    behind = Acceptor(vault, raw_log, world.topics, clock=lambda: datetime.now(UTC) - timedelta(days=30))
    await behind.accept("evolution", InstanceRef(instance.company, instance.id, ()), body, "text/plain")
    await Aging(vault).once()
    assert await world.bodies(instance) == [body]


async def test_a_packed_body_is_kept_unpacked(edge: Edge, world: World, instance: Instance) -> None:
    headers = {**SIGNED, "content-encoding": "gzip"}
    assert (await edge.http.post(instance.path, content=gzip.compress(b"{}"), headers=headers)).status_code == 200
    assert await world.bodies(instance) == [b"{}"]


@pytest.mark.parametrize(
    "case",
    [
        (gzip.compress(b"\0" * (MAX_BODY + 1)), "gzip", 413, "body_too_large"),
        (b"\x1f\x8b broken", "gzip", 200, "encoding_broken"),
        (gzip.compress(b"cut in the middle")[:-8], "gzip", 200, "encoding_broken"),
        (b"{}", "br", 200, "encoding_unknown"),
    ],
)
async def test_what_does_not_unpack_is_a_dead_letter(
    edge: Edge, world: World, instance: Instance, case: tuple[bytes, str, int, str]
) -> None:
    body, encoding, status, code = case
    headers = {**SIGNED, "content-encoding": encoding}
    answer = await edge.http.post(instance.path, content=body, headers=headers)
    assert answer.status_code == status
    assert await world.bodies(instance) == []
    assert await world.letters(instance.id) == [("ingress", code)]


async def test_a_declared_giant_is_413_and_a_dead_letter_unread(edge: Edge, world: World, instance: Instance) -> None:
    head = f"POST {instance.path} HTTP/1.1\r\nhost: x\r\nx-webhook-secret: {SECRET}\r\ncontent-length: {MAX_BODY + 1}"
    answer = await raw(edge.port, head.encode() + b"\r\n\r\n")  # and not one byte of the body
    assert answer is not None
    assert answer.status == 413
    assert orjson.loads(answer.body)["code"] == "body_too_large"
    assert await world.letters(instance.id) == [("ingress", "body_too_large")]


async def test_an_undeclared_giant_is_413_and_the_largest_body_is_taken(
    edge: Edge, world: World, instance: Instance
) -> None:
    async def chunks(total: int) -> AsyncIterator[bytes]:
        for at in range(0, total, 1 << 20):
            yield b"x" * min(1 << 20, total - at)

    over = await edge.http.post(instance.path, content=chunks(MAX_BODY + 1), headers=SIGNED)
    assert over.status_code == 413
    assert await world.letters(instance.id) == [("ingress", "body_too_large")]
    assert (await edge.http.post(instance.path, content=chunks(MAX_BODY), headers=SIGNED)).status_code == 200
    assert [len(body) for body in await world.bodies(instance)] == [MAX_BODY]


async def test_strangers_get_one_answer_whatever_is_wrong(edge: Edge, world: World, instance: Instance) -> None:
    tries = [
        (instance.path, {"x-webhook-secret": "wrong"}),
        (instance.path, {}),
        (instance.path, {"authorization": "Bearer e30.e30.e30"}),
        (instance.path, {"content-length": str(MAX_BODY + 1)}),
        ("/ingress/evolution/nobody", SIGNED),
        ("/ingress/evolution/nobody", {"content-length": str(MAX_BODY + 1)}),
        ("/ingress/evolution/", SIGNED),
        ("/ingress/evolution/%00", SIGNED),
        ("/ingress/evolution/%ff%fe", SIGNED),
        ("/ingress/evolution/" + "a" * 5000, SIGNED),
        ("/ingress/nobody/x", SIGNED),
        ("/ingress/", SIGNED),
    ]
    answers = set()
    for path, headers in tries:
        lines = [f"POST {path} HTTP/1.1", "host: x", *(f"{name}: {value}" for name, value in headers.items())]
        answer = await raw(edge.port, "\r\n".join(lines).encode() + b"\r\n\r\n")
        assert answer is not None
        without_date = b"\r\n".join(line for line in answer.headers.split(b"\r\n") if not line.startswith(b"date"))
        answers.add((answer.status, without_date, answer.body))
    [(status, headers_seen, body)] = answers
    assert status == 503
    assert b"retry-after: 5" in headers_seen
    assert orjson.loads(body)["code"] == "unavailable"
    assert await world.bodies(instance) == []
    assert await world.letters(instance.id) == []


async def test_how_long_a_stranger_waits_tells_nothing(edge: Edge, instance: Instance) -> None:
    await edge.http.post(instance.path, headers=SIGNED)  # the real sender keeps the look-up in the cache

    async def waits(path: str) -> float:
        started = time.perf_counter()
        await edge.http.post(path, headers={"x-webhook-secret": "wrong"})
        return time.perf_counter() - started

    known = [await waits(instance.path) for _ in range(15)]
    unknown = [await waits(f"/ingress/evolution/nobody-{number}") for number in range(15)]
    assert min(known + unknown) >= STRANGER_S * 0.98
    assert abs(median(known) - median(unknown)) < 0.01


async def test_strangers_are_one_bounded_letter(edge: Edge, world: World, instance: Instance) -> None:
    before = len(await world.letters(""))
    wrong = {"x-webhook-secret": "wrong"}
    paths = [instance.path] * 30 + [f"/ingress/evolution/nobody-{number}" for number in range(30)]
    await asyncio.gather(*(edge.http.post(path, headers=wrong) for path in paths))
    await edge.ingress.flush()
    found = await letters(world.kafka, world.topics.dlq, "")
    assert len(found) == before + 1
    letter = found[-1]
    assert (letter["code"], letter["body"]) == ("unauthenticated", None)
    rows = orjson.loads(letter["detail"])
    assert {(row["why"], row["instance"], row["count"]) for row in rows} == {
        ("bad_secret", instance.id, 30),
        ("unknown_instance", "", 30),
    }
    assert {row["network"] for row in rows} == {"127.0.0.0/24"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_another_method_is_405(edge: Edge, instance: Instance, method: str) -> None:
    answer = await edge.http.request(method, instance.path, headers=SIGNED)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    if method != "HEAD":
        assert answer.json()["code"] == "method_not_allowed"


async def test_half_a_body_is_nothing(edge: Edge, world: World, instance: Instance) -> None:
    head = f"POST {instance.path} HTTP/1.1\r\nhost: x\r\nx-webhook-secret: {SECRET}\r\ncontent-length: 100\r\n\r\n"
    await raw(edge.port, head.encode() + b'{"half": ', hang_up=True)
    assert (await edge.http.post(instance.path, content=b"{}", headers=SIGNED)).status_code == 200
    assert await world.bodies(instance) == [b"{}"]
    assert await world.letters(instance.id) == []


async def test_many_at_once_are_all_kept(edge: Edge, world: World, instance: Instance) -> None:
    bodies = [orjson.dumps({"n": number}) for number in range(200)]
    answers = await asyncio.gather(*(edge.http.post(instance.path, content=b, headers=SIGNED) for b in bodies))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(await world.bodies(instance)) == sorted(bodies)


async def test_a_provider_that_signs_its_bodies_is_judged_by_the_body(
    world: World, vault: Vault, raw_log: RawLog, instance: Instance
) -> None:
    def signed(headers: dict[str, str], body: bytes, secrets: tuple[str, ...]) -> bool:
        return any(headers.get("x-signature") == hmac.digest(s.encode(), body, "sha256").hex() for s in secrets)

    ingress = Ingress(
        Acceptor(vault, raw_log, world.topics), {"evolution": signed}, signs_body=frozenset({"evolution"})
    )
    signature = {"x-signature": hmac.digest(SECRET.encode(), b"{}", "sha256").hex()}
    async with (
        serving(ingress) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as http,
    ):
        assert (await http.post(instance.path, content=b"{}", headers=signature)).status_code == 200
        assert (await http.post(instance.path, content=b"{ }", headers=signature)).status_code == 503
        giant = await http.post(instance.path, content=b"x" * (MAX_BODY + 1), headers=signature)
        assert giant.status_code == 503  # nobody knows whose it was
    await ingress.flush()
    assert await world.bodies(instance) == [b"{}"]
    [letter] = await world.summaries(instance)
    counts = {row["why"]: row["count"] for row in orjson.loads(letter["detail"])}
    assert counts == {"bad_secret": 1, "unsigned_giant": 1}


async def test_a_fault_of_ours_is_503_so_that_the_provider_tries_again(
    world: World, vault: Vault, raw_log: RawLog, instance: Instance
) -> None:
    def broken(_headers: dict[str, str], _body: bytes, _secrets: tuple[str, ...]) -> bool:
        raise ZeroDivisionError

    async with (
        serving(Ingress(Acceptor(vault, raw_log, world.topics), {"evolution": broken})) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http,
    ):
        answer = await http.post(instance.path, content=b"{}", headers=SIGNED)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def test_a_body_that_does_not_end_is_given_up(
    monkeypatch: pytest.MonkeyPatch, edge: Edge, world: World, instance: Instance
) -> None:
    monkeypatch.setattr("api.ingress.body.BODY_S", 0.2)
    head = f"POST {instance.path} HTTP/1.1\r\nhost: x\r\nx-webhook-secret: {SECRET}\r\ncontent-length: 100\r\n\r\n"
    answer = await raw(edge.port, head.encode() + b"half")
    assert answer is not None
    assert answer.status == 503
    assert await world.bodies(instance) == []


async def test_the_summary_comes_by_itself_once_a_window(
    monkeypatch: pytest.MonkeyPatch, edge: Edge, world: World, instance: Instance
) -> None:
    monkeypatch.setattr("api.ingress.app.SUMMARY_CHECK_S", 0.05)
    monkeypatch.setattr("api.ingress.strangers.WINDOW_S", 0.1)
    await edge.http.post(instance.path, headers={"x-webhook-secret": "wrong"})
    summaries = asyncio.create_task(edge.ingress.summarise())
    try:
        async with asyncio.timeout(20):
            while not await world.summaries(instance):
                await asyncio.sleep(0.05)
    finally:
        summaries.cancel()
        await asyncio.gather(summaries, return_exceptions=True)
