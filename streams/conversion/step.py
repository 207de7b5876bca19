"""What is to be done about a report now, by what its log says. Pure: it is what must hold whatever dies in between."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from domain.conversion.aggregate import Conversion
from domain.conversion.policies import KNOWN_FOR, MARGIN, TAKEN_FOR


class Step(StrEnum):
    """begin: nothing of it has reached Meta. repeat: something may have, and Meta still knows it by name and id.
    give_up: it may have forgotten: nobody will know what came of it. expire: too old, and never sent."""

    BEGIN = "begin"
    REPEAT = "repeat"
    GIVE_UP = "give_up"
    EXPIRE = "expire"


def step_of(conversion: Conversion, happened_at: datetime, now: datetime) -> Step:
    late = now >= happened_at + TAKEN_FOR - MARGIN
    since = conversion.attempted_at
    if since is None:
        return Step.EXPIRE if late else Step.BEGIN
    return Step.GIVE_UP if late or now - since > KNOWN_FOR else Step.REPEAT
