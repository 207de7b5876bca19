"""Effects of people: who is invited gets one working link, and who is erased leaves nothing in the vault."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from domain.access.commands import DefineRole
from domain.access.matrix import Role
from domain.effect.events import EffectAbandoned
from domain.effect.kinds import EffectKind
from domain.holding.commands import CreateCompany
from domain.kernel.event import Event
from domain.kernel.ids import HOLDING, HOLDING_TENANT, user_subject
from domain.people.commands import RevokeInvitation
from projections.read.events import EventReader
from proof.ground.mail import SENDER, MailSink, mail_sink
from proof.ground.world import LINKS, Ground, Places, ground, streams, until
from streams.effects import invite
from tests.streams.people import Person, says, somebody
from tests.streams.test_effects_stack import happens, topics_of
from vault.keys import Tombstone

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def sink() -> Iterator[MailSink]:
    with mail_sink() as made:
        yield made


@pytest.fixture(scope="module")
async def legion(places: Places, sink: MailSink) -> AsyncIterator[Ground]:
    mailing = places.mailing(sink.smtp_port)
    async with ground(mailing) as made, streams(mailing):
        yield made


@pytest.fixture(autouse=True)
async def faultless(sink: MailSink) -> AsyncIterator[None]:
    yield
    await sink.no_faults()


async def a_company(legion: Ground, locale: str = "pt-BR", name: str = "Clínica <Sol>") -> str:
    company = str(uuid4())
    create = CreateCompany(
        company=company, slug=f"s{company[:8]}", name=name, timezone="America/Sao_Paulo", locale=locale
    )
    await says(legion, create)
    return company


async def invited(legion: Ground, company: str, role: str = Role.SDR) -> Person:
    person = await somebody(legion.vault)
    await says(legion, person.invite(company, role))
    return person


async def last_event(legion: Ground, stream: str) -> Event:
    events = await EventReader(legion.reads).stream_events(HOLDING, stream, after=0, limit=10)
    return events[-1].recorded.event


async def mailed(legion: Ground, sink: MailSink, person: Person) -> dict[str, Any]:
    """The one mail, once the log knows of it."""
    await happens(legion, person.stream, "InvitationMailed")
    mail, *again = await sink.mails(person.address)
    assert all(each["text"] == mail["text"] for each in again), "handed over twice it is the same mail"
    return mail


def token_in(mail: dict[str, Any], person: Person) -> str:
    link = next(line for line in mail["text"].splitlines() if line.startswith("https://"))
    base, _, token = link.partition("#")
    assert base == f"{LINKS}/invitations/{person.invitation}"
    return str(token)


async def test_who_is_invited_gets_a_link_of_their_own_in_the_companys_language(legion: Ground, sink: MailSink) -> None:
    person = await invited(legion, await a_company(legion))
    mail = await mailed(legion, sink, person)
    assert mail["subject"] == "Convite para Clínica <Sol>"
    assert "com a função de SDR (pré-vendas)" in mail["text"]
    assert "(America/Sao_Paulo)" in mail["text"]
    assert "Clínica &lt;Sol&gt;" in mail["html"]
    assert mail["message_id"] == f"<invitation-{person.invitation}@{SENDER.domain}>"
    token = token_in(mail, person)
    assert await legion.vault.links.is_of(token, person.invitation)
    assert not await legion.vault.links.is_of(token, str(uuid4()))
    async with legion.reads.system() as conn:
        cursor = await conn.execute(
            "select mailed_at is not null from core.invitations where id = %s", (person.invitation,)
        )
        assert await cursor.fetchone() == (True,)


async def test_a_role_of_the_companys_own_is_called_by_its_name(legion: Ground, sink: MailSink) -> None:
    company, role = await a_company(legion, "en-GB", "Sun"), str(uuid4())
    await says(legion, DefineRole(role=role, company=company, name="Night shift", permissions=("lead:read",)))
    mail = await mailed(legion, sink, await invited(legion, company, role))
    assert "you are invited to join Sun in the role of Night shift." in mail["text"]


async def test_the_holding_invites_as_legion(legion: Ground, sink: MailSink) -> None:
    mail = await mailed(legion, sink, await invited(legion, HOLDING_TENANT, Role.BACKOFFICE_ADMIN))
    assert mail["subject"] == "Invitation to Legion"
    assert "back-office administrator" in mail["text"]
    assert "(UTC)" in mail["text"]


async def test_an_address_that_is_refused_for_good_is_given_up_with_its_code(legion: Ground, sink: MailSink) -> None:
    await sink.fault(kind="refuse", count=1, status=550)
    person = await invited(legion, await a_company(legion))
    await happens(legion, person.stream, "EffectAbandoned")
    assert "InvitationMailed" not in await topics_of(legion, person.stream)
    assert await sink.mails(person.address) == []
    abandoned = await last_event(legion, person.stream)
    assert isinstance(abandoned, EffectAbandoned)
    assert (abandoned.kind, abandoned.code) == (EffectKind.INVITE.value, "mail_refused")


@pytest.mark.parametrize(
    "fault", [{"kind": "refuse", "status": 450}, {"kind": "refuse", "status": 530}, {"kind": "cut"}]
)
async def test_what_passes_is_tried_again_and_is_the_same_mail(
    legion: Ground, sink: MailSink, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invite, "POSTPONED", timedelta(0))
    monkeypatch.setattr(invite, "UNKNOWN", timedelta(0))
    await sink.fault(count=2, **fault)
    person = await invited(legion, await a_company(legion))
    await happens(legion, person.stream, "InvitationMailed")
    mails = await sink.mails(person.address)
    assert len(mails) == (3 if fault["kind"] == "cut" else 1)
    assert len({mail["message_id"] for mail in mails}) == 1
    assert len({token_in(mail, person) for mail in mails}) == 1
    assert (await topics_of(legion, person.stream)).count("InvitationMailed") == 1


async def test_a_revoked_invitation_is_not_mailed(
    legion: Ground, sink: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two tries: who is revoked while the mail is handed over gets a link that does not work."""
    monkeypatch.setattr(invite, "POSTPONED", timedelta(seconds=5))
    company = await a_company(legion)
    for revoked in (False, True):
        await sink.fault(kind="refuse", count=1, status=450)
        person = await invited(legion, company)

        async def postponed() -> bool:
            return await sink.faults() == []

        await until("the first try", postponed)
        if revoked:
            await says(legion, RevokeInvitation(invitation=person.invitation, company=company))
            await asyncio.sleep(8)
            assert await sink.mails(person.address) == []
        else:
            await mailed(legion, sink, person)  # the control


