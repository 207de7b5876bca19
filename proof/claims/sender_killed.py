"""R16: senders are killed at each point of sending."""

from __future__ import annotations

from proof.claim import Claim, Stage
from proof.ground.shop import open_shop
from proof.ground.whole import whole
from proof.ground.world import Ground
from proof.harm.sender_program import POINTS
from proof.harm.senders import killed_at, normalising, sent_by_another, settle
from proof.oracle.chunks import count_deaths
from proof.tally import Tally


async def play(stage: Stage) -> Tally:
    async with whole() as legion:
        if stage.control:
            return await _careless(legion, stage)
        return await _killed(legion, stage)


async def _killed(legion: Ground, stage: Stage) -> Tally:
    """Each point equally often, in an order of its own."""
    points = stage.equally(POINTS)
    shop, deaths = await open_shop(legion), []
    async with normalising(legion):
        for point in points:
            deaths.append(await killed_at(legion, shop, stage.folder, point))
            if point == "before_attempt":
                await sent_by_another(legion, stage.folder, deaths[-1])
        return await count_deaths(deaths, await settle(legion, stage.folder, shop))


async def _careless(legion: Ground, stage: Stage) -> Tally:
    """Without echoes, which would make it look as if somebody had typed on the phone."""
    shop, folder = await open_shop(legion), stage.folder
    await legion.fault(legion.places.evolution, kind="drop_echoes")
    async with normalising(legion):
        deaths = [await killed_at(legion, shop, folder, "after_call", careless=True) for _ in range(stage.rounds)]
        return await count_deaths(deaths, await settle(legion, folder, shop))


CLAIM = Claim(
    id="R16",
    says=(
        "A sender is killed at each point of sending (before and after the attempt is claimed, before, within and after"
        " the provider's call, after the result is told): no lead gets a message twice, and none is lost in silence."
        " Where nobody can know whether the provider showed it, the log says so and a human is asked."
    ),
    unit="kills",
    rounds=60,
    leg=30,
    quick=3,
    control_rounds=3,
    bug="A sender trusts its lease: it calls the provider first and claims the attempt afterwards.",
    play=play,
    slow_control=True,
)
