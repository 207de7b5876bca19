"""All claims, in the order of the scoreboard. A new one is a file here and a line below."""

from __future__ import annotations

from proof.claim import Claim
from proof.claims import r03_writer, r04_broker, sender_killed

CLAIMS: tuple[Claim, ...] = (r03_writer.CLAIM, r04_broker.CLAIM, sender_killed.CLAIM)
