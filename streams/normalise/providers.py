"""What the normaliser needs to know of a provider. Everything behind it is channel-neutral."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from domain.kernel.errors import Poison
from domain.kernel.items import Alias, Item, Normalised
from gateways.evolution.identity import canonical_phone
from gateways.evolution.jid import aliases as jid_aliases
from gateways.evolution.normalise import normalise as normalise_evolution


@dataclass(frozen=True, slots=True)
class Provider:
    """normalise: body → items, never raising. person_of: the ids that a chat's own id tells of its other side.

    offline: names of events (`Item.data["event"]`) that bring what happened while the number was not connected.
    """

    channel: str
    normalise: Callable[[bytes], Normalised]
    person_of: Callable[[str], tuple[Alias, ...]]
    offline: frozenset[str]


PROVIDERS: Final = {
    "evolution": Provider(
        channel="whatsapp",
        normalise=normalise_evolution,
        person_of=lambda chat: jid_aliases([chat]),
        offline=frozenset({"messages.set", "messaging.history.set"}),
    ),
}


def provider(name: str) -> Provider:
    """Raises Poison `provider_unknown`."""
    known = PROVIDERS.get(name)
    if known is None:
        raise Poison("provider_unknown", f"no normaliser for {name}"[:100])
    return known


def canonical(aliases: Iterable[Alias]) -> tuple[Alias, ...]:
    """Each id once, in the one form that the vault's map knows: both Brazilian forms of a phone are one."""
    return tuple(
        dict.fromkeys(
            Alias(a.scheme, canonical_phone(a.value)) if a.scheme == "phone" else Alias(a.scheme, a.value.strip())
            for a in aliases
            if a.value.strip()
        )
    )


def is_offline(name: Provider, item: Item) -> bool:
    return item.data.get("event") in name.offline
