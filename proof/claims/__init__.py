"""All claims, in the order of the scoreboard. A new one is a file here and a line below."""

from __future__ import annotations

from proof.claim import Claim

CLAIMS: tuple[Claim, ...] = ()
