"""A mail's form: the same mail under the same id, both bodies, and no header that was not meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from domain.kernel.errors import InvalidInput
from gateways.mail.mail import Mail, Sender, Written, address_of, message_of, sender_of

SENDER = Sender("Legion, «o time»", "legion@legion.example")
WRITTEN = Written("pt-BR", "Convite para Clínica São João & Filhos " + "x" * 90, "Olá,\n\nç" * 60, "<p>Olá ç</p>")
MAIL = Mail("invitation-5f", "ana@example.org", WRITTEN)
AT = datetime(2026, 11, 29, 4, 30, tzinfo=UTC)


def read(mail: Mail = MAIL) -> EmailMessage:
    content = message_of(mail, SENDER, AT).as_bytes()
    assert content.isascii(), "for servers without 8BITMIME"
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 78
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def test_what_is_read_is_what_was_written() -> None:
    message = read()
    assert message["subject"] == WRITTEN.subject
    assert message["from"].addresses[0].display_name == SENDER.name
    assert message["from"].addresses[0].addr_spec == SENDER.address
    assert message["to"] == "ana@example.org"
    assert message["message-id"] == "<invitation-5f@legion.example>"
    assert message["date"].datetime == AT
    assert message["content-language"] == "pt-BR"
    assert message["auto-submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().splitlines() == WRITTEN.text.splitlines()
    assert html.get_content().strip() == WRITTEN.html


def test_a_mail_tried_again_has_the_same_id() -> None:
    assert read()["message-id"] == read()["message-id"] != read(replace(MAIL, id="invitation-6"))["message-id"]


@pytest.mark.parametrize(
    "end", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00", "\ud800"]
)
def test_nothing_smuggles_a_header_in(end: str) -> None:
    bad = f"x{end}Bcc: eve@example.org"
    for mail in (
        replace(MAIL, to=f"ana@example.org{end}Bcc: eve@example.org"),
        replace(MAIL, to=bad),
        replace(MAIL, id=bad),
        replace(MAIL, written=replace(WRITTEN, subject=bad)),
        replace(MAIL, written=replace(WRITTEN, language=bad)),
    ):
        with pytest.raises(InvalidInput):
            message_of(mail, SENDER, AT)
    with pytest.raises(InvalidInput):
        sender_of(f"Legion{end}Bcc: x <legion@legion.example>")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "ana@",
        "@example.org",
        "ana@localhost",
        "a b@example.org",
        "ana@example.org, eve@example.org",
        "ana@example.org>",
        "Ana <ana@example.org>",
        "jürgen@example.org",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        address_of(text)
    assert refused.value.code == "address_invalid"
    assert text not in refused.value.detail or not text


def test_an_address_keeps_its_letters_and_its_domain_becomes_ascii() -> None:
    assert address_of("Ana.Prado+x@Example.org") == "Ana.Prado+x@example.org"
    assert address_of("ana@münchen.example") == "ana@xn--mnchen-3ya.example"
    assert read(replace(MAIL, to="ana@münchen.example"))["to"] == "ana@xn--mnchen-3ya.example"


def test_a_sender_has_a_name_or_none() -> None:
    assert sender_of("Legion <legion@legion.example>") == Sender("Legion", "legion@legion.example")
    assert sender_of("legion@legion.example") == Sender("", "legion@legion.example")
    assert Sender("", "legion@legion.example").domain == "legion.example"
