"""What the ingress says, made once: the same bytes for every stranger, whatever was wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from api.problems import problem_bytes

RETRY_AFTER_S: Final = b"5"
"""Evolution's own ladder begins at 5 s."""

Headers = list[tuple[bytes, bytes]]


class Answer(NamedTuple):
    """One whole response."""

    status: int
    headers: Headers
    body: bytes


def _answer(status: int, media_type: bytes, body: bytes, *more: tuple[bytes, bytes]) -> Answer:
    headers = [(b"content-type", media_type), (b"content-length", str(len(body)).encode()), *more]
    return Answer(status, headers, body)


def _problem(status: int, code: str, *more: tuple[bytes, bytes]) -> Answer:
    return _answer(status, b"application/problem+json", problem_bytes(status, code), *more)


ANSWERS: Final[Mapping[int, Answer]] = {
    200: _answer(200, b"application/json", b'{"status":"accepted"}'),
    405: _problem(405, "method_not_allowed", (b"allow", b"POST")),
    413: _problem(413, "body_too_large"),
    503: _problem(503, "unavailable", (b"retry-after", RETRY_AFTER_S)),
}
"""By status: the reason behind a 503 is none of the sender's business, it stands in the metrics and the DLQ."""
