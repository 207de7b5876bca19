"""Counts of calls in fixed windows, shared between processes.

In the vault's database and not in a read database: those are generations that come and go, and a limit that began
anew with every rebuild would be none. Unlogged: losing the counts of a minute costs nothing, fsyncs would.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from vault.pool import Pool

COUNT: Final = """
insert into rate as r (key, hits, expires_at) values (%(key)s, %(amount)s, now() + make_interval(secs => %(window)s))
on conflict (key) do update set
    hits = case when r.expires_at <= now() then excluded.hits else r.hits + excluded.hits end,
    expires_at = case when r.expires_at <= now() then excluded.expires_at else r.expires_at end
returning hits, extract(epoch from expires_at - now())::float8
"""


class Counted(NamedTuple):
    """hits: in the window, with those just counted. left_s: until it ends, by the database's clock."""

    hits: int
    left_s: float


class Rates:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def count(self, key: str, window_s: float, amount: int) -> Counted:
        """One statement: a thousand at once are a thousand. Raises Unavailable."""
        values = {"key": key, "amount": amount, "window": window_s}
        async with self._pool.connection() as connection:
            row = await (await connection.execute(COUNT, values)).fetchone()
        assert row is not None
        return Counted(*row)

    async def forget(self, key: str | None = None) -> int:
        """The count of one key, or of all. Returns how many there were."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "delete from rate where %(key)s::text is null or key = %(key)s", {"key": key}
            )
        return cursor.rowcount

    async def forget_old(self) -> int:
        """Windows that are over: the table holds whoever called within the last one, and between two calls of this."""
        async with self._pool.connection() as connection:
            return (await connection.execute("delete from rate where expires_at < now()")).rowcount
