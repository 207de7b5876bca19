"""The client: against the simulator where Autentique behaves, against bare sockets where a server misbehaves."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest

from domain.kernel.errors import GatewayFailed, InvalidInput, OutcomeUnknown, TooLarge
from gateways.autentique.client import AutentiqueClient, NewDocument
from gateways.autentique.documents import document_of
from gateways.autentique.naming import carries, named
from gateways.autentique.signers import Place, Signer
from gateways.errors import CredentialsRefused, NeverSent, RateLimited, Reason, RefusedForReasons
from gateways.http import Timeouts
from proof.ground.simulator import simulator
from proof.servers import reserved_port
from tests.gateways.autentique.bodies import CORPUS

PDF = b"%PDF-1.7\nours\n%%EOF\n"
# Long enough for an answer on a machine that is busy, short enough to wait for in a test.
QUICK = Timeouts(connect=5.0, read=1.5, total=2.0)
SIGNERS = (
    Signer("email", "ana@example.com", places=(Place(5.0, 90.0, 1),)),
    Signer("whatsapp", "+5527996001122"),
    Signer("link", "Ronaldo", action="SIGN_AS_A_WITNESS"),
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with simulator("simulators.autentique") as url:
        yield url


@pytest.fixture
async def control(server: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server, trust_env=False) as client:
        await client.delete("/_faults")
        yield client


@pytest.fixture
async def client(server: str, control: httpx.AsyncClient) -> AsyncIterator[AutentiqueClient]:
    async with AutentiqueClient("token", base_url=server) as made:
        yield made


async def fault(control: httpx.AsyncClient, **asked: Any) -> None:
    (await control.post("/_faults", json={"count": 1, **asked})).raise_for_status()


def new(**over: Any) -> NewDocument:
    asked = {"title": "Contrato", "reference": str(uuid.uuid4()), "pdf": PDF, "signers": SIGNERS, "sandbox": False}
    return NewDocument(**{**asked, **over})


async def billed(control: httpx.AsyncClient, document: NewDocument) -> int:
    found = (await control.get("/_sim/billed", params={"reference": document.reference})).json()
    return int(found["count"])


async def test_a_document_is_made_with_its_signers(client: AutentiqueClient, control: httpx.AsyncClient) -> None:
    deadline = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    asked = new(sortable=True, reminder="DAILY", deadline_at=deadline, message="Leia, por favor", title=" Um  nome ")
    made = await client.create(asked)
    assert made.name == f"Um nome [{asked.reference}]"
    assert (made.deadline_at, made.sandbox, made.signed) == (deadline, False, False)
    author, ana, phone, ronaldo = made.signatures
    assert author.action is None
    assert (ana.email, ana.action, ana.short_link) == ("ana@example.com", "SIGN", None)
    assert (phone.phone, phone.action) == ("+5527996001122", "SIGN")
    assert (ronaldo.name, ronaldo.action) == ("Ronaldo", "SIGN_AS_A_WITNESS")
    assert ronaldo.short_link is not None
    assert "ana@example.com" not in repr(made)
    assert await client.document(made.id) == made
    assert await billed(control, asked) == 1
    (kept,) = (await control.get("/_sim/documents", params={"reference": asked.reference})).json()
    assert (kept["sortable"], kept["reminder"], kept["message"]) == (True, "DAILY", "Leia, por favor")
    assert kept["signatures"][1]["positions"] == [{"x": "5.0", "y": "90.0", "z": 1, "element": "SIGNATURE", "angle": 0}]
    assert kept["signatures"][2]["delivery_method"] == "DELIVERY_METHOD_WHATSAPP"


@pytest.mark.parametrize(
    ("asked", "error", "made"),
    [
        ({"kind": "refuse", "status": 429}, RateLimited, 0),
        ({"kind": "refuse", "status": 401}, CredentialsRefused, 0),
        ({"kind": "refuse", "status": 403}, CredentialsRefused, 0),
        ({"kind": "refuse", "status": 413}, RefusedForReasons, 0),
        ({"kind": "errors", "fields": {"signers.0.email": ["invalid_email"]}}, RefusedForReasons, 0),
        ({"kind": "errors", "message": "documents_limit_reached"}, RefusedForReasons, 0),
        ({"kind": "errors", "message": "Unauthorized"}, CredentialsRefused, 0),
        ({"kind": "errors", "message": "Internal server error"}, OutcomeUnknown, 0),
        ({"kind": "refuse", "status": 500}, OutcomeUnknown, 0),
        ({"kind": "refuse", "status": 408}, OutcomeUnknown, 0),
        ({"kind": "never_does"}, OutcomeUnknown, 0),
        ({"kind": "error_after", "status": 502}, OutcomeUnknown, 1),
        ({"kind": "timeout_after"}, OutcomeUnknown, 1),
    ],
)
async def test_what_making_came_to_is_named_and_it_is_never_tried_twice(
    server: str, control: httpx.AsyncClient, asked: dict[str, Any], error: type[Exception], made: int
) -> None:
    await fault(control, **asked)
    document = new()
    async with AutentiqueClient("token", base_url=server, timeouts=QUICK) as quick:
        with pytest.raises(error) as raised:
            await quick.create(document)
        assert type(raised.value) is error
        found = await quick.find(document.reference)
    assert len(found) == made
    assert await billed(control, document) == made
    assert all(each.name == named("Contrato", document.reference) for each in found)


async def test_errors_name_the_request_and_hold_no_words_of_people(
    client: AutentiqueClient, control: httpx.AsyncClient
) -> None:
    wrong = new(signers=(Signer("email", "ana@"), Signer("email", "rosa@example.com")))
    await fault(control, kind="errors", fields={"signers.0.email": ["invalid_email"], "x ana@": ["ana@ is wrong"]})
    with pytest.raises(RefusedForReasons) as raised:
        await client.create(wrong)
    assert raised.value.reasons == (Reason("signers.0.email", "invalid_email"), Reason("", "invalid"))
    assert "(request " in raised.value.detail
    assert "ana@" not in str(raised.value)
    assert "ana@" in raised.value.body
    await fault(control, kind="refuse", status=503)
    with pytest.raises(OutcomeUnknown, match=r"HTTP 503 \(request [0-9a-f]+\)"):
        await client.create(new())


async def test_reasons_have_their_parameter(client: AutentiqueClient, control: httpx.AsyncClient) -> None:
    await fault(control, kind="errors", fields={"document.name": ["must_be_at_least_characters:3"]})
    with pytest.raises(RefusedForReasons) as raised:
        await client.create(new())
    assert raised.value.reasons == (Reason("document.name", "must_be_at_least_characters", "3"),)


async def test_a_limit_always_has_a_wait(client: AutentiqueClient, control: httpx.AsyncClient) -> None:
    await fault(control, kind="refuse", status=429)
    with pytest.raises(RateLimited) as raised:
        await client.document("x")
    assert raised.value.retry_after_s == 1.0
    async with answering(b'HTTP/1.1 429 X\r\ncontent-length: 32\r\n\r\n{"message":"Too Many Attempts."} ') as bare:
        with pytest.raises(RateLimited) as silent:
            await bare.create(new())
    assert silent.value.retry_after_s == 60.0


async def test_a_question_that_fails_may_be_asked_again(server: str, control: httpx.AsyncClient) -> None:
    async with AutentiqueClient("token", base_url=server, timeouts=QUICK) as quick:
        for asked in ({"kind": "refuse", "status": 500}, {"kind": "never_does"}):
            await fault(control, **asked)
            with pytest.raises(GatewayFailed):
                await quick.document("x")
        await fault(control, kind="timeout_after")
        with pytest.raises(GatewayFailed):
            await quick.cancel("x", datetime.now(UTC))


async def test_no_connection_means_never_sent() -> None:
    with reserved_port() as port:
        async with AutentiqueClient("k", base_url=f"http://127.0.0.1:{port}") as away:
            with pytest.raises(NeverSent):
                await away.create(new())
            with pytest.raises(NeverSent):
                await away.find("ref-00000001")


async def test_a_search_pages_through_and_takes_only_what_carries_the_reference(
    client: AutentiqueClient, control: httpx.AsyncClient
) -> None:
    stem = uuid.uuid4().hex[:12]
    for number in range(43):
        await client.create(new(reference=f"{stem}-{number:02}", sandbox=number % 2 == 0))
    longer = await client.create(new(reference=f"{stem}-001"))
    (one,) = await client.find(f"{stem}-00")  # is a part of the longer one's, and on the third page
    assert one.name.endswith(f"[{stem}-00]")
    assert one.sandbox
    (other,) = await client.find(f"{stem}-001")
    assert other.id == longer.id
    await fault(control, kind="lists_late")
    assert await client.find(f"{stem}-001") == ()


async def test_a_search_for_another_accounts_document_finds_nothing(client: AutentiqueClient) -> None:
    document = new()
    made = await client.create(document)
    other = client.using("another token")
    assert await other.find(document.reference) == ()
    assert await other.document(made.id) is None
    assert await other.cancel(made.id, datetime.now(UTC)) is None


async def test_a_cancelled_document_cannot_be_signed(client: AutentiqueClient, control: httpx.AsyncClient) -> None:
    made = await client.create(new())
    now = datetime.now(UTC)
    cancelled = await client.cancel(made.id, now)
    assert cancelled is not None
    assert cancelled.deadline_at is not None
    assert abs(cancelled.deadline_at - now) < timedelta(milliseconds=1)
    answer = await control.post(f"/_sim/documents/{made.id}/signatures/{made.signatures[1].public_id}/sign")
    assert answer.status_code == 409
    assert await client.cancel(made.id, datetime.now(UTC)) is not None


async def test_signers_are_asked_again_but_not_at_once(client: AutentiqueClient) -> None:
    made = await client.create(new())
    await client.resend([made.signatures[1].public_id])
    with pytest.raises(RefusedForReasons) as raised:
        await client.resend([made.signatures[1].public_id])
    assert raised.value.reasons == (Reason("", "too_many_resent_emails"),)
    with pytest.raises(RefusedForReasons):
        await client.resend([str(uuid.uuid4())])


async def test_what_signers_did_is_read(client: AutentiqueClient, control: httpx.AsyncClient) -> None:
    made = await client.create(new())
    acts = f"/_sim/documents/{made.id}/signatures"
    await control.post(f"{acts}/{made.signatures[1].public_id}/sign")
    await control.post(f"{acts}/{made.signatures[2].public_id}/view")
    await control.post(f"{acts}/{made.signatures[3].public_id}/reject", json={"reason": "preço"})
    seen = await client.document(made.id)
    assert seen is not None
    _, ana, phone, ronaldo = seen.signatures
    assert ana.signed_at is not None
    assert phone.viewed_at is not None
    assert phone.signed_at is None
    assert ronaldo.rejected_at is not None
    assert ronaldo.rejected_reason == "preço"
    assert not seen.signed


async def test_the_signed_file_comes_with_its_digest(client: AutentiqueClient, control: httpx.AsyncClient) -> None:
    made = await client.create(new(signers=SIGNERS[:1]))
    await control.post(f"/_sim/documents/{made.id}/signatures/{made.signatures[1].public_id}/sign")
    seen = await client.document(made.id)
    assert seen is not None
    assert seen.signed
    assert seen.files.signed is not None
    got = await client.download(seen.files.signed)
    assert got.content.startswith(PDF)
    assert b"% signed " in got.content
    assert got.sha256 == hashlib.sha256(got.content).hexdigest()
    with pytest.raises(TooLarge):
        await client.download(seen.files.signed, largest=10)
    with pytest.raises(GatewayFailed, match="HTTP 404"):
        await client.download(seen.files.signed.replace(made.id, "0" * 50))


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://api.autentique.com.br/x.pdf",
        "https://api.autentique.com.br:8443/x.pdf",
        "https://api.autentique.com.br.example/x.pdf",
        "https://api.autentique.com.br@evil.example/x.pdf",
        "file:///etc/passwd",
        "//evil.example/x.pdf",
        "/etc/passwd",
        "",
        "http://[",
    ],
)
async def test_files_are_fetched_from_nowhere_else(client: AutentiqueClient, url: str) -> None:
    with pytest.raises(GatewayFailed) as raised:
        await client.download(url)
    assert raised.value.code == "file_host_unknown"


async def test_a_redirect_leads_nowhere_else_either() -> None:
    away = b"HTTP/1.1 302 X\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"
    async with answering(away) as client:
        with pytest.raises(GatewayFailed) as raised:
            await client.download(f"{client._base_url}/x.pdf")
    assert raised.value.code == "file_host_unknown"
    async with answering(
        b"HTTP/1.1 302 X\r\nlocation: /x.pdf\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    ) as client:
        with pytest.raises(GatewayFailed, match="redirects"):
            await client.download(f"{client._base_url}/x.pdf")
    async with answering(b"HTTP/1.1 200 X\r\ncontent-length: 6\r\n\r\n<html>") as client:
        with pytest.raises(GatewayFailed) as page:
            await client.download(f"{client._base_url}/x.pdf")
    assert page.value.code == "file_not_pdf"


@asynccontextmanager
async def answering(raw: bytes, *, trickle: bool = False) -> AsyncIterator[AutentiqueClient]:
    """A server that says these bytes to every request, or trickles them for ever."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        # To the end: closing before would reset the connection, and with it the answer.
        length = next((line for line in head.split("\r\n") if line.startswith("content-length: ")), "content-length: 0")
        await reader.readexactly(int(length.split(": ")[1]))
        writer.write(raw)
        while trickle and not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.05)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        async with AutentiqueClient("k", base_url=f"http://127.0.0.1:{port}", timeouts=QUICK) as client:
            yield client


