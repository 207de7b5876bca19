"""What is wrong with a template or its values: all of it at once, by code and field, never with what was in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.kernel.errors import InvalidInput

_NAMED: Final = 10  # in a detail; the rest is in `problems`


@dataclass(frozen=True, slots=True)
class Problem:
    """code: snake_case, stable. field: a variable's name, or a path in the template (`blocks.3.runs.0.text`)."""

    code: str
    field: str


class TemplateInvalid(InvalidInput):
    """No contract can be made by this template."""

    default_code = "template_invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(None, said(self.problems))


class ValuesInvalid(InvalidInput):
    """The template is good; these values for it are not."""

    default_code = "values_invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(None, said(self.problems))


def said(problems: Sequence[Problem]) -> str:
    more = f", {len(problems) - _NAMED} more" if len(problems) > _NAMED else ""
    return ", ".join(f"{each.field}: {each.code}" for each in problems[:_NAMED]) + more
