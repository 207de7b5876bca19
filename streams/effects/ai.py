"""Asking the model: bounded in time, tried again with jitter, left alone when it fails again and again."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from domain.centurion.settings import CenturionSettings
from gateways.breaker import Breaker, CircuitOpen
from gateways.chat.client import ChatClient, ChatMessage, ChatResult
from gateways.errors import ChatFailed, ChatRateLimited, ChatRefused
from streams.backoff import backoff
from streams.prompt import Prompt

TRIES: Final = 3
FIRST: Final = timedelta(seconds=0.5)
MOST: Final = timedelta(seconds=8)

DEADLINE_S: Final = 60.0
"""No try begins later: a lead who has waited a minute gets the fallback or a person."""


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
        started = self.clock()
        for tried in range(self.tries):
            try:
                return await self._once(prompt, settings)
            except (ChatFailed, CircuitOpen) as error:
                asked = error.retry_after_s if isinstance(error, ChatRateLimited) else None
                wait = backoff(tried, first=FIRST, most=MOST, jitter=random.random()).total_seconds()  # noqa: S311 - no secret
                wait = max(wait, min(asked or 0.0, MOST.total_seconds()))
                if tried + 1 == self.tries or self.clock() + wait - started > self.deadline_s:
                    raise
                await asyncio.sleep(wait)
        raise AssertionError("at least one try")

    async def _once(self, prompt: Prompt, settings: CenturionSettings) -> ChatResult:
        self.breaker.enter(self.clock())
        try:
            result = await self.chat.complete(
                [ChatMessage(role, content) for role, content in prompt.messages],
                model=settings.model or self.default_model,
                temperature=settings.temperature_milli / 1000,
                max_tokens=settings.max_tokens,
            )
        except ChatFailed:
            self.breaker.failed(self.clock())
            raise
        except ChatRefused:
            self.breaker.succeeded()  # it answers: what it does not like is our request
            raise
        self.breaker.succeeded()
        return result
