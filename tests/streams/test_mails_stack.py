"""Mails of the vault reach their readers: once, soon, after the server was away too, and not when the token is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from gateways.mail.mailer import Mailer
from proof.ground.mail import MailSink, mail_sink, mailer_to
from proof.ground.world import LINKS, Ground, streams, until
from proof.servers import Postgres, reserved_port
from streams.mails import Mailing
from vault.accounts.mails import MailKind, NewMail
from vault.db import Vault, open_vault
from vault.kek import KeyEncryptionKeys, generate
from vault.migrate import migrate

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def sink() -> Iterator[MailSink]:
    with mail_sink() as made:
        yield made


@pytest.fixture(autouse=True)
async def faultless(sink: MailSink) -> None:
    await sink.no_faults()


@pytest.fixture
async def own_vault(postgres: Postgres) -> AsyncIterator[Vault]:
    dsn = postgres.fresh_database()
    await migrate(dsn)
    async with open_vault(dsn, KeyEncryptionKeys.from_settings({"k1": generate()}, "k1")) as vault:
        yield vault


def mail(kind: MailKind = MailKind.NEW_PASSWORD, locale: str = "en") -> NewMail:
    """To somebody new."""
    return NewMail(kind, f"{uuid4().hex}@example.org", locale, f"token-{uuid4().hex}")


@asynccontextmanager
async def sending(vault: Vault, mailer: Mailer, senders: int = 1) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(Mailing(vault.mails, mailer, LINKS).run()) for _ in range(senders)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in done), done


async def came(sink: MailSink, to: str, timeout_s: float = 10.0) -> str:
    """Its text, once it is there."""

    async def ask() -> str | None:
        found = await sink.mails(to)
        return str(found[0]["text"]) if found else None

    return await until("the mail", ask, timeout_s)


async def waiting(vault: Vault) -> int:
    async with vault.mails._pool.connection() as connection:
        row = await (await connection.execute("select count(*) from mail")).fetchone()
    assert row is not None
    return int(row[0])


async def none_waits(vault: Vault) -> None:
    async def ask() -> bool:
        return await waiting(vault) == 0

    await until("no mail to wait", ask)


async def test_each_kind_is_sent_once_in_its_readers_language(own_vault: Vault, sink: MailSink) -> None:
    reset, lock = mail(MailKind.NEW_PASSWORD, "pt-BR"), mail(MailKind.LOCKED, "es-MX")
    async with sending(own_vault, sink.mailer()):
        for each in (reset, lock):
            await own_vault.mails.put(each)
        text = await came(sink, reset.address)
        assert f"Escolher uma nova senha:\n{LINKS}/new-password#{reset.token}\n" in text
        assert f"Desbloquear la cuenta:\n{LINKS}/unlock#{lock.token}\n" in await came(sink, lock.address)
        await none_waits(own_vault)
        await asyncio.sleep(1.5)
    assert [len(await sink.mails(each.address)) for each in (reset, lock)] == [1, 1]


async def test_a_mail_is_at_most_a_second_late(own_vault: Vault, sink: MailSink) -> None:
    now = asyncio.get_running_loop().time
    took = []
    async with sending(own_vault, sink.mailer()):
        for _ in range(3):
            new, began = mail(), now()
            await own_vault.mails.put(new)
            await came(sink, new.address)
            took.append(now() - began)
    assert sorted(took)[1] < 1.8, took  # with what handing it over takes; one of three may meet a busy machine


async def test_a_slow_server_holds_only_its_own_mail_up(own_vault: Vault, sink: MailSink) -> None:
    await sink.fault(kind="silent", count=1)
    slow, quick = mail(), mail()
    async with sending(own_vault, sink.mailer(timeout_s=30)):
        await own_vault.mails.put(slow)
        await came(sink, slow.address)  # taken, and never answered
        await own_vault.mails.put(quick)
        await came(sink, quick.address, 10.0)


async def test_a_server_that_was_away_gets_it_when_it_is_back(own_vault: Vault) -> None:
    new = mail()
    with reserved_port() as port:
        await own_vault.mails.put(new)
        async with sending(own_vault, mailer_to(port)):
            await asyncio.sleep(1.5)
            assert await waiting(own_vault) == 1
            with mail_sink(smtp_port=port) as back:
                await came(back, new.address, 30.0)
                await none_waits(own_vault)
                assert len(await back.mails(new.address)) == 1


async def test_an_outcome_that_nobody_knows_is_the_same_mail_again(own_vault: Vault, sink: MailSink) -> None:
    await sink.fault(kind="cut", count=1)
    new = mail()
    async with sending(own_vault, sink.mailer()):
        await own_vault.mails.put(new)
        await none_waits(own_vault)
    found = await sink.mails(new.address)
    assert len(found) == 2
    assert len({each["message_id"] for each in found}) == 1


async def test_a_refused_address_is_not_tried_again(own_vault: Vault, sink: MailSink) -> None:
    await sink.fault(kind="refuse", count=1)
    gone, wrong, good = mail(), NewMail(MailKind.LOCKED, "no address", "en", "t"), mail()
    async with sending(own_vault, sink.mailer()):
        await own_vault.mails.put(gone)
        await none_waits(own_vault)
        for each in (wrong, good):
            await own_vault.mails.put(each)
        await none_waits(own_vault)
    assert await sink.mails(gone.address) == []
    assert len(await sink.mails(good.address)) == 1


async def test_after_an_hour_it_is_given_up(own_vault: Vault, sink: MailSink) -> None:
    old, young = mail(), mail()
    for each, minutes in ((old, 61), (young, 59)):
        id_ = await own_vault.mails.put(each)
        async with own_vault.mails._pool.connection() as connection:
            await connection.execute(
                "update mail set made_at = made_at - make_interval(mins => %s) where id = %s", (minutes, id_)
            )
    async with sending(own_vault, sink.mailer()):
        await came(sink, young.address)
        await none_waits(own_vault)
    assert await sink.mails(old.address) == []


async def test_of_several_senders_one_sends_it(own_vault: Vault, sink: MailSink) -> None:
    new = [mail() for _ in range(24)]
    for each in new:
        await own_vault.mails.put(each)
    async with sending(own_vault, sink.mailer(), senders=3):
        await none_waits(own_vault)
    assert [len(await sink.mails(each.address)) for each in new] == [1] * 24


async def test_the_control_without_a_lease_it_is_sent_by_each(
    own_vault: Vault, sink: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the lease is for: a server that takes its time."""
    due = own_vault.mails.due
    monkeypatch.setattr(type(own_vault.mails), "due", lambda _, limit: due(limit, lease=timedelta(0)))
    await sink.fault(kind="silent", count=2)
    new = mail()
    await own_vault.mails.put(new)
    async with sending(own_vault, sink.mailer(timeout_s=4), senders=2):

        async def twice() -> bool:
            return len(await sink.mails(new.address)) > 1

        await until("a second copy", twice)


async def test_the_streams_process_sends_them(legion_without_streams: Ground) -> None:
    new = mail()
    with mail_sink() as sink, capture_logs() as logs:
        async with streams(legion_without_streams.places.mailing(sink.smtp_port)):
            await legion_without_streams.vault.mails.put(new)
            assert f"{LINKS}/new-password#{new.token}" in await came(sink, new.address, 30.0)
            await none_waits(legion_without_streams.vault)

            async def started() -> bool:
                return any(entry["event"] == "streams_started" for entry in logs)

            await until("Faust", started)  # stopped while it starts, it leaves a thread behind
