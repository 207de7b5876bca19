"""What a person may do in a company, from their roles, and a machine, from the scopes of its key. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from domain.access.matrix import EVERYBODY, GRANTS, MACHINES, Role
from domain.kernel.actor import Permission

READING = frozenset(permission for permission in Permission if permission.value.partition(":")[2].startswith("read"))
"""What is left to the people and machines of a company that is suspended or archived, and all that a test key does:
they read, as far as they did."""


def permissions_in(
    holding: Iterable[Permission], own: Iterable[Permission], *, writable: bool
) -> frozenset[Permission]:
    """holding: of the role in the holding, which counts everywhere. own: of the role in this company."""
    there = frozenset(own)
    return EVERYBODY | frozenset(holding) | (there if writable else there & READING)


def of_role(role: str | None, custom: Iterable[str] | None) -> frozenset[Permission]:
    """custom: the permissions of one that is no built-in. An unknown or retired role allows nothing; a permission of a
    later version of the code neither."""
    if role is None:
        return frozenset()
    if custom is not None:
        known = set(Permission)
        return frozenset(Permission(each) for each in custom if each in known)
    return GRANTS[Role(role)] if role in set(Role) else frozenset()


def of_key(scopes: Iterable[str], *, reads_only: bool) -> frozenset[Permission]:
    """Of a key of a machine. What it was given once and a later version of the code gives no machine counts no more."""
    held = frozenset(scopes)
    grant = frozenset(permission for permission in MACHINES if permission in held)
    return grant & READING if reads_only else grant
