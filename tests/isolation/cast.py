"""Who calls, and what the permission matrix says that they may. Pure: it reads `MATRIX`, not what the API asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from domain.access.matrix import EVERYBODY, MATRIX, Role
from domain.kernel.actor import Permission

OWN_PERMISSIONS: Final = (
    Permission.COMPANY_READ,
    Permission.LEAD_READ,
    Permission.LEAD_ERASE,
    Permission.HISTORY_READ,
    Permission.MEMBER_READ,
)
"""Of the role that the company made for itself: it reads history and erases leads, and does not see them all."""

KEY_SCOPES: Final = (Permission.LEAD_READ, Permission.CONVERSATION_READ, Permission.CENTURION_MANAGE)
"""Of every machine's key."""


class Known(Enum):
    """What the token is worth."""

    NOBODY = auto()
    """None, no token of ours, or of who may not log in any more: 401."""
    USER = auto()
    BOOTSTRAP = auto()
    LIVE_KEY = auto()
    TEST_KEY = auto()


COUNTING: Final = {
    Known.LIVE_KEY: frozenset(KEY_SCOPES),
    Known.TEST_KEY: frozenset({Permission.LEAD_READ, Permission.CONVERSATION_READ}),
}
"""Key of a machine → those of its scopes that count: a test key only reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """holding: the role there. role: in the company that is called upon. there: in the other company, for who is a
    member of both. own: has the role that it made for itself.
    stranger: works for the other company, as a key: is its."""

    name: str
    known: Known = Known.USER
    holding: Role | None = None
    role: Role | None = None
    there: Role | None = None
    own: bool = False
    stranger: bool = False

    @property
    def sees_all(self) -> bool:
        return self.known is Known.BOOTSTRAP or self.holding is not None

    @property
    def knows_other(self) -> bool:
        """May name the other company as well as this one."""
        return self.sees_all or self.there is not None

    @property
    def belongs(self) -> bool:
        """To the company, or to the holding."""
        return self.sees_all or self.role is not None or self.own or (self.is_key and not self.stranger)

    @property
    def is_key(self) -> bool:
        return self.known in COUNTING

    @property
    def sees_all_leads(self) -> bool:
        """Of the company. Machines do, as far as they read any."""
        return self.belongs and (self.is_key or self.may(Permission.LEAD_READ_ALL, in_company=True))

    def may(self, permission: Permission, *, in_company: bool) -> bool:
        """in_company: the request names the company. Else only the holding's role counts."""
        if self.known is Known.BOOTSTRAP or permission in EVERYBODY:
            return True
        if self.holding in MATRIX[permission]:
            return True
        return in_company and (
            self.role in MATRIX[permission]
            or (self.own and permission in OWN_PERMISSIONS)
            or permission in COUNTING.get(self.known, ())
        )


COMPANY: Final = tuple(
    Actor(name=role.value, role=role)
    for role in (Role.COMPANY_ADMIN, Role.MANAGER, Role.SDR, Role.VIEWER, Role.AUDITOR)
)
HOLDING: Final = tuple(
    Actor(name=f"holding {role.value}", holding=role)
    for role in (Role.SUPER_ADMIN, Role.BACKOFFICE_ADMIN, Role.AUDITOR)
)
OTHERS: Final = (
    Actor(name="own role", own=True),
    Actor(name="member of both", role=Role.SDR, there=Role.COMPANY_ADMIN),
    Actor(name="member of both, admin here", role=Role.COMPANY_ADMIN, there=Role.SDR),
    Actor(name="stranger", stranger=True),
    Actor(name="member of none"),
    Actor(name="disabled", known=Known.NOBODY),
    Actor(name="bootstrap", known=Known.BOOTSTRAP),
    Actor(name="key", known=Known.LIVE_KEY),
    Actor(name="test key", known=Known.TEST_KEY),
    Actor(name="stranger's key", known=Known.LIVE_KEY, stranger=True),
    Actor(name="no token", known=Known.NOBODY),
    Actor(name="malformed token", known=Known.NOBODY),
)
CAST: Final = (*COMPANY, *HOLDING, *OTHERS)
CORE: Final = tuple(
    each
    for each in CAST
    if each.name in {"company_admin", "member of both", "holding super_admin", "stranger", "key", "no token"}
)
"""Enough to see most of what can be wrong, in a minute: a member of both is also who may do little here."""
