"""An event or a refusal as JSON for people and scripts. Sealed fields stay sealed: shown as what they are."""

from __future__ import annotations

from base64 import b64encode
from collections import deque
from collections.abc import Collection, Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any, Final

from domain.kernel.actor import Actor
from domain.kernel.sealed import Sealed
from eventlog.model import Position, Recorded, Refusal

AS_IT_IS: Final = frozenset({str, int, bool, float, type(None)})
LISTS: Final = frozenset({tuple, list, deque})
"""Most of a state, asked for first: a conversation remembers thousands of ids."""


def event_json(position: Position, entry: Recorded | Refusal) -> dict[str, Any]:
    """`{id, type, stream, version, at, tenant, journey, actor, command, causation, correlation, position, data}`."""
    if isinstance(entry, Refusal):
        head = {
            "id": f"{entry.command_id}:refused",
            "type": "CommandRefused",
            "stream": entry.stream,
            "version": None,
            "data": {"command": entry.command_topic, "code": entry.code, "detail": entry.detail},
        }
        meta: Any = entry
    else:
        meta = entry.meta
        head = {
            "id": meta.event_id,
            "type": entry.event.TOPIC,
            "stream": meta.stream,
            "version": meta.version,
            "data": {name: plain(value) for name, value in entry.event.own_fields().items()},
        }
    return head | {
        "at": plain(meta.at),
        "tenant": meta.tenant,
        "journey": meta.journey,
        "actor": _actor(meta.actor),
        "command": meta.command_id,
        "causation": meta.causation,
        "correlation": meta.correlation,
        "position": {"epoch": position.epoch, "partition": position.partition, "offset": position.offset},
    }


def plain(value: Any) -> Any:  # noqa: PLR0911  one return a kind of value
    """JSON-able: dataclasses and mappings → objects, other collections → lists (sets sorted), times → RFC 3339, sealed
    bytes → `{"sealed": base64}`."""
    kind = type(value)
    if kind in AS_IT_IS:
        return value
    if kind in LISTS:
        return [one if type(one) in AS_IT_IS else plain(one) for one in value]
    if isinstance(value, Sealed | bytes):
        return {"sealed": b64encode(value).decode()}
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {key: one if type(one) in AS_IT_IS else plain(one) for key, one in value.items()}
    if isinstance(value, Set):
        return sorted((plain(one) for one in value), key=str)
    if isinstance(value, Collection) and not isinstance(value, str):
        return [plain(one) for one in value]
    return value


def _actor(actor: Actor) -> dict[str, str | None]:
    return {
        "kind": actor.kind.value,
        "id": actor.id,
        "session": actor.session,
        "on_behalf_of": actor.on_behalf_of,
    }