async def test_who_was_forgotten_meanwhile_is_not_written_to(legion: Ground, sink: MailSink) -> None:
    person = await somebody(legion.vault)
    await legion.vault.keys.destroy(HOLDING_TENANT, user_subject(person.user), "user_request")
    await says(legion, person.invite(await a_company(legion), Role.SDR))
    await happens(legion, person.stream, "EffectAbandoned")
    abandoned = await last_event(legion, person.stream)
    assert isinstance(abandoned, EffectAbandoned)
    assert abandoned.code == "subject_erased"
    assert await sink.mails(person.address) == []


async def rows_of(legion: Ground, person: Person) -> dict[str, int]:
    """Rows of the vault that name the user."""
    found = {}
    async with await psycopg.AsyncConnection.connect(legion.places.vault_dsn) as vault:
        for table, column in {
            "login": "user_id", "session": "user_id", "one_time_token": "user_id", "used_invitation": "user_id",
            "alias": "lead",
        }.items():  # fmt: skip
            cursor = await vault.execute(f"select count(*) from {table} where {column} = %s".encode(), (person.user,))
            row = await cursor.fetchone()
            assert row is not None
            found[table] = row[0]
    return found


async def test_who_is_erased_is_forgotten_by_the_vault(legion: Ground) -> None:
    company = await a_company(legion)
    person, other = await somebody(legion.vault), await somebody(legion.vault)
    for each in (person, other):
        await says(legion, each.invite(company, Role.SDR), each.accept(company, Role.SDR))
        await legion.vault.links.accept(each.invitation, each.user, "$hash$", each.invitation, b"")
        await legion.vault.outbox.sent(each.invitation)  # it was said above
        await legion.vault.sessions.begin(each.user, company, address="a", agent="b")
    before = await rows_of(legion, person)
    assert {table for table, count in before.items() if count} == {"login", "session", "used_invitation", "alias"}

    await says(legion, *person.erased())
    await happens(legion, f"user-{person.user}", "UserForgotten")
    assert set((await rows_of(legion, person)).values()) == {0}
    keys = await legion.vault.keys.open_many(HOLDING_TENANT, [user_subject(each.user) for each in (person, other)])
    tombstone = keys[user_subject(person.user)]
    assert isinstance(tombstone, Tombstone)
    assert tombstone.reason == "user_request", "a code, whatever was typed"
    assert isinstance(keys[user_subject(other.user)], bytes)  # the control
    assert (await rows_of(legion, other))["login"] == 1

    # The address is free: who comes back with it is somebody new.
    again = await somebody(legion.vault, person.address)
    assert again.user != person.user
    assert again.email_hash == person.email_hash
