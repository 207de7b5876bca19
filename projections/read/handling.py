"""Who answers on a channel instance, and how: the foreign fact that commands to a conversation carry."""

from __future__ import annotations

from domain.conversation.parts import Handling
from projections.pool import Connection
from projections.read.centurions import centurion
from projections.read.instances import instance
from projections.read.qualification import dormant_ms, rules


async def handling(conn: Connection, company: str, instance_id: str) -> Handling | None:
    """None where the instance is unknown (yet) or no Centurion answers on it.

    A paused Centurion still gathers turns: the pause is a gate at the reply's claim.
    """
    found = await instance(conn, company, instance_id)
    if found is None or found.centurion_id is None:
        return None
    answering = await centurion(conn, company, found.centurion_id)
    if answering is None:
        return None
    settings = answering.settings
    found_rules = await rules(conn, company)
    return Handling(
        centurion=answering.id,
        centurion_version=answering.version,
        window_ms=settings.window_ms,
        cap_ms=settings.cap_ms,
        on_failure=settings.on_failure,
        rules=found_rules.number if found_rules else 0,
        dormant_ms=dormant_ms(found_rules),
    )
