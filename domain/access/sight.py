"""Which of a company's leads somebody sees, with all that hangs on a lead. Pure; the read database enforces it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.kernel.actor import Actor, ActorKind, Permission


class Scope(StrEnum):
    """company  every lead.
    team     one's own; those of one's teams and of their members; those that nobody has.
    own      one's own; those that nobody has, or only a team that one is in.

    Nobody has a lead that is given to no one. Who distributes (`team`) also sees as nobody's what only somebody who is
    no member any more has, or a team that was retired.
    """

    COMPANY = "company"
    TEAM = "team"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Sight:
    """user: whose own leads; "" where the scope asks for nobody's."""

    scope: Scope
    user: str = ""


WHOLE: Final = Sight(Scope.COMPANY)
"""Of our own processes: what a runner does for a lead does not depend on whose it is."""


def sight_of(actor: Actor) -> Sight:
    """By the grant in the company that is read. Who is no user has no leads of its own, and sees all."""
    if actor.kind is not ActorKind.USER or Permission.LEAD_READ_ALL in actor.grant:
        return WHOLE
    return Sight(Scope.TEAM if Permission.LEAD_READ_TEAM in actor.grant else Scope.OWN, actor.id)
