"""Who may do what: the one permission matrix. The check, the docs page and the isolation tests are made from it.

A member has one role in each company, or in the holding, whose roles count in every company. Custom roles are made of
the same permissions, within what `CUSTOM` allows.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from domain.kernel.actor import Permission


class Role(StrEnum):
    """The roles that there are from the start. The strings stand in the log: never renamed."""

    SUPER_ADMIN = "super_admin"
    BACKOFFICE_ADMIN = "backoffice_admin"
    COMPANY_ADMIN = "company_admin"
    MANAGER = "manager"
    SDR = "sdr"
    VIEWER = "viewer"
    AUDITOR = "auditor"


_SUPER, _BACK, _ADMIN = Role.SUPER_ADMIN, Role.BACKOFFICE_ADMIN, Role.COMPANY_ADMIN
_LEADING = (_SUPER, _BACK, _ADMIN)
_WORKING = (*_LEADING, Role.MANAGER, Role.SDR)
_READING = (*_WORKING, Role.VIEWER, Role.AUDITOR)

HOLDING_ROLES: Final = frozenset({Role.SUPER_ADMIN, Role.BACKOFFICE_ADMIN, Role.AUDITOR})
"""May be given in the holding; an auditor of the holding reads every company."""

COMPANY_ROLES: Final = frozenset({Role.COMPANY_ADMIN, Role.MANAGER, Role.SDR, Role.VIEWER, Role.AUDITOR})
"""May be given in a company."""

MATRIX: Final[dict[Permission, tuple[Role, ...]]] = {
    Permission.HOLDING_MANAGE: (_SUPER,),
    Permission.COMPANY_MANAGE: (_SUPER, _BACK),
    Permission.COMPANY_READ: _READING,
    Permission.COMPANY_SETTINGS: _LEADING,
    Permission.MEMBER_READ: (*_LEADING, Role.MANAGER, Role.AUDITOR),
    Permission.MEMBER_MANAGE: _LEADING,
    Permission.USER_MANAGE: (_SUPER,),
    Permission.ROLE_READ: (*_LEADING, Role.MANAGER, Role.AUDITOR),
    Permission.ROLE_MANAGE: _LEADING,
    Permission.TEAM_READ: _READING,
    Permission.TEAM_MANAGE: _LEADING,  # a seat is sight: a manager with it could see every lead
    Permission.SESSION_MANAGE: (_SUPER, _ADMIN),
    Permission.API_KEY_MANAGE: (_SUPER, _ADMIN),
    Permission.SECURITY_READ: (_SUPER, _ADMIN, Role.AUDITOR),
    Permission.CENTURION_READ: _READING,
    Permission.CENTURION_MANAGE: _LEADING,
    Permission.INSTANCE_READ: _READING,
    Permission.INSTANCE_MANAGE: _LEADING,
    Permission.PIPELINE_READ: _READING,
    Permission.PIPELINE_MANAGE: _LEADING,
    Permission.PIXEL_READ: (*_LEADING, Role.MANAGER, Role.AUDITOR),
    Permission.PIXEL_MANAGE: _LEADING,
    Permission.LEAD_READ: _READING,
    Permission.LEAD_READ_TEAM: (*_LEADING, Role.MANAGER),
    Permission.LEAD_READ_ALL: (*_LEADING, Role.VIEWER, Role.AUDITOR),
    Permission.LEAD_MANAGE: _WORKING,
    Permission.LEAD_ASSIGN: (*_LEADING, Role.MANAGER),
    Permission.LEAD_ERASE: _LEADING,
    Permission.DEAL_READ: _READING,
    Permission.DEAL_MANAGE: _WORKING,
    Permission.TEMPLATE_MANAGE: _LEADING,  # a contract's words bind the company
    Permission.CONTRACT_READ: _READING,
    Permission.CONTRACT_MANAGE: _WORKING,
    Permission.CONVERSATION_READ: _READING,
    Permission.CONVERSATION_FLOOR: _WORKING,
    Permission.CONVERSION_REQUEST: _LEADING,
    Permission.HISTORY_READ: (*_LEADING, Role.AUDITOR),
}
"""Permission → the roles that have it. What is missing here is for machines only."""

EVERYBODY: Final = frozenset({Permission.USER_SELF})
"""What every user may do whatever their role: speak for themselves."""

PEOPLE: Final = frozenset(MATRIX)
"""All that a person may do."""

CUSTOM: Final = PEOPLE - {Permission.HOLDING_MANAGE, Permission.COMPANY_MANAGE, Permission.USER_MANAGE}
"""All that a company's own roles may hold: what reaches beyond the company is the holding's."""

GRANTS: Final[dict[Role, frozenset[Permission]]] = {
    role: frozenset(permission for permission, roles in MATRIX.items() if role in roles) for role in Role
}
"""Role → what it may do."""

MACHINES: Final = CUSTOM - {
    Permission.MEMBER_MANAGE,
    Permission.ROLE_MANAGE,
    Permission.SESSION_MANAGE,
    Permission.API_KEY_MANAGE,
}
"""All that a key of a machine may hold: one that leaked must not let anybody in, nor make more keys."""
