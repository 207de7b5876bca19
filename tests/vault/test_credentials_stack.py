from __future__ import annotations

import psycopg
import pytest

from domain.kernel.errors import Refused
from vault.cipher import SealBroken
from vault.credentials import Credential, InstanceRef
from vault.db import Vault

pytestmark = pytest.mark.stack

HELD = Credential(values={"api_key": "evo-api-key-1"}, webhook_secrets=("new-secret", "old-secret"))


async def test_a_credential_comes_back_whole_and_is_replaced_whole(vault: Vault, company: str) -> None:
    assert await vault.credentials.get(company, "evolution", "i1") is None
    await vault.credentials.put(company, "evolution", "i1", HELD)
    assert await vault.credentials.get(company, "evolution", "i1") == HELD
    rotated = Credential(values={"api_key": "2"}, webhook_secrets=("newest", *HELD.webhook_secrets))
    await vault.credentials.put(company, "evolution", "i1", rotated)
    assert await vault.credentials.get(company, "evolution", "i1") == rotated
    await vault.credentials.put(company, "evolution", "i0", HELD)
    await vault.credentials.put(company, "telegram", "i2", HELD)
    assert await vault.credentials.list(company, "evolution") == ("i0", "i1")


async def test_the_ingress_finds_company_instance_and_secrets_by_the_providers_name(vault: Vault, company: str) -> None:
    name = f"acme-{company}"
    assert await vault.credentials.instance_for("evolution", name) is None
    await vault.credentials.name_instance("evolution", name, company, "i1")
    assert await vault.credentials.instance_for("evolution", name) == InstanceRef(company, "i1", ())
    await vault.credentials.put(company, "evolution", "i1", HELD)
    found = InstanceRef(company, "i1", ("new-secret", "old-secret"))
    assert await vault.credentials.instance_for("evolution", name) == found
    assert await vault.credentials.instance_for("evolution", name) == found, "from the cache"
    assert await vault.credentials.instance_for("telegram", name) is None


async def test_a_name_belongs_to_the_first_instance_that_took_it(vault: Vault, company: str) -> None:
    name = f"sales-{company}"
    await vault.credentials.name_instance("evolution", name, company, "i1")
    await vault.credentials.name_instance("evolution", name, company, "i1")
    for owner, instance in ((company, "i2"), ("another company", "i1")):
        with pytest.raises(Refused) as caught:
            await vault.credentials.name_instance("evolution", name, owner, instance)
        assert caught.value.code == "instance_name_taken"


async def test_a_deleted_credential_takes_its_names_along(vault: Vault, company: str) -> None:
    name = f"gone-{company}"
    await vault.credentials.name_instance("evolution", name, company, "i1")
    await vault.credentials.put(company, "evolution", "i1", HELD)
    assert await vault.credentials.instance_for("evolution", name) is not None
    assert await vault.credentials.delete(company, "evolution", "i1") is True
    assert await vault.credentials.delete(company, "evolution", "i1") is False
    assert await vault.credentials.instance_for("evolution", name) is None
    assert await vault.credentials.get(company, "evolution", "i1") is None


async def test_secrets_lie_sealed_and_open_in_their_row_only(vault: Vault, vault_dsn: str, company: str) -> None:
    await vault.credentials.put(company, "evolution", "i1", HELD)
    with psycopg.connect(vault_dsn) as connection:
        row = connection.execute("select wrapped from credential where company = %s", (company,)).fetchone()
        connection.execute(
            "insert into credential (company, kind, id, wrapped)"
            " select company, kind, 'i2', wrapped from credential where company = %s",
            (company,),
        )
    assert row is not None
    assert b"evo-api-key-1" not in row[0]
    assert b"new-secret" not in row[0]
    with pytest.raises(SealBroken):
        await vault.credentials.get(company, "evolution", "i2")


def test_secrets_do_not_show_in_representations() -> None:
    assert "secret" not in repr(HELD).replace("webhook_secrets", "")
    assert "evo" not in repr(HELD)
    assert "hush" not in repr(InstanceRef("c", "i", ("hush",)))
