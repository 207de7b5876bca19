"""Which command killed the writer? Told to the next writer in the metadata of the group's offset.

Group offset and not a file: the broker keeps it where the next owner looks, on whichever machine, and takes it only
from the present owner (a zombie's is fenced). It costs nothing while all is well: a resync commits an offset anyway.

    clean           stopped in order
    run <offset>    in full speed since the chain asked for the command at this offset
    try <offset> <k> one at a time: about to decide the command at this offset; k - 1 processes died doing so

A writer that finds `run` at the very offset it has to begin with follows one that died without progress. Which of
the commands it held was it? It decides the next `Limits.reach` commands one at a time, each marked `try` before. One
found at `try` with k = 3 has killed three and is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from commands.limits import Limits


class Kind(StrEnum):
    CLEAN = "clean"
    RUN = "run"
    TRY = "try"


@dataclass(frozen=True, slots=True)
class Mark:
    """See above. tries: k, 0 unless `try`."""

    kind: Kind = Kind.CLEAN
    offset: int = 0
    tries: int = 0

    def text(self) -> str:
        match self.kind:
            case Kind.CLEAN:
                return "clean"
            case Kind.RUN:
                return f"run {self.offset}"
            case Kind.TRY:
                return f"try {self.offset} {self.tries}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Anything unknown is `clean`: a hint for rare crashes must not stop a start."""
        match text.split():
            case [Kind.RUN, offset] if offset.isdecimal():
                return cls(Kind.RUN, int(offset))
            case [Kind.TRY, offset, tries] if offset.isdecimal() and tries.isdecimal():
                return cls(Kind.TRY, int(offset), int(tries))
            case _:
                return cls()

    @property
    def died(self) -> bool:
        return self.kind is not Kind.CLEAN

    def deaths_at(self, offset: int) -> int:
        """How many processes are known to have died deciding exactly this command."""
        return self.tries if self.kind is Kind.TRY and self.offset == offset else 0


class CrashWatch:
    """What one writer concludes from the mark it found, and the mark it leaves. `mark` is the one that stands now."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._found = Mark()
        self._careful_until = 0
        self._begun = False
        self.mark = Mark()

    def find(self, text: str) -> None:
        self._found = self.mark = Mark.parse(text)

    def begin(self, resume: int) -> bool:
        """The first resync ended, the chain asks for the command at `resume`. Whether `mark` changed."""
        if self._begun:
            return False
        self._begun = True
        if self._found.died and self._found.offset == resume:
            self._careful_until = resume + self._limits.reach
        if self._found.deaths_at(resume):
            return False
        self.mark = Mark(Kind.RUN, resume)
        return True

    def careful(self, offset: int) -> bool:
        """Whether the command at this offset must be decided alone and marked before."""
        return offset < self._careful_until

    def condemned(self, offset: int) -> bool:
        """Whether this command has killed often enough."""
        return self._found.deaths_at(offset) >= self._limits.deaths

    def attempt(self, offset: int) -> None:
        """The command is about to be decided."""
        self.mark = Mark(Kind.TRY, offset, self._found.deaths_at(offset) + 1)
