"""Kinds of effects, and what holds for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from domain.people.policies import INVITED_FOR


class EffectKind(StrEnum):
    CLOSE_TURN = "close_turn"
    REPLY = "reply"
    CHUNK = "chunk"
    RESOLVE = "resolve"
    RERUN = "rerun"
    PROVISION = "provision"
    ERASE = "erase"
    COMPLETE_ERASURE = "complete_erasure"
    INVITE = "invite"
    FORGET_USER = "forget_user"
    EXTRACT = "extract"
    BRIEF = "brief"
    DORMANCY = "dormancy"
    RESOLVE_CONTRACT = "resolve_contract"
    CONTRACT = "contract"
    CONTRACT_LINK = "contract_link"
    CHECK_CONTRACT = "check_contract"
    CANCEL_CONTRACT = "cancel_contract"
    RESEND_CONTRACT = "resend_contract"
    CONVERSION = "conversion"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class KindSpec:
    """repeatable: a second execution does no harm, no claim is needed. priority: smaller starts first (finishing
    before starting). expires: how long a gate may hold it before it makes no sense; None: for ever."""

    repeatable: bool
    priority: int
    expires: timedelta | None


KINDS: Final = {
    EffectKind.RESOLVE: KindSpec(repeatable=True, priority=0, expires=None),
    EffectKind.CHUNK: KindSpec(repeatable=False, priority=1, expires=timedelta(hours=2)),  # an older answer confuses
    EffectKind.REPLY: KindSpec(repeatable=True, priority=2, expires=timedelta(hours=12)),  # still the same day
    EffectKind.CLOSE_TURN: KindSpec(repeatable=True, priority=3, expires=None),
    EffectKind.RERUN: KindSpec(repeatable=True, priority=4, expires=None),
    EffectKind.PROVISION: KindSpec(repeatable=True, priority=5, expires=None),
    EffectKind.ERASE: KindSpec(repeatable=True, priority=6, expires=None),  # never: a promise to a person
    EffectKind.COMPLETE_ERASURE: KindSpec(repeatable=True, priority=7, expires=None),
    EffectKind.INVITE: KindSpec(repeatable=True, priority=8, expires=INVITED_FOR),
    EffectKind.FORGET_USER: KindSpec(repeatable=True, priority=9, expires=None),
    EffectKind.BRIEF: KindSpec(repeatable=True, priority=10, expires=timedelta(hours=12)),  # they have read the chat
    EffectKind.EXTRACT: KindSpec(repeatable=True, priority=11, expires=timedelta(hours=12)),  # read with the next turn
    EffectKind.DORMANCY: KindSpec(repeatable=True, priority=12, expires=None),
    EffectKind.RESOLVE_CONTRACT: KindSpec(repeatable=True, priority=13, expires=None),
    # A document that comes a day late surprises who asked for it: then it has failed, and they ask again.
    EffectKind.CONTRACT: KindSpec(repeatable=False, priority=14, expires=timedelta(days=1)),
    EffectKind.CONTRACT_LINK: KindSpec(repeatable=True, priority=15, expires=timedelta(hours=12)),  # still the same day
    EffectKind.CHECK_CONTRACT: KindSpec(repeatable=True, priority=16, expires=None),
    EffectKind.CANCEL_CONTRACT: KindSpec(repeatable=True, priority=17, expires=None),
    EffectKind.RESEND_CONTRACT: KindSpec(repeatable=True, priority=18, expires=timedelta(hours=12)),
    # Repeatable: Meta drops what it knows by name and id; when it has forgotten them says the conversion's own story.
    EffectKind.CONVERSION: KindSpec(repeatable=True, priority=19, expires=None),
    EffectKind.RELEASE: KindSpec(repeatable=True, priority=20, expires=None),
}
