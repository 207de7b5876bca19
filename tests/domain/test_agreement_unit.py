"""Whatever is asked, in whatever order: a lead and its deals say the same."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.deal import decide, handoff
from domain.deal.aggregate import Deal
from domain.deal.parts import DealState
from domain.kernel.errors import Refused
from domain.lead.aggregate import Lead
from domain.lead.life import WITH_DEAL, LeadState
from tests.domain.sales import (
    REOPEN_DEAL,
    UNDO,
    disqualify,
    fact,
    hand_off,
    know,
    lose,
    move,
    qualify,
    reopen,
    value,
    win,
)
from tests.domain.spec import Step, World, later
from tests.domain.talk import close_journey, close_turn, lead, message

STEPS: Final[tuple[Step, ...]] = (
    hand_off(),
    hand_off(),
    hand_off(deal="second"),
    win(),
    lose(),
    lose("second"),
    win("second"),
    UNDO,
    REOPEN_DEAL,
    reopen(),
    qualify(),
    disqualify(),
    know(fact("need"), fact("budget"), intent="buy"),
    value(),
    move(),
    message("more"),
    message("stop", opts_out=True),
    close_turn,
    close_journey(),
    later(minutes=10),
)
LIVES: Final = st.lists(st.sampled_from(STEPS), max_size=25)


SAID: Final = {
    DealState.OPEN: LeadState.HANDED_OFF,
    DealState.WON: LeadState.WON,
    DealState.LOST: LeadState.LOST,
}
"""What a lead is whose newest deal is so."""


def agree(world: World) -> None:
    deals = {name: deal for name, deal in world.streams.items() if isinstance(deal, Deal) and deal.exists}
    open_ones = [name for name, deal in deals.items() if deal.state is DealState.OPEN]
    person = lead(world)
    if person.state in WITH_DEAL:
        assert SAID[deals[f"deal-{person.deal}"].state] is person.state
    assert open_ones == ([f"deal-{person.deal}"] if person.state is LeadState.HANDED_OFF else [])


def live(steps: list[Step]) -> None:
    world = World()
    world.take(message())
    for step in steps:
        try:
            world.take(step)
        except Refused:
            continue
        agree(world)


@given(LIVES)
@settings(max_examples=500, deadline=None)
def test_lead_and_deals_agree_after_every_commit(steps: list[Step]) -> None:
    live(steps)


BUGS: Final = {
    "an end that the lead does not hear of": (decide, "_tell", lambda *_: None),
    "two open deals": (handoff, "lead_that_may", lambda journey, id_, *_: journey.get(Lead, id_)),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_seeded_bug_is_found(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control."""
    monkeypatch.setattr(*BUGS[bug])

    @given(LIVES)
    @settings(
        max_examples=5000,
        deadline=None,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def tried(steps: list[Step]) -> None:
        live(steps)

    with pytest.raises(AssertionError):
        tried()
