"""A lead's way from its first word to a customer: which state follows which.

    new → contacted → engaged → qualifying → qualified → handed_off → won | lost
    before the handoff also → disqualified, opted_out, dormant
    from disqualified, dormant, won and lost → reopened as engaged

States may be skipped forwards (a person qualifies whom they know); nothing goes back but by reopening, and by undoing a
handoff. Who opts out while a deal says how far they are keeps that state: that nothing is sent is said beside it, and
lead and deal always agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class LeadState(StrEnum):
    """The strings stand in the log and in read models: never renamed."""

    NEW = "new"
    CONTACTED = "contacted"
    ENGAGED = "engaged"
    QUALIFYING = "qualifying"
    QUALIFIED = "qualified"
    HANDED_OFF = "handed_off"
    WON = "won"
    LOST = "lost"
    DISQUALIFIED = "disqualified"
    OPTED_OUT = "opted_out"
    DORMANT = "dormant"


_S = LeadState
SELLING: Final = (_S.NEW, _S.CONTACTED, _S.ENGAGED, _S.QUALIFYING, _S.QUALIFIED)
"""Before the handoff, in order: the Centurion sells."""

WITH_DEAL: Final = frozenset({_S.HANDED_OFF, _S.WON, _S.LOST})
"""A deal says how far they are."""

_LEAVING: Final = frozenset({_S.DISQUALIFIED, _S.OPTED_OUT})
_RESTING: Final = _LEAVING | {_S.DORMANT}

NEXT: Final[Mapping[LeadState, frozenset[LeadState]]] = {
    **{state: frozenset(SELLING[at + 1 :]) | {_S.HANDED_OFF} | _RESTING for at, state in enumerate(SELLING)},
    _S.HANDED_OFF: frozenset({_S.WON, _S.LOST}),  # an undone one is as before, whatever that was
    _S.WON: frozenset({_S.HANDED_OFF, _S.ENGAGED}),  # the deal is reopened; or the lead, for another one
    _S.LOST: frozenset({_S.HANDED_OFF, _S.ENGAGED}),
    _S.DISQUALIFIED: frozenset({_S.ENGAGED, _S.OPTED_OUT}),
    _S.OPTED_OUT: frozenset(),
    _S.DORMANT: frozenset({_S.ENGAGED, _S.QUALIFIED, _S.HANDED_OFF}) | _LEAVING,
}
"""State → the states that may follow."""

MAX_EVIDENCE: Final = 50
"""Ids of events that a transition stands on: more than a burst has messages, and the event stays small."""


def may_follow(now: LeadState, then: LeadState) -> bool:
    return then in NEXT[now]
