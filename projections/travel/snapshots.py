"""A life ⇄ bytes for the cache of snapshots (`cache.snapshots`, see sql/cache.sql). Pure.

A snapshot is never a source of truth: it is made by folding the journal, may be deleted at any time, and is read only
by exactly the code that wrote it (`fingerprint`): changed aggregates fold anew.
"""

from __future__ import annotations

import io
import pickle
import sys
from collections import OrderedDict, deque
from datetime import datetime, timedelta, timezone
from functools import cache
from hashlib import sha256
from importlib import resources
from importlib.metadata import version
from importlib.resources.abc import Traversable
from typing import Any, Final

from projections.travel.life import Life

PROTOCOL: Final = 5

CODE: Final = ("domain", "eventlog", "projections.travel")
"""Packages that a life follows from: aggregates, decoding, the fold."""

PARTS: Final = {(cls.__module__, cls.__qualname__): cls for cls in (OrderedDict, deque, datetime, timedelta, timezone)}
"""What states are made of beside our own classes."""

OURS: Final = ("domain.", "projections.travel.life", "eventlog.model")


def pack(life: Life) -> bytes:
    return pickle.dumps(life, PROTOCOL)


def unpack(packed: bytes) -> Life | None:
    """None for bytes that are no life: then it is folded anew. Only classes of the domain and a few of the standard
    library are ever made, whatever stands in the bytes."""
    try:
        found = _Closed(io.BytesIO(packed)).load()
    except Exception:  # noqa: BLE001  bad bytes make a pickle raise anything; the cache is not needed
        return None
    return found if isinstance(found, Life) else None


class _Closed(pickle.Unpickler):
    """Knows a closed set of classes, as the codec does (data must not name code to import)."""

    def find_class(self, module: str, name: str) -> Any:
        return _part(module, name)


@cache
def _part(module: str, name: str) -> type:
    """Cached are the classes of states, no name that bytes may hold: what is refused is not."""
    if (module, name) in PARTS:
        return PARTS[module, name]
    if module.startswith(OURS) and module in sys.modules:
        found = vars(sys.modules[module]).get(name)
        if isinstance(found, type) and found.__module__ == module:
            return found
    raise pickle.UnpicklingError(f"{module}.{name} is no part of a state")


@cache
def fingerprint() -> bytes:
    """SHA-256 over the sources that a life follows from, Python and the library of aggregates."""
    digest = sha256(f"{sys.version} {version('eventsourcing')} {PROTOCOL}".encode())
    for package in CODE:
        _feed(digest, resources.files(package))
    return digest.digest()


def _feed(digest: Any, folder: Traversable) -> None:
    for each in sorted(folder.iterdir(), key=lambda one: one.name):
        if each.is_dir():
            _feed(digest, each)
        elif each.name.endswith(".py"):
            digest.update(each.name.encode() + sha256(each.read_bytes()).digest())
