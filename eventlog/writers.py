"""Which command may cause which event: read from the source of the deciders, for the catalogue only.

From a route's decider the call graph is followed by bare name through the modules of `domain/`; every event class named
on the way may be recorded. A name that two functions share follows both: the answer may hold one too many, never one
too few.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import domain
from domain.events import EVENTS


def writers() -> dict[str, list[str]]:
    """Event topic → topics of the commands that may cause it; empty while there is no routing table."""
    try:
        routing: Any = importlib.import_module("domain.routing")
    except ModuleNotFoundError:
        return {}
    calls = _calls()
    topic_of = {cls.__name__: topic for topic, cls in EVENTS.items()}
    found: dict[str, list[str]] = defaultdict(list)
    for command, route in routing.ROUTES.items():
        names = _reached(_names(ast.parse(textwrap.dedent(inspect.getsource(route.decide)))), calls)
        for event in sorted(names & topic_of.keys()):
            found[topic_of[event]].append(command.TOPIC)
    return {event: sorted(commands) for event, commands in found.items()}


def _calls() -> dict[str, set[str]]:
    """Function or method → every name in its body, over all of `domain/`."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(Path(domain.__file__ or "").parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                found[node.name] |= _names(*node.body)
    return found


def _names(*nodes: ast.AST) -> set[str]:
    return {
        node.id if isinstance(node, ast.Name) else node.attr
        for root in nodes
        for node in ast.walk(root)
        if isinstance(node, ast.Name | ast.Attribute)
    }


def _reached(start: Iterable[str], calls: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    todo = list(start)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += calls.get(name, ())
    return seen
