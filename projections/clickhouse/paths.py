"""Compiles a path of `measures.py` into a function, and refuses sealed fields while doing so."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

from eventlog.shapes import Optional, Record, SealedBytes, Sequence, Shape, fields_of

Getter = Callable[[Any], Any]


class Compiled(NamedTuple):
    """get: an event → the value, None where something on the way is absent. shape: of the value at the path's end."""

    get: Getter
    shape: Shape


def compile_path(cls: type, path: str) -> Compiled:
    """Raises TypeError for a sealed field, one that does not exist, or one that is no single value."""
    counted, steps = path.startswith("#"), path.removeprefix("#").split(".")
    shape: Shape = Record(cls)
    getters: list[Getter] = []
    for step in steps:
        shape, get = _step(shape, step, f"{cls.__name__}.{path}")
        getters.append(get)
    if isinstance(shape, Optional):
        shape = shape.of
    if isinstance(shape, SealedBytes):
        raise TypeError(f"{cls.__name__}.{path} is personal ({shape.mark.label})")
    if isinstance(shape, Sequence) != counted or isinstance(shape, Record):
        raise TypeError(f"{cls.__name__}.{path} is not one value")
    if counted:
        getters.append(len)
    return Compiled(getters[0] if len(getters) == 1 else _chain(getters), shape)


def _step(shape: Shape, step: str, path: str) -> tuple[Shape, Getter]:
    of = shape.of if isinstance(shape, Optional) else shape
    if isinstance(of, Record):
        for field in fields_of(of.cls):
            if field.name == step:
                return field.shape, attrgetter(step)
    if isinstance(of, Sequence) and step == "0":
        return Optional(of.of), _first
    raise TypeError(f"{path}: nothing is called {step}")


def _first(items: Any) -> Any:
    return items[0] if items else None


def _chain(getters: list[Getter]) -> Getter:
    def get(value: Any) -> Any:
        for getter in getters:
            value = getter(value)
            if value is None:
                return None
        return value

    return get
