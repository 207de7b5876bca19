"""One core in a test's hand: what it asks for is looked at one action at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from commands.actions import Action, Commit, Consume, Load, Resync, Send
from commands.core import PartitionWriter
from commands.limits import Limits
from commands.ports import Loaded
from domain.kernel.command import Command, CommandMeta
from eventlog.codec import Codec
from eventlog.model import Anchor, LogRecord
from proof.ground.tallies import ROUTES, as_record, origin

A = TypeVar("A", Commit, Consume, Load, Resync, Send)
Asked = tuple[CommandMeta, Command]


def only(kind: type[A], actions: Sequence[Action]) -> A:
    """The one action of that kind."""
    found = [action for action in actions if isinstance(action, kind)]
    assert len(found) == 1, actions
    return found[0]


class Driver:
    """journal: what the journal will answer; its position follows the verified end unless a test says otherwise."""

    def __init__(
        self,
        codec: Codec,
        *,
        limits: Limits | None = None,
        found: str = "",
        committed: int = 0,
        anchor: Anchor | None = None,
        commands_begin: int = 0,
        end: int = 1_000,
    ) -> None:
        self.codec = codec
        self.core = PartitionWriter(
            anchor or origin(), partitions=1, routes=ROUTES, codec=codec, limits=limits or Limits()
        )
        self.journal = Loaded(next_offset=0)
        self.started = self.core.start(committed, found)
        self.synced = self.core.synced(self.core.verified_to, commands_begin, end)
        self.offset = self.core.anchor.last_command_offset + 1

    @property
    def feed(self) -> int:
        return only(Consume, self.synced).feed

    def records(self, *asked: Asked, at_ms: int = 0) -> list[LogRecord]:
        """The next records of [commands]."""
        made = [
            as_record(self.codec, meta, command, offset=self.offset + index, at_ms=at_ms)
            for index, (meta, command) in enumerate(asked)
        ]
        self.offset += len(made)
        return made

    def ask(self, *asked: Asked, at_ms: int = 0) -> Load:
        return only(Load, self.core.commands(self.feed, self.records(*asked, at_ms=at_ms)))

    def decide(self, *asked: Asked, at_ms: int = 0) -> list[Action]:
        """Takes, loads, decides: what the core wants then."""
        load = self.ask(*asked, at_ms=at_ms)
        return self.core.loaded(load.token, self.answer())

    def answer(self) -> Loaded:
        return replace(self.journal, next_offset=self.core.verified_to)

    def codes(self, sends: Sequence[Action]) -> list[str | None]:
        """Of all records sent: a refusal's code, None for an event."""
        return [
            getattr(self.codec.decode(record.value), "code", None)
            for send in sends
            if isinstance(send, Send)
            for record in send.records
        ]

    def acknowledge(self, actions: Sequence[Action]) -> list[Action]:
        """Every send at the offset that was expected."""
        after: list[Action] = []
        for send in actions:
            if isinstance(send, Send):
                after += self.core.acknowledged(send.token, send.first_offset)
        return after
