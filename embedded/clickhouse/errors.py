"""ClickHouse's errors as its HTTP interface gives them: text, code and status. Pure.

Statuses: `exceptionCodeToHTTPStatus` in src/Server/HTTP/exceptionCodeToHTTPStatus.cpp.
"""

from __future__ import annotations

import re

_CODE = re.compile(r"Code: (\d+)\. ")
_MESSAGE_START = re.compile(r"Code: \d+\. ")
STD_EXCEPTION = 1001
SYNTAX_ERROR = 62
NOT_IMPLEMENTED = 48
BAD_ARGUMENTS = 36
READONLY = 164
QUERY_IS_TOO_LARGE = 298
AUTHENTICATION_FAILED = 516
_STATUS = {
    **dict.fromkeys((6, 26, 27, 33, 36, 38, 41, 43, 53, 62, 72, 115, 117, 130, 386, 456, 457), 400),
    **dict.fromkeys((46, 47, 50, 56, 60, 81), 404),
    AUTHENTICATION_FAILED: 403,
    QUERY_IS_TOO_LARGE: 413,
    NOT_IMPLEMENTED: 501,
}


class ClickHouseError(Exception):
    """An error with ClickHouse's code; `str()` is the body that a client gets."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code

    @property
    def status(self) -> int:
        return _STATUS.get(self.code, 500)


def refused(code: int, name: str, message: str) -> ClickHouseError:
    """An error of this server, worded as the engine would."""
    return ClickHouseError(code, f"Code: {code}. DB::Exception: {message}. ({name})")


def from_engine(message: str) -> ClickHouseError:
    """The engine's message without what chDB's wrapper put before it."""
    start = _MESSAGE_START.search(message)
    if start is None:
        return ClickHouseError(STD_EXCEPTION, f"Code: {STD_EXCEPTION}. DB::Exception: {message} (STD_EXCEPTION)")
    code = _CODE.match(message, start.start())
    assert code is not None
    return ClickHouseError(int(code.group(1)), message[start.start() :])
