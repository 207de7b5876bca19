"""Asking the model: bounded in time, tried again with jitter, left alone when it fails again and again."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Generic, TypeVar

from domain.centurion.settings import CenturionSettings
from domain.kernel.usage import Usage
from gateways.breaker import Breaker, CircuitOpen
from gateways.chat.client import ChatClient, ChatMessage, ChatResult, ChatSchema
from gateways.chat.prices import Prices, cost_micros
from gateways.errors import ChatFailed, ChatRateLimited, ChatRefused, ChatUnreadable
from streams.backoff import backoff
from streams.prompt import Messages, Prompt

TRIES: Final = 3
FIRST: Final = timedelta(seconds=0.5)
MOST: Final = timedelta(seconds=8)

DEADLINE_S: Final = 60.0
"""No try begins later: a lead who has waited a minute gets the fallback or a person."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wish:
    """One request, whoever asks for it."""

    messages: Messages
    model: str
    temperature: float
    max_tokens: int
    schema: ChatSchema | None = None


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """value: what was made of the answer. paid: each answer on the way to it, for all of them cost."""

    value: T
    paid: tuple[ChatResult, ...]


@dataclass(frozen=True, slots=True)
class Asker:
    """default_model: of Centurions that name none. clock: monotonic seconds."""

    chat: ChatClient
    default_model: str
    tries: int = TRIES
    deadline_s: float = DEADLINE_S
    breaker: Breaker = field(default_factory=Breaker)
    clock: Callable[[], float] = time.monotonic

    def parameters(self, settings: CenturionSettings) -> dict[str, str]:
        """As they are sent, for the record."""
        return {
            "model": settings.model or self.default_model,
            "temperature": str(settings.temperature_milli / 1000),
            "max_tokens": str(settings.max_tokens),
        }

    async def ask(self, prompt: Prompt, settings: CenturionSettings) -> ChatResult:
        """The answer. Raises ChatFailed, ChatRefused or CircuitOpen when no try gave one."""
        wish = Wish(
            prompt.messages,
            settings.model or self.default_model,
            settings.temperature_milli / 1000,
            settings.max_tokens,
        )
        return await self._tried(lambda: self._once(wish))

    async def read(self, wish: Wish, take: Callable[[str], T]) -> Answered[T]:
        """What `take` makes of the answer, which raises ValueError for one that is not what was asked for. Raises
        ChatFailed, ChatRefused or CircuitOpen when no try gave one."""
        paid: list[ChatResult] = []

        async def once() -> T:
            result = await self._once(wish)
            paid.append(result)
            if result.finish_reason == "length":
                raise ChatUnreadable(detail="broken off")
            try:
                return take(result.text)
            except ValueError as wrong:
                raise ChatUnreadable(detail=type(wrong).__name__) from wrong

        return Answered(await self._tried(once), tuple(paid))

    async def _tried(self, once: Callable[[], Awaitable[T]]) -> T:
        started = self.clock()
        for tried in range(self.tries):
            try:
                return await once()
            except (ChatFailed, CircuitOpen) as error:
                asked = error.retry_after_s if isinstance(error, ChatRateLimited) else None
                wait = backoff(tried, first=FIRST, most=MOST, jitter=random.random()).total_seconds()  # noqa: S311 - no secret
                wait = max(wait, min(asked or 0.0, MOST.total_seconds()))
                if tried + 1 == self.tries or self.clock() + wait - started > self.deadline_s:
                    raise
                await asyncio.sleep(wait)
        raise AssertionError("at least one try")

    async def _once(self, wish: Wish) -> ChatResult:
        self.breaker.enter(self.clock())
        try:
            result = await self.chat.complete(
                [ChatMessage(role, content) for role, content in wish.messages],
                model=wish.model,
                temperature=wish.temperature,
                max_tokens=wish.max_tokens,
                schema=wish.schema,
            )
        except ChatFailed:
            self.breaker.failed(self.clock())
            raise
        except ChatRefused:
            self.breaker.succeeded()  # it answers: what it does not like is our request
            raise
        self.breaker.succeeded()
        return result


def usage_of(paid: Sequence[ChatResult], asked: str, prices: Prices) -> Usage:
    """Of all these answers together, one at least. asked: the model's name in the request."""
    prompt, completion = sum(each.prompt_tokens for each in paid), sum(each.completion_tokens for each in paid)
    return Usage(
        model=paid[-1].model,
        prompt_tokens=prompt,
        completion_tokens=completion,
        cost_micros=cost_micros(prices, (paid[-1].model, asked), prompt, completion),
        latency_ms=int(sum(each.latency_s for each in paid) * 1000),
    )
