"""A vault that comes from a backup learns of users what it missed: who was erased, and whose each address is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest

from cli.processes.catch_up import catch_up
from cli.settings import Settings
from domain.access.matrix import Role
from domain.kernel.event import Event
from domain.kernel.ids import HOLDING, HOLDING_TENANT, user_subject
from domain.people.events import InvitationIssued, UserErased
from embedded import postgres as postgres_parts
from embedded.postgres import PostgresConfig
from eventlog.topics import Topics, cluster_id, create_topics
from proof.embedded_servers import PASSWORD, postgres_server
from proof.ground.edge import PARTITIONS
from proof.ground.served import ServedLog
from proof.servers import data_folder, reserved_port
from streams.effects.forget_user import told_of
from tests.api.world import make_settings
from tests.streams.people import Person, somebody
from vault.accounts.logins import set_password
from vault.backup import backup, restore
from vault.db import Vault, open_vault
from vault.keys import Tombstone
from vault.migrate import migrate
from vault.provision import ROLE, provision

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[PostgresConfig]:
    """The vault's database and role have fixed names."""
    with data_folder("postgres") as folder, reserved_port() as port:
        config = PostgresConfig(folder / "postgres", port, PASSWORD, settings={"fsync": "off"})
        server = postgres_server(config)
        server.start(partial(postgres_parts.ready, config))
        try:
            yield config
        finally:
            server.stop()


def issued(log: ServedLog, person: Person) -> InvitationIssued:
    event = log.event(
        person.stream,
        InvitationIssued,
        invitation=person.invitation,
        company=HOLDING_TENANT,
        user=person.user,
        role=str(Role.AUDITOR),
        email=person.sealer.text("user.email", person.address),
        email_hash=person.email_hash,
        expires_at=log.at + timedelta(hours=48),
    )
    assert isinstance(event, InvitationIssued)
    return event


def erased(log: ServedLog, person: Person) -> UserErased:
    event = log.event(
        f"user-{person.user}", UserErased, user=person.user, email_hash=person.email_hash, reason=f"{person.address}!"
    )
    assert isinstance(event, UserErased)
    return event


async def new_vault(settings: Settings) -> str:
    """In the place of the one that is there."""
    async with await psycopg.AsyncConnection.connect(settings.admin_dsn(), autocommit=True) as admin:
        await admin.execute("drop database if exists legion_vault with (force)")
    return await provision(settings.admin_dsn(), settings.role_password(ROLE))


async def whose(vault: Vault, *people: Person) -> list[str | None]:
    return [await vault.aliases.find(HOLDING_TENANT, [("email", person.address)]) for person in people]


async def test_a_restored_vault_learns_of_users_what_the_log_says(
    kafka: str, own_postgres: PostgresConfig, tmp_path: Path
) -> None:
    settings = make_settings(kafka, own_postgres)
    topics = Topics(settings.topic_prefix)
    await create_topics(kafka, topics, PARTITIONS, single_node=True)
    log = ServedLog(await cluster_id(kafka), topics, PARTITIONS)

    def tell(*events: Event) -> None:
        log.commit(HOLDING_TENANT, HOLDING, *events)

    dsn = await new_vault(settings)
    await migrate(dsn)
    async with open_vault(dsn, settings.keks) as vault:
        stays, gone = await somebody(vault), await somebody(vault)
        tell(issued(log, stays))
        tell(issued(log, gone))
        async with vault.logins._pool.transaction() as connection:
            await set_password(connection, gone.user, "$hash$")
        await backup(dsn, tmp_path / "vault.backup", settings.keks)

        end = erased(log, gone)
        tell(end)
        await vault.erasure.catch_up(told_of(end))
        back, young = await somebody(vault, gone.address), await somebody(vault)
        assert back.user != gone.user
        tell(issued(log, back))
        tell(issued(log, young))
    await log.send(kafka)

    await restore(tmp_path / "vault.backup", await new_vault(settings), settings.keks)
    async with open_vault(dsn, settings.keks, behind=True) as restored:  # the control: as it was
        assert await whose(restored, stays, gone, young) == [stays.user, gone.user, None]
        assert isinstance(await key_of(restored, gone), bytes)
        assert await restored.logins.find(gone.user) is not None

    done = await catch_up(settings)
    assert (done.erasures, done.aliases) == (1, 2)
    async with open_vault(dsn, settings.keks) as restored:
        assert await whose(restored, stays, back, young) == [stays.user, back.user, young.user]
        tombstone = await key_of(restored, gone)
        assert isinstance(tombstone, Tombstone)
        assert tombstone.reason == "user_request"
        assert await restored.logins.find(gone.user) is None
        assert isinstance(await key_of(restored, stays), bytes)

    again = await catch_up(settings)
    assert (again.erasures, again.aliases) == (1, 0)
    async with open_vault(dsn, settings.keks) as restored:
        assert await whose(restored, stays, back, young) == [stays.user, back.user, young.user]


async def key_of(vault: Vault, person: Person) -> bytes | Tombstone | None:
    subject = user_subject(person.user)
    return (await vault.keys.open_many(HOLDING_TENANT, [subject]))[subject]
