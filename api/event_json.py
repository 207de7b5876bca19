"""An event or a refusal as JSON for people and scripts. Sealed fields stay sealed: shown as what they are."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Mapping, Set
from typing import Any

import orjson

from domain.kernel.actor import Actor
from eventlog.model import Position, Recorded, Refusal


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
            "data": plain(entry.event.own_fields()),
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


def plain(value: Any) -> Any:
    """JSON-able: dataclasses and mappings → objects, other collections → lists (sets sorted), times → RFC 3339, sealed
    bytes → `{"sealed": base64}`. Through JSON and back: of a conversation that remembers thousands of ids that is five
    times faster than walking through it in Python. Raises TypeError for what JSON does not have."""
    return orjson.loads(orjson.dumps(value, default=_other, option=orjson.OPT_UTC_Z))


def _other(value: Any) -> Any:
    """What orjson does not know by itself."""
    if isinstance(value, bytes):
        return {"sealed": b64encode(value).decode()}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Set):
        return sorted(value, key=str)
    if isinstance(value, Collection):
        return list(value)
    raise TypeError(type(value).__name__)


def _actor(actor: Actor) -> dict[str, str | None]:
    return {
        "kind": actor.kind.value,
        "id": actor.id,
        "session": actor.session,
        "on_behalf_of": actor.on_behalf_of,
    }
