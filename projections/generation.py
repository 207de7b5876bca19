"""Creates a generation: a database with roles, tables, row level security and functions, all from code."""

from __future__ import annotations

from projections.names import PREFIX, Passwords, Role, database_name, dsn_for

__all__ = ["PREFIX", "Passwords", "Role", "create_generation", "database_name", "dsn_for"]


async def create_generation(admin_dsn: str, n: int, passwords: Passwords, *, prefix: str = PREFIX) -> None:
    """Idempotent; safe when several processes call it at once. admin_dsn: may create databases and roles."""
    raise NotImplementedError
