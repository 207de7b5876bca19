"""The line that says whether something grows."""

from __future__ import annotations

import random

from proof.oracle.growth import fit

MIB = 2**20


def test_what_stays_is_flat_and_what_leaks_is_too_steep() -> None:
    rng = random.Random(1)
    noise = [rng.gauss(0, MIB / 4) for _ in range(120)]
    flat = fit([(5.0 * i, 100 * MIB + each) for i, each in enumerate(noise)])
    leak = fit([(5.0 * i, 100 * MIB + each + i * MIB / 20) for i, each in enumerate(noise)])
    assert abs(flat.per_hour) < flat.give * 2
    assert not flat.too_steep
    assert leak.too_steep
    assert leak.per_hour > 0.3


def test_what_swings_slowly_is_not_taken_for_growth() -> None:
    """Merges of some minutes, whose samples are alike for as long: a line through each of them was sure of 28 %/h."""
    swings = [(5.0 * i, MIB * (150 + 15 * (i // 9 % 2) + 10 * (i > 130))) for i in range(144)]
    line = fit(swings)
    assert line.per_hour > 0.1
    assert not line.too_steep


def test_too_few_samples_say_nothing() -> None:
    assert not fit([(0.0, 1.0), (1.0, 2.0)]).too_steep


def test_in_an_hour_a_hundredth_is_allowed_and_a_fiftieth_is_not() -> None:
    def hour(share: float) -> bool:
        return fit([(60.0 * i, 100 * MIB * (1 + share * i / 60)) for i in range(121)]).too_steep

    assert not hour(0.009)
    assert hour(0.02)
