"""What `legion explain` prints: the normalised form of an inbound body, and whether its sender proved itself.

The object's keys and their order are a published contract; absent knowledge is null, absent lists are [].
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from domain.kernel.items import Item, Media, Normalised
from gateways.evolution.normalise import normalise as normalise_evolution
from gateways.evolution.verify import verify as verify_evolution
from gateways.values import mapping, words


@dataclass(frozen=True, slots=True)
class Provider:
    """How to read one provider's webhooks. Neither function raises on any input."""

    normalise: Callable[[bytes], Normalised]
    verify: Callable[[Mapping[str, str] | None, bytes, Sequence[str]], bool | None]


_EVOLUTION: Final = Provider(normalise_evolution, verify_evolution)

PROVIDERS: Final[dict[str, Provider]] = {
    "evolution": _EVOLUTION,
    # Bridges of the same library that speak the same records.
    "evolution_dialects": _EVOLUTION,
    "megaapi_baileys": _EVOLUTION,
}


def explain(
    body: bytes, provider: str, headers: Mapping[str, str] | None = None, secret: str | None = None
) -> dict[str, Any]:
    """`{provider, verified, why, items}` for a raw body. Never raises."""
    reader = PROVIDERS.get(provider)
    if reader is None:
        return _answer(provider, None, "unknown provider", ())
    verified = reader.verify(headers, body, [secret] if secret else [])
    found = reader.normalise(body)
    return _answer(provider, verified, found.why, found.items)


def explain_batch(lines: Iterable[bytes | str]) -> Iterator[dict[str, Any]]:
    """Answers JSON lines `{id, provider, body (base64), headers?, secret?}` in order, each with its `id`.

    A line that cannot be read is answered with what was wrong with it; blank lines are passed over.
    """
    for line in lines:
        raw = line.encode("utf-8", "replace") if isinstance(line, str) else line
        if raw.strip():
            yield _explain_line(raw)


def _explain_line(raw: bytes) -> dict[str, Any]:
    try:
        parsed = orjson.loads(raw)
    except (orjson.JSONDecodeError, RecursionError):
        return {"id": None, **_answer(None, None, "the line is not JSON", ())}
    if not isinstance(parsed, dict):
        return {"id": None, **_answer(None, None, "the line is not a JSON object", ())}
    provider, encoded = words(parsed.get("provider")), parsed.get("body")
    if provider is None:
        return {"id": parsed.get("id"), **_answer(None, None, "the line names no provider", ())}
    try:
        body = base64.b64decode(encoded if isinstance(encoded, str) else "", validate=True)
    except (binascii.Error, ValueError):
        return {"id": parsed.get("id"), **_answer(provider, None, "the line's body is not base64", ())}
    headers = {name: text for name, value in mapping(parsed.get("headers")).items() if (text := _header(value))}
    return {"id": parsed.get("id"), **explain(body, provider, headers or None, words(parsed.get("secret")))}


def _header(value: object) -> str | None:
    """A header's value; some recorders keep a list of the values of one name."""
    return words(value[0]) if isinstance(value, list) and value else words(value)


def _answer(provider: str | None, verified: bool | None, why: str | None, items: Iterable[Item]) -> dict[str, Any]:
    return {"provider": provider, "verified": verified, "why": why, "items": [item_json(item) for item in items]}


def item_json(item: Item) -> dict[str, Any]:
    """An item as the contract writes it."""
    return {
        "kind": item.kind,
        "provider_id": item.provider_id,
        "conversation": item.conversation,
        "group": item.group,
        "from_me": item.from_me,
        "sender_aliases": [{"scheme": alias.scheme, "value": alias.value} for alias in item.sender_aliases],
        "timestamp": rfc3339(item.timestamp) if item.timestamp else None,
        "text": item.text,
        "media": _media(item.media),
        "quoted_id": item.quoted_id,
        "reaction": asdict(item.reaction) if item.reaction else None,
        "referral": asdict(item.referral) if item.referral else None,
        "target_id": item.target_id,
        "status": item.status,
        "error": asdict(item.error) if item.error else None,
        "data": item.data or None,
        "raw_kind": item.raw_kind,
    }


def rfc3339(time: datetime) -> str:
    """UTC with Z; whole seconds, or as fine as the provider was."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _media(media: tuple[Media, ...]) -> dict[str, Any] | list[dict[str, Any]] | None:
    """null for none, the object for one, a list when an item carries several."""
    each = [asdict(one) for one in media]
    return (each[0] if len(each) == 1 else each) if each else None
