"""What a run of a claim leaves behind: one JSON object, good for a reader without the run."""

from __future__ import annotations

from typing import Any, Final

from proof.claim import Claim
from proof.tally import Tally

CONFIDENCE: Final = 0.95


def upper_bound(n: int, faults: int) -> float | None:
    """The rate of faults that n tries without any exclude at 95 % confidence (1 - 0.05^(1/n), near 3/n); None when
    there were faults or no tries."""
    return None if faults or not n else 1 - (1 - CONFIDENCE) ** (1 / n)


def result_of(
    claim: Claim, tally: Tally, control: Tally | None, *, seed: int, seconds: float, commit: str, taken_on: str
) -> dict[str, Any]:
    """Keys as the issue of proofs names them; `control_failed` must be true; null where the control was left out."""
    bound = upper_bound(tally.n, tally.faults)
    return {
        "id": claim.id,
        "says": claim.says,
        "n": tally.n,
        "unit": claim.unit,
        "lost": tally.lost,
        "doubled": tally.doubled,
        "phantom": tally.phantom,
        "unresolved": tally.unresolved,
        "bound": None if bound is None else float(f"{bound:.2g}"),
        "facts": {name: round(figure, 1) for name, figure in sorted(tally.facts.items())},
        "examples": list(tally.examples),
        "control_failed": control.faults > 0 if control else None,
        "control": control
        and {
            "bug": claim.bug,
            "n": control.n,
            "lost": control.lost,
            "doubled": control.doubled,
            "phantom": control.phantom,
            "unresolved": control.unresolved,
        },
        "seed": seed,
        "seconds": round(seconds, 1),
        "commit": commit,
        "taken_on": taken_on,
    }


def holds(result: dict[str, Any]) -> bool:
    """No fault, and the control, unless it was left out, showed that faults would have been seen."""
    faults = any(result[kind] for kind in ("lost", "doubled", "phantom", "unresolved"))
    return not faults and result["control_failed"] is not False
