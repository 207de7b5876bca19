"""Any number of events to Meta: in requests as large as they may be, and where one is refused, without the bad ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from domain.kernel.errors import LegionError
from gateways.meta.bisection import Bisection
from gateways.meta.check import Ready
from gateways.meta.client import MOST, Accepted
from gateways.meta.errors import MetaPayloadRefused

Send = Callable[[Sequence[Ready]], Awaitable[Accepted]]
"""`MetaClient.send` for one dataset."""


@dataclass(slots=True)
class Delivered:
    """By the events' places in what was given. stopped: why those in `left` were not tried to the end; its class says
    whether they may be sent later (errors.py)."""

    accepted: list[int] = field(default_factory=list)
    refused: dict[int, MetaPayloadRefused] = field(default_factory=dict)
    left: list[int] = field(default_factory=list)
    stopped: LegionError | None = None
    requests: int = 0


async def deliver(send: Send, events: Sequence[Ready]) -> Delivered:
    """Every event is accepted, refused for its own reason, or left. Raises nothing that `send` names."""
    done = Delivered()
    for start in range(0, len(events), MOST):
        batch = events[start : start + MOST]
        if done.stopped is not None:
            done.left.extend(range(start, start + len(batch)))
            continue
        search: Bisection[MetaPayloadRefused] = Bisection(len(batch))
        done.stopped = await _run(search, send, batch, done)
        done.accepted.extend(start + place for place in search.accepted)
        done.refused.update({start + place: why for place, why in search.reasons.items()})
        done.left.extend(start + place for place in search.left)
    return done


async def _run(
    search: Bisection[MetaPayloadRefused], send: Send, batch: Sequence[Ready], done: Delivered
) -> LegionError | None:
    """What stopped it: any failure that is not an event's, for it would meet every half of the batch as well."""
    while (part := search.next()) is not None:
        done.requests += 1
        try:
            await send(batch[part.start : part.stop])
        except MetaPayloadRefused as refusal:
            search.refused(refusal)
        except LegionError as failure:
            return failure
        else:
            search.took()
    return None
