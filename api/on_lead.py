"""Writes to a lead's journey: one that the caller does not see is not there for them either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response

from api.auth import Caller, CallerDep, TenantDep
from api.seen import lead_seen
from api.services import Services, ServicesDep
from api.submit import IdempotencyKey, Written, answer, command_id
from domain.kernel.command import Command
from domain.kernel.errors import InvalidInput, NotFound, Refused
from domain.kernel.ids import lead_journey
from projections.read import contracts, deals, journals
from projections.read.contracts import Contract
from projections.read.deals import Deal
from vault.codec import SubjectSealer
from vault.keys import SubjectErased


@dataclass(frozen=True, slots=True)
class OnLead:
    """One call. tenant: the company that it names."""

    services: Services
    caller: Caller
    tenant: str
    key: str | None

    async def lead(self, lead_id: UUID) -> str:
        """Raises NotFound `lead_not_found`."""
        return (await lead_seen(self.services, self.caller, str(lead_id))).id

    async def deal(self, deal_id: UUID) -> Deal:
        """Raises NotFound `deal_not_found`."""
        async with self.services.reads.company(self.tenant, self.caller.sight) as conn:
            found = await deals.deal(conn, self.tenant, str(deal_id))
        if found is None:
            raise NotFound("deal_not_found")
        return found

    async def contract(self, contract_id: UUID) -> Contract:
        """Raises NotFound `contract_not_found`."""
        async with self.services.reads.company(self.tenant, self.caller.sight) as conn:
            found = await contracts.contract(conn, self.tenant, str(contract_id))
        if found is None:
            raise NotFound("contract_not_found")
        return found

    async def evidence(self, lead: str, ids: tuple[UUID, ...]) -> tuple[str, ...]:
        """Events of this lead. Raises InvalidInput `unknown_evidence`."""
        wanted = tuple(str(id_) for id_ in ids)
        async with self.services.reads.system() as conn:
            unknown = await journals.not_of(conn, lead_journey(lead), wanted)
        if unknown:
            raise InvalidInput("unknown_evidence", f"evidence: no event of this lead: {', '.join(unknown)}")
        return wanted

    async def sealer(self, lead: str) -> SubjectSealer:
        """Raises Refused `lead_erased`, Unavailable."""
        try:
            return await self.services.vault.keys.sealer(self.tenant, lead_journey(lead))
        except SubjectErased:
            raise Refused("lead_erased") from None

    def id_of(self, route: str) -> str:
        """Of the command: the same for the same call under an idempotency key."""
        return command_id(self.caller, route, self.key)

    async def write(
        self, lead: str, command: Command, id_: str, model: type[Written] = Written, **members: Any
    ) -> Response:
        """Raises Refused, NotFound, Unavailable."""
        journey = lead_journey(lead)
        outcome = await self.services.commander.run(
            self.caller, tenant=self.tenant, journey=journey, id_=id_, command=command
        )
        return answer(model, journey, id_, outcome, **members)


async def _on_lead(
    services: ServicesDep, caller: CallerDep, tenant: TenantDep, idempotency_key: IdempotencyKey = None
) -> OnLead:
    return OnLead(services, caller, tenant, idempotency_key)


def text_of(id_: UUID | None) -> str | None:
    return None if id_ is None else str(id_)


OnLeadDep = Annotated[OnLead, Depends(_on_lead)]
