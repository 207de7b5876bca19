"""A trail as a flowchart in Mermaid's language, to be looked at where Markdown is."""

from __future__ import annotations

from typing import Final

from projections.trail.graph import EdgeKind, Outside
from projections.trail.reader import Trail

ARROWS: Final = {EdgeKind.CAUSED: "-->", EdgeKind.SAME_COMMIT: "---", EdgeKind.EVIDENCE: "-.->"}


def mermaid(trail: Trail) -> str:
    """Nothing that somebody typed is in it: names of events, times and positions."""
    graph = trail.graph
    names: dict[str, str] = {}
    lines = ["flowchart TD"]
    for node in graph.nodes:
        name = names[node.id] = f"e{len(names)}"
        meta, position = node.placed.recorded.meta, node.placed.position
        at = meta.at.strftime("%Y-%m-%d %H:%M:%S")
        kind = node.placed.recorded.event.TOPIC
        lines.append(f'  {name}["{node.step}: {kind}<br/>{at}<br/>{position.partition}:{position.offset}"]')
    for outside in graph.outside:
        name = names[outside.id] = f"o{len(names)}"
        lines.append(f'  {name}(["{_known(outside)}"])')
    lines += [f"  {names[edge.cause]} {ARROWS[edge.kind]} {names[edge.effect]}" for edge in graph.edges]
    return "\n".join(lines) + "\n"


def _known(outside: Outside) -> str:
    if outside.placed is None:
        return str(outside.where)
    return f"{outside.where}: {outside.placed.recorded.event.TOPIC}"
