"""A token scanner for ClickHouse SQL: enough to tell statements, formats, inserted data and function calls. Pure.

Follows the engine's lexer (src/Parsers/Lexer.cpp): strings with backslash and doubled quotes, quoted identifiers in
`"` and backticks, heredocs `$tag$…$tag$`, comments `--`, `#`, and nested `/* */`.

The text is given as bytes and scanned as Latin-1, one character a byte, so that positions are byte offsets and the
binary data after an INSERT does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a token is; white space and comments are not tokens."""

    WORD = "word"
    QUOTED = "quoted identifier"
    STRING = "string"
    NUMBER = "number"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class Token:
    """A token at bytes `start:end`; `depth` counts open brackets before it."""

    kind: Kind
    text: str
    start: int
    end: int
    depth: int

    @property
    def word(self) -> str:
        """Lower case text of a bare word, else empty."""
        return self.text.lower() if self.kind is Kind.WORD else ""


_SKIP = re.compile(r"\s+|--[^\n]*|#[ !][^\n]*")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(r"\d[A-Za-z0-9_.]*")
_HEREDOC = re.compile(r"\$\w*\$", re.ASCII)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_QUOTES = {quote: re.compile(rf"{quote}(?:[^{quote}\\]|\\.|{quote}{quote})*{quote}", re.DOTALL) for quote in "'\"`"}
_OPEN, _CLOSE = "([{", ")]}"


def _comment_end(text: str, at: int) -> int:
    """End of the (nested) comment that starts at `at`; an open one ends with the text."""
    level = 0
    for edge in _COMMENT_EDGE.finditer(text, at):
        level += 1 if edge.group() == "/*" else -1
        if level == 0:
            return edge.end()
    return len(text)


def _literal(text: str, at: int) -> tuple[Kind, int] | None:
    """Kind and end of the literal that starts at `at`, an unfinished one being all the rest."""
    if (pattern := _QUOTES.get(text[at])) is not None:
        found = pattern.match(text, at)
        kind = Kind.STRING if text[at] == "'" else Kind.QUOTED
        return kind, found.end() if found else len(text)
    if (tag := _HEREDOC.match(text, at)) is not None:
        close = text.find(tag.group(), tag.end())
        return Kind.STRING, close + len(tag.group()) if close >= 0 else len(text)
    if (word := _WORD.match(text, at)) is not None:
        return Kind.WORD, word.end()
    if (number := _NUMBER.match(text, at)) is not None:
        return Kind.NUMBER, number.end()
    return None


def tokens(sql: bytes) -> Iterator[Token]:
    """The tokens of the text, lazily."""
    text, at, depth = sql.decode("latin-1"), 0, 0
    while at < len(text):
        if (skipped := _SKIP.match(text, at)) is not None:
            at = skipped.end()
            continue
        if text.startswith("/*", at):
            at = _comment_end(text, at)
            continue
        kind, end = _literal(text, at) or (Kind.SIGN, at + 1)
        sign = text[at:end]
        if kind is Kind.SIGN and sign in _CLOSE:
            depth -= 1
        yield Token(kind, sign, at, end, depth)
        if kind is Kind.SIGN and sign in _OPEN:
            depth += 1
        at = end
