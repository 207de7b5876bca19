"""Passwords: what may be one, and argon2id in a bounded pool of threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from zxcvbn import zxcvbn

from domain.kernel.errors import InvalidInput, Unavailable

MIN_LENGTH: Final = 12
MAX_LENGTH: Final = 128
"""Characters. Longer ones are no safer and cost more to look at (ASVS 5.0, 6.2.9: at least 64 must be allowed)."""

JUDGED: Final = 72
"""Characters that zxcvbn looks at: its time grows with the square, and a part that is strong is enough."""

STRONG: Final = 3
"""zxcvbn's score (0 to 4): 10^8 guesses and more; argon2id makes each of them dear."""

HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""The first choice of OWASP's password storage cheat sheet (2025): 19 MiB, two passes, one lane. About 20 ms."""

THREADS: Final = 2
"""At once, so that logins cannot take all cores or memory."""

WAITING: Final = 64
"""Beyond these threads' work: more would wait longer than people do."""

T = TypeVar("T")


def check_strength(password: str, known: Iterable[str] = ()) -> None:
    """known: what an attacker would try first (the user's name, address, company). Raises InvalidInput
    `password_too_short`, `password_too_long`, `password_weak`; the detail says what would help, never the password."""
    if len(password) < MIN_LENGTH:
        raise InvalidInput("password_too_short", f"password: at least {MIN_LENGTH} characters")
    if len(password) > MAX_LENGTH:
        raise InvalidInput("password_too_long", f"password: at most {MAX_LENGTH} characters")
    judged = zxcvbn(password[:JUDGED], user_inputs=[word for word in known if word])
    if judged["score"] < STRONG:
        feedback = judged["feedback"]
        hints = [feedback["warning"], *feedback["suggestions"]]
        raise InvalidInput("password_weak", "password: " + " ".join(hint for hint in hints if hint))


class Passwords:
    """Hashing takes 20 ms of a core and 19 MiB: in threads, as many as may be and no more."""

    def __init__(self, hasher: PasswordHasher = HASHER, *, threads: int = THREADS, waiting: int = WAITING) -> None:
        self._hasher = hasher
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._free = threads + waiting
        self._nobodys = hasher.hash("nobody has this password")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """As a PHC string. Raises Unavailable `busy`."""
        return await self._run(lambda: self._hasher.hash(password))

    async def matches(self, stored: str | None, password: str) -> bool:
        """stored: None where there is no such account: takes as long, and is False. Raises Unavailable `busy`."""
        return await self._run(lambda: self._matches(stored or self._nobodys, password)) and stored is not None

    def is_old(self, stored: str) -> bool:
        """Hashed with other costs than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerifyMismatchError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._free <= 0:
            raise Unavailable("busy", "too many logins at once")
        self._free -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._free += 1
