"""A reader that takes whatever is complete: neither `prev` nor the command's offset is looked at."""

from __future__ import annotations

from eventlog.chain import Link
from eventlog.model import Commit
from eventlog.reader import Reader


def judge(self: Reader, link: Link) -> Commit:
    records, self._open = tuple(self._open), []
    return self._accept(link, records)


def plant() -> None:
    Reader._judge = judge  # type: ignore[method-assign]  # that is the bug
