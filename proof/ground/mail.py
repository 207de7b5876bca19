"""The mail sink of proofs and tests: a real SMTP server in a process of its own, and what it was given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from gateways.mail.mail import Sender
from gateways.mail.mailer import Mailer, SmtpServer, Tls
from proof.ground.simulator import simulator
from proof.servers import reserved_port

SENDER = Sender("Legion", "legion@legion.example")


@dataclass(frozen=True, slots=True)
class MailSink:
    """url: of its HTTP side. smtp_port: on loopback."""

    url: str
    smtp_port: int

    async def mails(self, to: str) -> list[dict[str, Any]]:
        """Those to an address, in the order in which they came."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{self.url}/_sim/mails", params={"to": to})
            answer.raise_for_status()
            found: list[dict[str, Any]] = answer.json()
            return found

    async def fault(self, **fault: Any) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            (await client.post(f"{self.url}/_faults", json=fault)).raise_for_status()

    async def faults(self) -> list[dict[str, Any]]:
        """Those that will still hit a mail."""
        async with httpx.AsyncClient(trust_env=False) as client:
            found: list[dict[str, Any]] = (await client.get(f"{self.url}/_faults")).json()
            return found

    async def no_faults(self) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            (await client.delete(f"{self.url}/_faults")).raise_for_status()

    def mailer(self, *, timeout_s: float = 5.0, **more: Any) -> Mailer:
        return mailer_to(self.smtp_port, timeout_s=timeout_s, **more)


def mailer_to(smtp_port: int, *, timeout_s: float = 5.0, **more: Any) -> Mailer:
    """To a server on loopback, in the clear."""
    server: dict[str, Any] = {"host": "127.0.0.1", "port": smtp_port, "tls": Tls.NONE, "timeout_s": timeout_s}
    return Mailer(SmtpServer(**(server | more)), SENDER)


@contextmanager
def mail_sink(*, smtp_port: int | None = None, password: str = "") -> Iterator[MailSink]:
    """smtp_port: one that the caller holds (`reserved_port`), for a server that goes and comes back."""
    if smtp_port is None:
        with reserved_port() as port, mail_sink(smtp_port=port, password=password) as sink:
            yield sink
        return
    env = {"LEGION_SIM_SMTP_PASSWORD": password}
    with simulator("simulators.mail", "--smtp-port", str(smtp_port), env=env, ready="/_sim/mails") as url:
        yield MailSink(url, smtp_port)
