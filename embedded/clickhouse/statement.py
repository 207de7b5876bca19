"""What a request's SQL is: its first word, its FORMAT, and where the data of an INSERT begins. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from embedded.clickhouse.scan import Kind, Token, tokens

_READS = frozenset({"select", "with", "from"})
_BLANK = b" \t\r"


@dataclass(frozen=True, slots=True)
class Insert:
    """`INSERT INTO t (a, b)` without FORMAT; the format of its data; and the data that came in the same text."""

    target: str
    format: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Statement:
    """`verb` is the first word in lower case; `format` the one that the text asks for; `several` for `a; b`.

    `question` is the text before that FORMAT.
    """

    verb: str
    question: bytes
    format: str | None
    insert: Insert | None
    several: bool

    @property
    def reads(self) -> bool:
        """A query whose rows can be sent block by block."""
        return self.verb in _READS and self.insert is None


def _skip_to_data(sql: bytes, at: int) -> int:
    """Past blanks and one line end: there the data of `INSERT … FORMAT x` begins."""
    while at < len(sql) and sql[at] in _BLANK:
        at += 1
    return at + 1 if sql[at : at + 1] == b"\n" else at


def _insert(sql: bytes, found: Iterator[Token]) -> Insert | None:
    """The data part of an INSERT, None for INSERT … SELECT. Reads no further than where the data begins."""
    for token in found:
        if token.depth or token.kind is not Kind.WORD:
            continue
        if token.word in _READS:
            return None
        if token.word == "values":
            return Insert(sql[: token.start].decode(), "Values", sql[token.end :])
        if token.word == "format":
            name = next(found, None)
            if name is not None and name.kind is Kind.WORD:
                return Insert(sql[: token.start].decode(), name.text, sql[_skip_to_data(sql, name.end) :])
    return None


def _format(words: Sequence[Token]) -> tuple[int, str] | None:
    """Start and name of the last `FORMAT name` outside brackets that ends the statement or stands before SETTINGS."""
    for at in range(len(words) - 2, -1, -1):
        word, name = words[at : at + 2]
        at_end = at + 2 == len(words) or words[at + 2].text == ";" or words[at + 2].word == "settings"
        if word.word == "format" and name.kind is Kind.WORD and not word.depth and at_end:
            return word.start, name.text
    return None


def parse(sql: bytes) -> Statement:
    """Look at a request's SQL. Never fails: what it does not understand, the engine refuses."""
    found = tokens(sql)
    verb = next((token.word for token in found if token.text != "("), "")
    if verb == "insert":
        insert = _insert(sql, found)
        if insert is not None:
            return Statement(verb, sql, None, insert, several=False)
    rest = list(tokens(sql))
    ends = [index for index, token in enumerate(rest) if token.text == ";"]
    several = any(token.text != ";" for token in rest[ends[0] :]) if ends else False
    asked = _format(rest)
    start, name = asked if asked is not None else (len(sql), None)
    return Statement(verb, sql[:start], name, None, several)
