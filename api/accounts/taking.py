"""A right is taken away: denied first, in one transaction with the command that takes it, and only then asked for.

Only who may do it denies anything: otherwise whoever asks in vain would lock others out for as long as it takes to be
refused. So the rules that the decider knows are looked at here too, on what the read model says; the decider has the
last word, and a refusal takes the denial with it.
"""

from __future__ import annotations

from collections.abc import Collection

from api.accounts.putting_out import PuttingOut
from api.auth import Caller
from api.services import Services
from domain.access.grant import of_role
from domain.kernel.actor import Permission
from domain.kernel.command import Command
from domain.kernel.errors import Refused
from domain.kernel.ids import HOLDING, HOLDING_TENANT
from domain.people.commands import DisableUser
from projections.read.outcomes import Outcome
from projections.read.people import standing


async def take_away(
    services: Services,
    caller: Caller,
    command: Command,
    id_: str,
    *,
    user: str,
    company: str,
    keeps: Collection[Permission],
) -> Outcome | None:
    """keeps: what is left to the member. Raises Refused `beyond_own_rights`, and what the command is refused with."""
    async with services.reads.system() as conn:
        found = await standing(conn, user, company)
    has = found.holding_role if company == HOLDING_TENANT else found.role
    if not of_role(has, found.permissions) <= caller.actor.grant:
        raise Refused("beyond_own_rights")
    putting = PuttingOut(services, caller, command, id_)
    if has is not None:
        await services.vault.denials.narrow(
            user, company, keeps, command_id=id_, journey=HOLDING, command=putting.encoded
        )
    return await putting.send()


async def disable(services: Services, caller: Caller, command: DisableUser, id_: str) -> Outcome | None:
    """Everywhere: sessions end, rights are gone. Raises Refused `is_super_admin` and others."""
    async with services.reads.system() as conn:
        found = await standing(conn, command.user, HOLDING_TENANT)
    if found.holding_role == "super_admin":
        raise Refused("is_super_admin")
    putting = PuttingOut(services, caller, command, id_)
    if found.active:
        await services.vault.denials.disable(command.user, command_id=id_, journey=HOLDING, command=putting.encoded)
    return await putting.send()
