"""S11: whatever is altered in the log is found, and where, by who has kept a checkpoint outside."""

from __future__ import annotations

from proof.claim import Claim, Stage
from proof.tally import Tally
from proof.tampering import run
from proof.tampering.run import COUNTED


async def play(stage: Stage) -> Tally:
    """No servers: the log is the product's records in memory, and the verification is the product's."""
    told = await run(stage.rounds, stage.rng().randrange(10**9), stage.control)
    return Tally(
        n=told["n"],
        phantom=told["undetected"],
        unresolved=told["misplaced"] + told["unsaid"],
        facts={name: told[name] for name in COUNTED},
        examples=tuple(told["examples"]),
    )


CLAIM = Claim(
    id="S11",
    says=(
        "An edit, a removal, a new order, a cut, a swap between partitions, a chain written anew and a log rolled back"
        " together with its checkpoints are all found by an auditor who kept a checkpoint outside, and the place is"
        " named. What the log alone cannot tell, the auditor's command says it cannot know."
    ),
    unit="tamperings",
    rounds=10_000,
    leg=1_000,
    quick=300,
    control_rounds=240,
    bug="The verifier compares how many commits were signed, not which.",
    play=play,
)