def http(body: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\ncontent-length: {len(body.encode())}\r\n\r\n{body}".encode()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{",
        http("ok"),
        http("{}"),
        http("[]"),
        http('{"data":{"createDocument":null}}'),
        http('{"data":{"createDocument":{}}}'),
        http('{"data":null,"errors":[{"message":"Internal server error","path":["createDocument"]}]}'),
        http('{"data":null,"errors":[{"message":"some_code","path":["createDocument","link"]}]}'),
        http('{"errors":[{"message":"Internal server error"}]}'),
        http('{"errors":[{"message":"a_code"},{"message":"Something went wrong"}]}'),
        b"HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 524 X\r\ncontent-length: 0\r\n\r\n",
    ],
)
async def test_a_broken_answer_leaves_the_outcome_unknown(raw: bytes) -> None:
    async with answering(raw) as client:
        with pytest.raises(OutcomeUnknown):
            await client.create(new())


async def test_an_answer_that_trickles_is_cut_at_the_total_time() -> None:
    async with answering(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n", trickle=True) as client:
        with pytest.raises(OutcomeUnknown):
            await asyncio.wait_for(client.create(new()), 3)


async def test_a_document_beside_errors_was_made() -> None:
    raw = '{"data":{"createDocument":{"id":"d1","name":"x"}},"errors":[{"message":"Internal server error"}]}'
    async with answering(http(raw)) as client:
        assert (await client.create(new())).id == "d1"


async def test_a_query_that_was_never_run_is_refused() -> None:
    raw = '{"errors":[{"message":"Variable \\"$file\\" got invalid value","locations":[{"line":1,"column":2}]}]}'
    async with answering(http(raw)) as client:
        with pytest.raises(RefusedForReasons) as raised:
            await client.create(new())
    assert raised.value.reasons == (Reason("", "query_refused"),)


async def test_no_list_is_not_an_empty_list() -> None:
    async with answering(http('{"data":{"documents":null}}')) as client:
        with pytest.raises(GatewayFailed):
            await client.find("ref-00000001")


async def test_a_document_that_is_null_is_not_there() -> None:
    async with answering(http('{"data":{"document":null}}')) as client:
        assert await client.document("x") is None


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"reference": "short"}, "reference_invalid"),
        ({"reference": "with space and more"}, "reference_invalid"),
        ({"title": "  "}, "title_invalid"),
        ({"title": "x" * 151}, "title_invalid"),
        ({"signers": ()}, "signer_invalid"),
        ({"signers": (Signer("email", "nobody"),)}, "signer_invalid"),
        ({"signers": (Signer("sms", "27996001122"),)}, "signer_invalid"),
        ({"signers": (Signer("link", " "),)}, "signer_invalid"),
        ({"pdf": b"<html>"}, "file_invalid"),
    ],
)
async def test_what_cannot_be_right_is_not_sent(client: AutentiqueClient, over: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        await client.create(new(**over))
    assert raised.value.code == code


def test_a_reference_is_carried_only_at_the_end() -> None:
    assert carries("Contrato [ref-00000001]", "ref-00000001")
    assert not carries("Contrato [ref-00000001] cópia", "ref-00000001")
    assert not carries("Contrato ref-00000001", "ref-00000001")


@pytest.mark.parametrize("value", [None, 1, [], {}, {"id": ""}, {"id": []}])
def test_what_is_no_document_is_none(value: object) -> None:
    assert document_of(value) is None


corpus = pytest.mark.skipif(not CORPUS.exists(), reason="the payloads are not part of the repository")


@corpus
def test_a_collected_document_is_understood() -> None:
    tree = orjson.loads((CORPUS / "res_createDocument.json").read_bytes())["data"]["createDocument"]
    made = document_of(tree)
    assert made is not None
    assert (made.name, made.sandbox, made.signed) == (tree["name"], True, False)
    mailed, linked = made.signatures
    assert (mailed.email, mailed.action, mailed.short_link) == (tree["signatures"][0]["email"], "SIGN", None)
    assert linked.short_link == tree["signatures"][1]["link"]["short_link"]
    assert made.files.signed == tree["files"]["signed"]


@corpus
@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("res_error_coded_http200.json", Reason("", "too_many_resent_emails")),
        ("res_error_validation_http200.json", Reason("folder.name", "must_be_at_least_characters", "3")),
    ],
)
async def test_collected_errors_are_refusals(file: str, reason: Reason) -> None:
    async with answering(http((CORPUS / file).read_text())) as client:
        with pytest.raises(RefusedForReasons) as raised:
            await client.create(new())
    assert raised.value.reasons == (reason,)


@corpus
async def test_the_collected_limit_is_a_limit() -> None:
    body = (CORPUS / "res_error_rate_limit_http429.json").read_text()
    async with answering(http(body).replace(b"200 OK", b"429 X")) as client:
        with pytest.raises(RateLimited):
            await client.create(new())


@corpus
async def test_the_collected_request_is_one_that_the_simulator_takes(control: httpx.AsyncClient) -> None:
    """What others send is valid there, so its schema is not merely what we ask for."""
    asked = orjson.loads((CORPUS / "req_createDocument_variables.json").read_bytes())
    files = {"0": ("x.pdf", PDF, "application/pdf")}
    data = {"operations": orjson.dumps(asked).decode(), "map": '{"0":["variables.file"]}'}
    answer = await control.post("/v2/graphql", data=data, files=files, headers={"authorization": "Bearer t"})
    made = answer.json()["data"]["createDocument"]
    assert [each["action"] for each in made["signatures"]] == [None, {"name": "SIGN"}, {"name": "SIGN_AS_A_WITNESS"}]
