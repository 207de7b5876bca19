"""A generation of the read database, made for a proof or a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from eventlog.model import Commit
from projections.generation import create_generation, dsn_for
from projections.names import Passwords, Role
from projections.postgres import PostgresProjector
from proof.ground.histories import Log

PASSWORDS = Passwords(projector="p'1", runner="r@2", app="a/3", writer="w%4", provisioner="p&5")


@dataclass(frozen=True)
class Generation:
    """A database legion_gN. admin: the superuser's URI."""

    admin: str
    n: int
    prefix: str

    def dsn(self, role: Role | None = None) -> str:
        return dsn_for(self.admin, self.n, role, PASSWORDS.by_role()[role] if role else "", prefix=self.prefix)

    async def project(self, log: Log, commits: Sequence[Commit] | None = None, *, batch: int = 1000) -> None:
        """All commits of the log (or these), in batches, live and active afterwards."""
        commits = log.commits if commits is None else commits
        async with PostgresProjector(self.dsn(Role.PROJECTOR), self.n, log.keys) as projector:
            await projector.open_positions(log.genesis(), active=self.n)
            for at in range(0, len(commits), batch):
                await projector.apply(commits[at : at + batch])
            await projector.mark_live(range(log.partitions))


async def make_generation(admin: str, n: int = 1, prefix: str | None = None) -> Generation:
    """admin: the superuser's URI. prefix: None for a new one."""
    generation = Generation(admin, n, prefix or f"t{uuid4().hex[:12]}_g")
    await create_generation(admin, n, PASSWORDS, prefix=generation.prefix)
    return generation
