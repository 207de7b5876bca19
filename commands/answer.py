"""One command becomes its commit: events or a refusal. Pure; fails for nothing that a command may say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from commands.intake import MAX_TEXT, Asked, Fault, crashed
from domain.kernel.command import CommandMeta, EventMeta
from domain.kernel.deciding import decide
from domain.kernel.errors import Misconfigured, Refused, TooLarge
from domain.kernel.event import Event
from domain.kernel.ids import event_id
from domain.kernel.journey import Context
from domain.kernel.stream import Stream
from eventlog.assemble import Built, build_commit
from eventlog.codec import Codec
from eventlog.model import Recorded, Refusal

NOTHING_TO_DO = Fault("nothing_to_do", "already so")


class Answer(NamedTuple):
    """body: what stands in `built`. events: of the body, none for a refusal. fault: why it is one."""

    built: Built
    body: tuple[Recorded, ...] | Refusal
    events: tuple[Event, ...]
    fault: Fault | None


class Answerer:
    """Decides and encodes for one partition of one epoch."""

    def __init__(self, epoch: int, codec: Codec) -> None:
        self._epoch = epoch
        self._codec = codec

    def answer(self, asked: Asked, head: bytes, at: datetime, streams: Mapping[str, Stream]) -> Answer:
        """After a fault the streams may have been changed half-way: the caller throws changed ones away.

        Raises Misconfigured: then our schemas are wrong and not the command.
        """
        assert asked.meta is not None
        assert asked.route is not None
        assert asked.command is not None
        meta = asked.meta
        context = Context(
            command_id=meta.command_id,
            tenant=meta.tenant,
            journey=asked.journey,
            actor=meta.actor,
            at=at,
            expected=meta.expected,
        )
        try:
            events = decide(asked.route, context, asked.command, streams)
            if not events:
                return self.refuse(asked, head, at, NOTHING_TO_DO)
            body = _recorded(meta, events)
            return Answer(
                build_commit(head, self._epoch, asked.offset, body, self._codec), tuple(body), tuple(events), None
            )
        except Refused as error:
            return self.refuse(asked, head, at, Fault(error.code, error.detail))
        except TooLarge as error:
            return self.refuse(asked, head, at, Fault(error.code, error.detail))
        except Misconfigured:
            raise
        except Exception as error:  # noqa: BLE001  one command's crash is its refusal, not the partition's end
            return self.refuse(asked, head, at, crashed(error))

    def refuse(self, asked: Asked, head: bytes, at: datetime, fault: Fault) -> Answer:
        refusal = asked.refusal(Fault(fault.code, fault.detail[:MAX_TEXT]), at)
        return Answer(build_commit(head, self._epoch, asked.offset, refusal, self._codec), refusal, (), fault)


def _recorded(meta: CommandMeta, events: Sequence[Event]) -> list[Recorded]:
    actor = meta.actor.without_grant()
    return [
        Recorded(
            EventMeta(
                event_id=event_id(meta.command_id, index),
                tenant=meta.tenant,
                journey=meta.journey,
                stream=event.originator_id,
                version=event.originator_version,
                command_id=meta.command_id,
                actor=actor,
                at=event.timestamp,
                causation=meta.causation,
                correlation=meta.correlation,
                traceparent=meta.traceparent,
            ),
            event,
        )
        for index, event in enumerate(events)
    ]
