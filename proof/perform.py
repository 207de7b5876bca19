"""A claim, performed: its legs, then its control; what is done already is not done again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from proof.claim import Claim, Stage
from proof.ledger import Ledger, Leg
from proof.servers import data_folder
from proof.tally import Tally, total

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """control: None when it was left out. seconds: of all that was performed, what an earlier run of the same seed did
    counted with it."""

    tally: Tally
    control: Tally | None
    seconds: float


def legs(rounds: int, leg: int) -> list[int]:
    """Rounds of each leg; the last one may be shorter."""
    whole, rest = divmod(rounds, leg)
    return [leg] * whole + ([rest] if rest else [])


async def perform(
    claim: Claim, *, rounds: int, leg: int, seed: int, commit: str, control: bool, ledger: Ledger, say: Say
) -> Outcome:
    """commit: of the code; legs of other code are not taken for legs of this. control: whether to perform it too."""

    async def one(place: str, n: int, *, control: bool) -> Leg:
        key = f"{claim.id}/{seed}/{place}/{n}/{commit}"
        done = ledger.find(key)
        if done is None:
            began = time.monotonic()
            with data_folder(claim.id.lower()) as folder:
                tally = await claim.play(Stage(n, f"{claim.id}/{seed}/{place}", control, folder))
            done = Leg(key, time.monotonic() - began, tally)
            ledger.add(done)
        say(f"{claim.id} {place}: {done.tally.n} {claim.unit}, {done.tally.faults} faults, {done.seconds:.0f} s")
        return done

    played = [await one(f"leg {i}", n, control=False) for i, n in enumerate(legs(rounds, leg), 1)]
    failed = [await one("control", claim.control_rounds, control=True)] if control else []
    return Outcome(
        total(each.tally for each in played),
        failed[0].tally if failed else None,
        sum(each.seconds for each in (*played, *failed)),
    )
