"""Which effects the events of people open and end."""

from __future__ import annotations

from typing import Final

from domain.effect.kinds import EffectKind
from domain.effect.ops import End, Op, Open, Table
from domain.people import events as p

_K = EffectKind


def _uninvited(e: p.InvitationMailed | p.InvitationAccepted | p.InvitationRevoked) -> tuple[Op, ...]:
    return (End(_K.INVITE, e.invitation),)


EFFECTS: Final[Table] = {
    p.InvitationIssued: lambda e: (Open(_K.INVITE, e.invitation, e.timestamp),),
    p.InvitationMailed: _uninvited,
    p.InvitationAccepted: _uninvited,
    p.InvitationRevoked: _uninvited,
    p.UserErased: lambda e: (Open(_K.FORGET_USER, e.user, e.timestamp),),
    p.UserForgotten: lambda e: (End(_K.FORGET_USER, e.user),),
}
