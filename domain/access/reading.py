"""What one must be allowed to see an event of a stream."""

from __future__ import annotations

from typing import Final

from domain.kernel.actor import Permission
from domain.kernel.ids import category_of

READ_OF: Final[dict[str, Permission]] = {
    "lead": Permission.LEAD_READ,
    "deal": Permission.DEAL_READ,
    "contract": Permission.CONTRACT_READ,
    "template": Permission.CONTRACT_READ,
    "conversation": Permission.CONVERSATION_READ,
    "centurion": Permission.CENTURION_READ,
    "instance": Permission.INSTANCE_READ,
    "pipelines": Permission.PIPELINE_READ,
    "services": Permission.PIPELINE_READ,
    "qualification": Permission.PIPELINE_READ,
    "pixels": Permission.PIXEL_READ,
    "conversion": Permission.PIXEL_READ,
    "company": Permission.COMPANY_READ,
    "slug": Permission.COMPANY_READ,
    "members": Permission.MEMBER_READ,
    "invitation": Permission.MEMBER_READ,
    "role": Permission.ROLE_READ,
    "teams": Permission.TEAM_READ,
    "user": Permission.USER_MANAGE,
    "email": Permission.USER_MANAGE,
    "security": Permission.SECURITY_READ,
}
"""Category of a stream → permission. A test keeps it complete."""


def to_read(stream: str | None) -> Permission:
    """stream: None of a refusal that belongs to none: who reads the history reads it."""
    return READ_OF.get(category_of(stream), Permission.HISTORY_READ) if stream else Permission.HISTORY_READ
