"""Random lives that the deciders allow, for whoever folds them."""

from __future__ import annotations

from random import Random

from domain.kernel.event import Event
from tests.domain.machine import Talk

STEPS = 40


def life_of(seed: int) -> list[Event]:
    """The events of a random life that the deciders allow; several of them at the very same time."""
    draw, talk = Random(seed), Talk()
    for _ in range(STEPS):
        match draw.randrange(9):
            case 0 | 1 | 2:
                talk.all_goes_well(draw.randint(1, 8))
            case 3:
                talk.lead_interrupts(draw.randint(1, 3))
            case 4:
                talk.people_take_the_floor()
                talk.own_number_writes("typed", draw.randrange(6), False)
            case 5:
                talk.people_give_it_back(False)
            case 6:
                talk.receipt_comes(draw.randrange(6), draw.random() < 0.5, "delivered")
            case 7:
                talk.lead_is_given(draw.choice(("ana", "bia", None)), draw.choice(("north", None)))
            case _:
                talk.time_passes(draw.choice((0.001, 4, 7200)))
    return talk.world.events
