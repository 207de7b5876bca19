"""A command that a change in the vault brings with it: the vault puts it out in the transaction of the change, and here
it is sent at once. Whatever dies between the two, the relay sends it (streams/relay.py)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from api.auth import Caller
from api.services import Services
from api.submit import envelope
from domain.kernel.command import Command
from domain.kernel.errors import LegionError, OutcomeUnknown, Unavailable
from domain.kernel.ids import HOLDING, HOLDING_TENANT
from eventlog.codec import default_codec
from projections.read.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class PuttingOut:
    """A command, on the holding's journey where nothing else is said. id_: its own, under which it stands in the
    outbox."""

    services: Services
    caller: Caller
    command: Command
    id_: str
    tenant: str = HOLDING_TENANT
    journey: str = HOLDING

    @property
    def encoded(self) -> bytes:
        """For the outbox."""
        meta = envelope(self.caller, tenant=self.tenant, journey=self.journey, id_=self.id_, command=self.command)
        return default_codec().encode_command(meta, self.command)

    async def send(self) -> Outcome | None:
        """As `Commander.run`; once the log has it, the relay has nothing to send."""
        try:
            outcome = await self.services.commander.run(
                self.caller, tenant=self.tenant, journey=self.journey, id_=self.id_, command=self.command
            )
        except (Unavailable, OutcomeUnknown):
            raise
        except LegionError:
            await self._taken_out()
            raise
        await self._taken_out()
        return outcome

    async def _taken_out(self) -> None:
        """A vault that is away now costs a second sending, which its id answers."""
        with suppress(Unavailable):
            await self.services.vault.outbox.sent([self.id_])
