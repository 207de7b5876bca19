"""Who does something, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from domain.kernel.errors import Forbidden


class ActorKind(StrEnum):
    SYSTEM = "system"
    CENTURION = "centurion"
    USER = "user"
    API_KEY = "api_key"
    LEAD = "lead"
    PROVIDER = "provider"


class Permission(StrEnum):
    """What a command needs. `resource:verb`; the strings stand in the log: never renamed."""

    HOLDING_MANAGE = "holding:manage"
    COMPANY_MANAGE = "company:manage"
    COMPANY_READ = "company:read"
    COMPANY_SETTINGS = "company:settings"
    COMPANY_PROVISION = "company:provision"
    MEMBER_READ = "member:read"
    MEMBER_MANAGE = "member:manage"
    INVITATION_ACCEPT = "invitation:accept"
    INVITATION_MAIL = "invitation:mail"
    USER_MANAGE = "user:manage"
    USER_SELF = "user:self"
    USER_FORGET = "user:forget"
    ROLE_READ = "role:read"
    ROLE_MANAGE = "role:manage"
    TEAM_READ = "team:read"
    TEAM_MANAGE = "team:manage"
    SESSION_MANAGE = "session:manage"
    API_KEY_MANAGE = "api_key:manage"
    SECURITY_READ = "security:read"
    SECURITY_RECORD = "security:record"
    CENTURION_READ = "centurion:read"
    CENTURION_MANAGE = "centurion:manage"
    INSTANCE_READ = "instance:read"
    INSTANCE_MANAGE = "instance:manage"
    INSTANCE_REPORT = "instance:report"
    PIPELINE_READ = "pipeline:read"
    PIPELINE_MANAGE = "pipeline:manage"
    PIXEL_READ = "pixel:read"
    PIXEL_MANAGE = "pixel:manage"
    LEAD_READ = "lead:read"
    LEAD_READ_TEAM = "lead:read_team"
    LEAD_READ_ALL = "lead:read_all"
    LEAD_MANAGE = "lead:manage"
    LEAD_ASSIGN = "lead:assign"
    LEAD_ERASE = "lead:erase"
    LEAD_FORGET = "lead:forget"
    DEAL_READ = "deal:read"
    DEAL_MANAGE = "deal:manage"
    TEMPLATE_MANAGE = "template:manage"
    CONTRACT_READ = "contract:read"
    CONTRACT_MANAGE = "contract:manage"
    CONTRACT_HINT = "contract:hint"
    CONTRACT_SEND = "contract:send"
    CONVERSATION_RECEIVE = "conversation:receive"
    CONVERSATION_ANSWER = "conversation:answer"
    CONVERSATION_SEND = "conversation:send"
    CONVERSATION_READ = "conversation:read"
    CONVERSATION_FLOOR = "conversation:floor"
    CONVERSION_REQUEST = "conversion:request"
    CONVERSION_SEND = "conversion:send"
    HISTORY_READ = "history:read"
    EFFECT_ABANDON = "effect:abandon"


ALL: Final = frozenset(Permission)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The actor of a command. `grant` is read at the edge and travels in the command (a foreign fact is carried).

    id: stable id within its kind (`bootstrap`, `normalise`, a user's UUID, …), never an alias of a person.
    """

    kind: ActorKind
    id: str
    session: str | None = None
    on_behalf_of: str | None = None
    grant: frozenset[Permission] = frozenset()

    def check(self, permission: Permission) -> None:
        """The one permission check. Raises Forbidden."""
        if permission not in self.grant:
            raise Forbidden(detail=f"needs {permission.value}")

    def without_grant(self) -> Actor:
        """As written into an event: who it was; what they were allowed stands in the command."""
        return replace(self, grant=frozenset())


BOOTSTRAP: Final = Actor(kind=ActorKind.SYSTEM, id="bootstrap", grant=ALL)
"""May do all, until people and roles exist. Who holds the bootstrap token acts as this."""

NORMALISER: Final = Actor(
    kind=ActorKind.PROVIDER,
    id="normalise",
    grant=frozenset({Permission.CONVERSATION_RECEIVE, Permission.INSTANCE_REPORT, Permission.CONTRACT_HINT}),
)
"""Speaks for the provider whose webhook it read."""

INVITED: Final = Actor(kind=ActorKind.SYSTEM, id="invitation", grant=frozenset({Permission.INVITATION_ACCEPT}))
"""Who comes with an invitation's token, and is nobody yet."""

WATCH: Final = Actor(kind=ActorKind.SYSTEM, id="watch", grant=frozenset({Permission.SECURITY_RECORD}))
"""Who counts what fails and what is read."""

RUNNER: Final = Actor(
    kind=ActorKind.SYSTEM,
    id="effect-runner",
    grant=frozenset(
        {
            Permission.CONVERSATION_ANSWER,
            Permission.CONVERSATION_SEND,
            Permission.CONVERSATION_RECEIVE,
            Permission.COMPANY_PROVISION,
            Permission.EFFECT_ABANDON,
            Permission.LEAD_FORGET,
            Permission.USER_FORGET,
            Permission.INVITATION_MAIL,
            Permission.CONTRACT_SEND,
            Permission.CONVERSION_SEND,
        }
    ),
)
"""The effect runner of streams/."""
