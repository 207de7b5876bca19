"""What a person may do in a company, from their roles. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from domain.access.matrix import EVERYBODY, GRANTS, Role
from domain.kernel.actor import Permission

READING = frozenset(permission for permission in Permission if permission.value.partition(":")[2].startswith("read"))
"""What is left to the people of a company that is suspended or archived: they read, as far as they did."""


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
