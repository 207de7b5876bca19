"""A lead of the company that only its own team sees, with all that hangs on it."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from projections.read.page import decode_cursor
from tests.api.world import until
from tests.isolation.answers import unlike
from tests.isolation.cases import OF_LEAD
from tests.isolation.estate import Estate, end_of_first_page, new_mark


async def hidden_in(own: Estate) -> Estate:
    """The same company with another lead, which is the latest heard of; its mark stands in nothing but its message. Who
    has it is in a team where nobody of the cast is."""
    team = (await own.anew({"manned_team": "manned_team"})).ids["manned_team"]
    made = Estate(own.world, new_mark(), {kind: id_ for kind, id_ in own.ids.items() if kind not in OF_LEAD})
    lead = await made.get("lead")
    for kind in ("event", "deal", "activity", "contract"):
        await made.get(kind)
    body = {"user": made.ids["user"], "team": team, "reason": "distribution"}
    made.ids["command"] = await made.call("PUT", f"/v1/leads/{lead}/assignment", body, "command_id")
    for kind in ("lead", "conversation"):
        made.ids[f"{kind}_cursor"] = cursor = await end_of_first_page(made, f"/v1/{kind}s")
        assert decode_cursor(cursor, datetime, str)[1] == made.ids[kind]

    async def assigned() -> bool:
        tenant = made.world.tenant(made.ids["company"])
        shown = await made.world.http.get(f"/v1/leads/{lead}", headers=tenant)
        return bool(shown.json()["lead"]["assigned_team"] == team)

    await until("the assignment", assigned)
    return made


def unknown_to_all(hidden: Estate) -> Estate:
    """The same with a lead that is not there."""
    nobodys = {kind: unlike(hidden.ids[kind], str(uuid4())) for kind in OF_LEAD}
    return Estate(hidden.world, hidden.mark, hidden.ids | nobodys)


def secrets_of(hidden: Estate) -> set[str]:
    return {hidden.mark, *(hidden.ids[kind] for kind in OF_LEAD)}
