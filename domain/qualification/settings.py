"""What a company's rules are made of. What may stand in them is enforced by `policies.check`."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self


class AnswerKind(StrEnum):
    """What an answer is. number: whole, or with decimals. date: as `2026-11-29`."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    BOOLEAN = "boolean"
    DATE = "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the answers to choose from. points: what it gives, also less than none."""

    value: str
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a company wants to know of each lead. key: of the fact that answers it. label: what people read. asks: what
    to look for in a lead's words, for the model. required: nobody is qualified without it. points: of an answer; of a
    boolean only for yes; of a choice its choices say it. choices: of a choice, and of nothing else."""

    key: str
    label: str
    kind: AnswerKind
    asks: str
    required: bool
    points: int
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffRule:
    """Who is qualified gets a deal in this stage at once, if what the stage requires is known. assists: the Centurion
    goes on answering."""

    pipeline: str
    stage: str
    assists: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Who is worth a person's time. threshold: points that must be reached. intents: what leads may want, as codes, one
    of which they must have; empty: any. handoff: None where people hand over. dormant_after_days: silence after which a
    lead counts as asleep; None: never."""

    questions: tuple[Question, ...]
    threshold: int
    intents: tuple[str, ...]
    handoff: HandoffRule | None
    dormant_after_days: int | None

    @classmethod
    def of(cls, source: object) -> Self:
        """Of a command or an event, which have these fields among their own."""
        return cls(**{each.name: getattr(source, each.name) for each in fields(cls)})

    def trimmed(self) -> Self:
        """Without spaces around what people wrote."""
        return replace(
            self,
            questions=tuple(
                replace(
                    each,
                    label=each.label.strip(),
                    asks=each.asks.strip(),
                    choices=tuple(replace(choice, value=choice.value.strip()) for choice in each.choices),
                )
                for each in self.questions
            ),
        )

    def own_fields(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}
