"""The mail sink as any SMTP client and a plain HTTP client see it."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import httpx
import pytest

from proof.ground.mail import MailSink, mail_sink
from simulators.mail.box import KEPT, Box


@pytest.fixture(scope="module")
def sink() -> Iterator[MailSink]:
    with mail_sink() as made:
        yield made


@pytest.fixture
def http(sink: MailSink) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sink.url, trust_env=False) as made:
        made.delete("/_sim/mails")
        made.delete("/_faults")
        yield made


def send(sink: MailSink, to: str, subject: str = "s") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", to, subject
    message.set_content("plain ç")
    message.add_alternative("<p>html ç</p>", subtype="html")
    with smtplib.SMTP("127.0.0.1", sink.smtp_port, timeout=5) as client:
        client.send_message(message)


def test_mails_are_shown_by_who_they_are_to(sink: MailSink, http: httpx.Client) -> None:
    send(sink, "ana@example.org")
    send(sink, "bia@example.org", "hello")
    (found,) = http.get("/_sim/mails", params={"to": "Bia@example.org"}).json()
    assert (found["from"], found["to"], found["subject"]) == ("a@example.org", ["bia@example.org"], "hello")
    assert (found["text"].strip(), found["html"].strip()) == ("plain ç", "<p>html ç</p>")
    assert [each["to"] for each in http.get("/_sim/mails").json()] == [["ana@example.org"], ["bia@example.org"]]
    http.delete("/_sim/mails")
    assert http.get("/_sim/mails").json() == []


def test_a_fault_hits_so_many_mails(sink: MailSink, http: httpx.Client) -> None:
    assert http.post("/_faults", json={"kind": "refuse", "count": 1, "status": 450}).json()["status"] == 450
    assert http.get("/_faults").json() == [{"kind": "refuse", "count": 1, "status": 450}]
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(sink, "ana@example.org")
    send(sink, "ana@example.org")
    assert len(http.get("/_sim/mails").json()) == 1
    for wrong in ({"kind": "unknown"}, {}, {"kind": "refuse", "count": "x"}):
        assert http.post("/_faults", json=wrong).status_code == 400


def test_with_a_password_nobody_sends_without_it() -> None:
    with mail_sink(password="right") as guarded:
        with pytest.raises(smtplib.SMTPSenderRefused):
            send(guarded, "ana@example.org")
        with smtplib.SMTP("127.0.0.1", guarded.smtp_port, timeout=5) as client:
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("legion", "wrong")
            client.login("legion", "right")


def test_only_the_newest_are_kept() -> None:
    box = Box()
    for number in range(KEPT + 5):
        box.put("a@example.org", [f"{number}@example.org"], b"Subject: s\r\n\r\nx")
    assert len(box.to(None)) == KEPT
    assert box.to("4@example.org") == []
    assert box.to("5@example.org")[0].number == 6
