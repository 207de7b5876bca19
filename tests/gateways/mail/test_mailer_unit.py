"""The mailer against real SMTP servers: every way in which a mail can end has its error."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from domain.kernel.errors import InvalidInput, OutcomeUnknown
from gateways.errors import MailPostponed, MailRefused, NeverSent
from gateways.mail.mail import Mail, Written
from gateways.mail.mailer import Mailer, SmtpServer, Tls
from proof.ground.mail import SENDER, MailSink, mail_sink, mailer_to
from proof.servers import reserved_port

PASSWORD = "right"  # pragma: allowlist secret


@pytest.fixture(scope="module")
def sink() -> Iterator[MailSink]:
    with mail_sink() as made:
        yield made


@pytest.fixture(autouse=True)
async def without_faults(sink: MailSink) -> None:
    await sink.no_faults()


def mail() -> Mail:
    """To somebody new."""
    return Mail(f"m-{uuid4()}", f"{uuid4().hex}@example.org", Written("en", "Olá", ".\n..dots\nolá\n", "<p>olá</p>"))


async def test_a_mail_arrives_as_it_was_written(sink: MailSink) -> None:
    sent = mail()
    await sink.mailer().send(sent)
    (came,) = await sink.mails(sent.to)
    assert came["from"] == SENDER.address
    assert came["message_id"] == f"<{sent.id}@legion.example>"
    assert (came["subject"], came["text"], came["html"].strip()) == ("Olá", sent.written.text, "<p>olá</p>")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "refuse", "status": 550}, MailRefused),
        ({"kind": "refuse", "status": 553}, MailRefused),
        ({"kind": "refuse", "status": 450}, MailPostponed),
        ({"kind": "refuse", "status": 421}, MailPostponed),
        ({"kind": "refuse", "status": 530}, NeverSent),  # our login is missing: no fault of the address
        ({"kind": "refuse_data", "status": 554}, MailRefused),
        ({"kind": "refuse_data", "status": 452}, MailPostponed),
        ({"kind": "cut"}, OutcomeUnknown),
        ({"kind": "silent"}, OutcomeUnknown),
    ],
)
async def test_every_failure_has_its_error(sink: MailSink, fault: dict[str, Any], error: type[Exception]) -> None:
    await sink.fault(count=1, **fault)
    sent, mailer = mail(), sink.mailer(timeout_s=1.0)
    with pytest.raises(error) as raised:
        await mailer.send(sent)
    assert type(raised.value) is error
    assert sent.to not in str(raised.value), "what is logged names nobody"
    taken = error is OutcomeUnknown
    assert len(await sink.mails(sent.to)) == taken
    await mailer.send(sent)
    ids = {each["message_id"] for each in await sink.mails(sent.to)}
    assert len(ids) == 1, "again, the same mail"


async def test_a_refusal_tells_the_servers_words_apart_from_the_log(sink: MailSink) -> None:
    await sink.fault(kind="refuse", count=1, status=551)
    sent = mail()
    with pytest.raises(MailRefused) as raised:
        await sink.mailer().send(sent)
    assert (raised.value.smtp_status, raised.value.detail) == (551, "SMTP 551")
    assert sent.to in raised.value.body


async def test_a_server_that_is_not_there_was_never_sent_to() -> None:
    with reserved_port() as port, pytest.raises(NeverSent):
        await mailer_to(port).send(mail())


async def test_without_a_server_nothing_is_sent() -> None:
    with pytest.raises(NeverSent) as raised:
        await Mailer(SmtpServer(host="", port=1), None).send(mail())
    assert raised.value.code == "smtp_not_set"


async def test_a_server_that_says_nothing_costs_the_time_out_and_no_more() -> None:
    with reserved_port() as port:
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", port)
        began = time.monotonic()
        with pytest.raises(NeverSent):
            await mailer_to(port, timeout_s=0.5).send(mail())
        assert time.monotonic() - began < 3
        server.close()


async def test_a_mail_that_is_none_is_said_before_anything_is_sent(sink: MailSink) -> None:
    with pytest.raises(InvalidInput):
        await sink.mailer().send(replace(mail(), to="ana@example.org\r\nRCPT TO:<eve@example.org>"))
    assert await sink.mails("eve@example.org") == []


async def test_a_wrong_password_is_no_fault_of_the_mail() -> None:
    with mail_sink(password=PASSWORD) as guarded:
        for mailer in (guarded.mailer(), guarded.mailer(user="legion", password="wrong")):
            with pytest.raises(NeverSent):
                await mailer.send(mail())
        sent = mail()
        await guarded.mailer(user="legion", password=PASSWORD).send(sent)
        assert len(await guarded.mails(sent.to)) == 1


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Self-signed, for loopback: its file, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, key_file = folder / "certificate.pem", folder / "key.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file, key_file)
    return file, context


class Counting(Sink):
    """How many mails came, and whether over TLS."""

    def __init__(self) -> None:
        super().__init__()
        self.encrypted: list[bool] = []

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        assert server.transport is not None
        self.encrypted.append(session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None)
        return "250 OK"


@asynccontextmanager
async def server(context: ssl.SSLContext | None, tls: Tls) -> AsyncIterator[tuple[Counting, int]]:
    """In a thread with a loop of its own. tls: what it offers."""
    handler = Counting()
    with reserved_port() as port:
        options: dict[str, Any] = {"tls_context": context} if tls is Tls.STARTTLS else {}
        made = Controller(handler, "127.0.0.1", port, ssl_context=context if tls is Tls.TLS else None, **options)
        made.start()
        try:
            yield handler, port
        finally:
            made.stop()


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.TLS])
async def test_over_tls_to_a_server_that_is_who_it_says(
    tls: Tls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, context = certificate(tmp_path)
    async with server(context, tls) as (handler, port):
        with pytest.raises(NeverSent):
            await mailer_to(port, tls=tls).send(mail())  # nobody vouches for it
        assert handler.encrypted == []
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        await mailer_to(port, tls=tls).send(mail())
        assert handler.encrypted == [True]


async def test_starttls_is_never_fallen_back_from() -> None:
    async with server(None, Tls.NONE) as (handler, port):
        with pytest.raises(NeverSent):
            await mailer_to(port, tls=Tls.STARTTLS).send(mail())
        assert handler.encrypted == []
        await mailer_to(port, tls=Tls.NONE).send(mail())  # the control
        assert handler.encrypted == [False]
