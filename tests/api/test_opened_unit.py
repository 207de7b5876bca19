"""Personal fields in plain: whose key opens what."""

from __future__ import annotations

from api.opened import Opened
from domain.kernel.event import Event
from domain.kernel.ids import HOLDING, HOLDING_TENANT
from domain.people import events as p
from projections.engine.seen import PLACEHOLDER, Key
from proof.ground.histories import START, Keys
from tests.domain import staff
from tests.domain.spec import given
from vault.keys import Tombstone

REGISTERED = next(e for e in given(staff.COMPANY, *staff.member()).world.events if isinstance(e, p.UserRegistered))
PAIR = (HOLDING_TENANT, staff.subject(staff.BIA))


def shown(event: Event, key: Key) -> dict[str, object]:
    return Opened({PAIR: key}, HOLDING_TENANT, HOLDING).personal(event)


def test_what_is_said_of_a_user_opens_with_the_users_key() -> None:
    words = {"email": staff.address(staff.BIA), "name": "Bia Luz"}
    assert shown(REGISTERED, Keys().of(*PAIR)) == words
    assert shown(REGISTERED, Tombstone(START, "erased")) == {"email": None, "name": None}
    assert shown(REGISTERED, None) == dict.fromkeys(words, PLACEHOLDER)
    assert shown(REGISTERED, Keys().of(HOLDING_TENANT, HOLDING)) == dict.fromkeys(words, PLACEHOLDER)  # the control
