"""Notices a consumer that has gone deaf.

aiokafka 0.14 fetches in a task of its own. When it dies nobody is told: every poll is empty from then on, whatever
the log holds.
"""

from __future__ import annotations

import asyncio
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from domain.kernel.errors import Unavailable

DEAF_S: Final = 15.0
"""A consumer that for so long gets nothing of what the log is known to hold. Longer than a lost answer takes."""


class Deaf(Unavailable):
    """The consumer must be thrown away; another one will hear."""

    default_code = "consumer_deaf"


class Listening:
    """One consumer of one partition. after_s: how long silence is believed."""

    def __init__(self, consumer: AIOKafkaConsumer, place: TopicPartition, after_s: float = DEAF_S) -> None:
        self._consumer = consumer
        self._place = place
        self._after_s = after_s
        self.restart()

    def restart(self) -> None:
        """It stands elsewhere now."""
        self._since = self._now()
        self._end = 0  # of the log when last asked, a whole silence ago

    async def polled(self, anything: bool) -> None:
        """After every poll: whether records came. Raises Deaf."""
        if anything:
            self.restart()
        elif self._now() - self._since > self._after_s:
            try:
                if await self._consumer.position(self._place) < self._end:
                    raise Deaf(detail=f"{self._place.topic} {self._place.partition}")
                self._end = (await self._consumer.end_offsets([self._place]))[self._place]
            except KafkaError:
                self._end = 0  # the broker is away: then there is nothing to hear
            self._since = self._now()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
