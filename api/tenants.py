"""Which companies there are: a request for one that is not must not leave a command in the log."""

from __future__ import annotations

from domain.kernel.errors import NotFound
from projections.read.companies import company
from projections.read.db import ReadDb


class Tenants:
    """Remembers the companies it has found, for good: none is ever taken away. One that was just made is looked up."""

    def __init__(self, reads: ReadDb) -> None:
        self._reads = reads
        self._known: set[str] = set()

    async def require(self, tenant: str) -> None:
        """Raises NotFound `tenant_not_found`, Unavailable."""
        if tenant in self._known:
            return
        async with self._reads.system() as conn:
            if await company(conn, tenant) is None:
                raise NotFound("tenant_not_found", "no company has the id in X-Tenant-ID")
        self._known.add(tenant)
