"""Erasing a lead over HTTP: the vault lets go of its aliases first, then the log is asked (design §7)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from api.auth import Caller
from api.etags import check_seen
from api.seen import lead_seen
from api.services import Services
from domain.access.sight import WHOLE
from domain.kernel.errors import NotFound, Refused
from domain.kernel.ids import derived, lead_journey
from domain.lead.commands import EraseLead
from domain.lead.parts import ErasureReason
from projections.read import leads as lead_reads
from projections.read.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Erasing:
    """One call's erasures. id_: of the command for the lead itself; those of absorbed leads follow from it."""

    services: Services
    caller: Caller
    tenant: str
    reason: ErasureReason

    async def run(self, lead_id: str, id_: str) -> Outcome | None:
        """Leads whose life went on in this one come first: whoever asks again goes on where this call broke off.

        None: not decided yet. Raises Forbidden, NotFound, Refused `lead_erased`, VersionMismatch, Unavailable.
        """
        self.caller.actor.check(EraseLead.PERMISSION)
        await lead_seen(self.services, self.caller, lead_id)
        await check_seen(self.services, self.caller, f"lead-{lead_id}")
        async with self.services.reads.company(self.tenant, WHOLE) as conn:  # one person, whoever has which part
            absorbed = await lead_reads.absorbed(conn, self.tenant, lead_id)
        for other in absorbed:
            try:
                await self._one(other, derived("erase-absorbed", id_, other))
            except Refused as refusal:
                if refusal.code != "lead_erased":
                    raise
        return await self._one(lead_id, id_)

    async def _one(self, lead_id: str, id_: str) -> Outcome | None:
        async with self.services.reads.company(self.tenant, WHOLE) as conn:
            lead = await lead_reads.lead(conn, self.tenant, lead_id)
            if lead is None:
                raise NotFound("lead_not_found")
            hashes = await lead_reads.alias_hashes(conn, self.tenant, lead_id)
        ends = await self.services.ingress_ends()
        if lead.erased:  # the vault knows; the log answers a repeated call, and refuses another
            known, ends_then = hashes, ends
        else:
            known, ends_then = await self.services.vault.erasure.begin(
                self.tenant, lead_id, ends=ends, hashes=hashes, opted_out=lead.opted_out
            )
        command = EraseLead(lead=lead_id, reason=self.reason, alias_hashes=known, ingress_ends=ends_then)
        # What the caller has seen was checked before the vault let go: now it must be erased, whatever came between.
        caller = replace(self.caller, expected=None)
        return await self.services.commander.run(
            caller, tenant=self.tenant, journey=lead_journey(lead_id), id_=id_, command=command
        )
