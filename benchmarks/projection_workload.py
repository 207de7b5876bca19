"""The log that V5, V6 and V7 project: leads that write, and one reply of two chunks for each."""

from __future__ import annotations

from projections.engine.seen import Key
from proof.ground.histories import COMPANY, TOPIC, Keys, Log, Story, set_up

PARTITIONS = 12
"""Of [events], as the product makes it."""

WORDS = ("Oi", "Tudo bem?", "Quanto custa o plano para trinta pessoas?")


class Made(Keys):
    """Keys that were made elsewhere: by the vault, which then opens what is sealed here."""

    def __init__(self, made: dict[tuple[str, str], Key]) -> None:
        super().__init__()
        self._made = made

    def of(self, company: str, journey: str) -> bytes:
        key = self._made[company, journey]
        assert isinstance(key, bytes)
        return key


def lead_name(n: int) -> str:
    return f"lead {n}"


def history(leads: int, *, partitions: int = PARTITIONS, topic: str = TOPIC, keys: Keys | None = None) -> Log:
    """Thirteen events a lead, in ten commits; leads take turns in groups of fifty, as they overlap in life."""
    log = Log(partitions, topic=topic)
    log.keys = keys or log.keys
    set_up(log)
    stories = [Story(log, lead_name(n)) for n in range(leads)]
    for story in stories:
        story.arrives()
    for at in range(0, leads, 50):
        group = stories[at : at + 50]
        for words in WORDS:
            for story in group:
                story.writes(words)
        for story in group:
            story.turn_closes()
        for story in group:
            story.replies(chunks=2)
        for seq in range(2):
            for story in group:
                story.attempts(1, seq)
                story.sends(1, seq)
    return log


def journeys(leads: int) -> list[tuple[str, str]]:
    """(company, journey) of each lead of `history`: whose keys seal its words."""
    empty = Log(1)
    return [(COMPANY, Story(empty, lead_name(n)).journey) for n in range(leads)]
