"""What a pipeline is made of. What may stand in it is enforced by `policies.check`."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Final, Self

from domain.kernel.ids import derived


class Requirement(StrEnum):
    """What a deal must have to enter a stage. Beside these there is `fact:<key>`: that answer of the lead is known."""

    VALUE = "value"
    USER = "user"
    TEAM = "team"
    ITEMS = "items"
    BRIEF = "brief"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A column of the board. id: the same over all changes, and never another stage's. colour: `#rrggbb`.
    probability: of being won, per cent. requires: what a deal needs to enter it, `Requirement` or `fact:<key>`.
    """

    id: str
    name: str
    colour: str
    probability: int
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a deal was won or lost, to be chosen from. id: the same over all changes."""

    id: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnSignature:
    """What becomes of a deal whose contract all have signed. stage: where it moves, None: it stays. wins: it is won,
    for that reason."""

    stage: str | None
    wins: bool
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """All of a pipeline that people decide. stages: from left to right. on_signature: None: nothing."""

    name: str
    stages: tuple[Stage, ...]
    won_reasons: tuple[Reason, ...]
    lost_reasons: tuple[Reason, ...]
    on_signature: OnSignature | None = None

    @classmethod
    def of(cls, source: object) -> Self:
        """Of a command or an event, which have these fields among their own."""
        return cls(**{each.name: getattr(source, each.name) for each in fields(cls)})

    def trimmed(self) -> Self:
        """Without spaces around names."""
        return replace(
            self,
            name=self.name.strip(),
            stages=tuple(replace(each, name=each.name.strip()) for each in self.stages),
            won_reasons=tuple(replace(each, label=each.label.strip()) for each in self.won_reasons),
            lost_reasons=tuple(replace(each, label=each.label.strip()) for each in self.lost_reasons),
        )

    def own_fields(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def ids(self) -> dict[str, tuple[str, ...]]:
        """Of each list, in order."""
        return {each: tuple(item.id for item in getattr(self, each)) for each in LISTS}


LISTS: Final = ("stages", "won_reasons", "lost_reasons")
"""Fields whose items have ids."""


def new_id(command_id: str, of: str, place: int) -> str:
    """Of a stage or reason that the command makes, so that the same command makes the same, and nobody brings an id
    that means something else elsewhere. of: one of `LISTS`. place: in that list of the command, from 0."""
    return derived(of, command_id, place)
