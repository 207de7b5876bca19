"""Given what was decided of people and companies, when it is projected, then the tables say it."""

from __future__ import annotations

import pytest
from psycopg.rows import dict_row

from domain.access.matrix import Role
from domain.access.sight import WHOLE
from domain.kernel.ids import HOLDING, HOLDING_TENANT, derived
from projections.engine.seen import PLACEHOLDER
from projections.read import companies
from projections.read.db import ReadDb
from proof.ground.generation import Generation
from proof.ground.histories import Log
from tests.domain import staff
from tests.domain.spec import Step, given
from tests.domain.test_company_unit import OPEN, new_slug, rename, settings
from tests.domain.test_settings_unit import COMPANY_NEW

pytestmark = pytest.mark.stack

OTHER = derived("another company")


async def project(generation: Generation, *steps: Step, log: Log | None = None) -> None:
    """What the deciders say to these, one commit."""
    log = log or Log()
    log.commit(HOLDING_TENANT, HOLDING, *given(staff.COMPANY, *steps).world.events)
    await generation.project(log)


async def rows(db: ReadDb, table: str, company: str = COMPANY_NEW) -> list[dict[str, object]]:
    """All of the company, as it sees them itself."""
    async with db.company(company, WHOLE) as conn, conn.cursor(row_factory=dict_row) as cursor:
        return await (await cursor.execute(f"select * from core.{table}".encode())).fetchall()


async def test_a_members_row_is_the_companys_and_the_users_the_holdings(generation: Generation, db: ReadDb) -> None:
    await project(
        generation,
        *staff.member(),
        staff.give(Role.MANAGER),
        *staff.member(staff.ANA, Role.AUDITOR, HOLDING_TENANT),
        staff.DISABLE,
    )
    [member] = await rows(db, "members")
    assert (member["user_id"], member["role"]) == (staff.BIA, "manager")
    [invitation] = await rows(db, "invitations")
    assert (invitation["user_id"], invitation["role"], invitation["state"]) == (staff.BIA, "sdr", "accepted")
    assert await rows(db, "users") == []  # the company sees its members, not the holding's users
    users = {user["id"]: user["disabled"] for user in await rows(db, "users", HOLDING_TENANT)}
    assert users == {staff.BIA: True, staff.ANA: False}
    [auditor] = await rows(db, "members", HOLDING_TENANT)
    assert (auditor["user_id"], auditor["role"]) == (staff.ANA, "auditor")
    for table in ("members", "invitations", "users", "roles"):
        assert await rows(db, table, OTHER) == []


async def users(db: ReadDb) -> dict[object, tuple[object, ...]]:
    found = await rows(db, "users", HOLDING_TENANT)
    return {each["id"]: (each["name"], each["email"], each["erased"]) for each in found}


async def test_names_and_addresses_are_opened_with_each_persons_own_key(generation: Generation, db: ReadDb) -> None:
    log = Log()
    log.keys.keys[HOLDING_TENANT, staff.subject(staff.ANA)] = None  # lost: an alarm, and no harm to others
    await project(generation, *staff.SUPER, *staff.member(), log=log)
    assert await users(db) == {
        staff.ANA: (PLACEHOLDER, PLACEHOLDER, False),
        staff.BIA: ("Bia Luz", staff.address(staff.BIA), False),
    }


async def test_who_is_only_invited_is_known_by_their_address(generation: Generation, db: ReadDb) -> None:
    await project(generation, staff.invite())
    assert await users(db) == {staff.BIA: (None, staff.address(staff.BIA), False)}


@pytest.mark.parametrize("destroyed", [False, True])
async def test_an_erased_user_has_the_same_row_before_and_after_their_key_is_gone(
    generation: Generation, db: ReadDb, destroyed: bool
) -> None:
    log = Log()
    if destroyed:
        log.keys.destroy(HOLDING_TENANT, staff.subject(staff.BIA))
    steps = (*staff.member(), staff.DISABLE, staff.ERASE, staff.FORGOTTEN)
    await project(generation, *steps, log=log)
    assert await users(db) == {staff.BIA: (None, None, True)}
    [member] = await rows(db, "members")
    assert member["user_id"] == staff.BIA


async def test_who_was_removed_is_no_member_and_a_revoked_invitation_says_so(
    generation: Generation, db: ReadDb
) -> None:
    await project(generation, *staff.member(), staff.remove())
    assert await rows(db, "members") == []
    assert [each["state"] for each in await rows(db, "invitations")] == ["accepted"]


async def test_an_invitation_that_was_revoked(generation: Generation, db: ReadDb) -> None:
    await project(generation, staff.invite(), staff.REVOKE)
    assert [each["state"] for each in await rows(db, "invitations")] == ["revoked"]


async def test_a_companys_own_role(generation: Generation, db: ReadDb) -> None:
    await project(generation, staff.define_role(), staff.change_role("lead:read", name="Looks"), staff.RETIRE)
    [role] = await rows(db, "roles")
    assert (role["name"], role["permissions"], role["retired"]) == ("Looks", ["lead:read"], True)


async def test_a_company_reads_as_it_was_last_set(generation: Generation, db: ReadDb) -> None:
    await project(generation, rename("New"), new_slug("new-slug"), settings(currency="EUR", hours=OPEN))
    async with db.company(COMPANY_NEW, WHOLE) as conn:
        company = await companies.company(conn, COMPANY_NEW)
    assert company is not None
    assert (company.name, company.slug, company.currency, company.hours) == ("New", "new-slug", "EUR", OPEN)
    assert (company.suspended, company.archived) == (False, False)
