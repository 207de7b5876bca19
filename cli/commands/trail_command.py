"""`legion audit trail`."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from cli.commands.held_against import Keys, Since
from cli.main import audit
from cli.stack.environment import operator_settings

if TYPE_CHECKING:
    from api.trail_json import TrailJson
    from cli.audit.trail import Proven
    from projections.trail.reader import Trail

LINE = 160
"""Of a summary: enough to know it by; --json has all of it."""


@audit.command("trail")
def trail_command(
    lead: Annotated[str, typer.Argument(help="the lead's id")],
    whole: Annotated[bool, typer.Option("--whole", help="details too, not the steps alone")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="events told")] = 1000,
    after: Annotated[str | None, typer.Option(help="where the page before said that it goes on")] = None,
    since: Since = None,
    key: Keys = None,
    json: Annotated[bool, typer.Option("--json", help="one line of JSON")] = False,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="a flowchart, and nothing is proven")] = False,
) -> None:
    """What led to what, from the ad to what its platform said, each event held against the log and the signer's
    checkpoints. Exit 1 when one is not as it must be. Personal fields are not told."""
    from api.trail_json import as_plain, trail_json
    from api.trail_mermaid import mermaid as drawn
    from cli.audit.checkpoints import outside_checkpoints, published_checkpoints, trusted_keys
    from cli.audit.trail import Proven, prove, trail_of
    from cli.audit.verify import cannot_know
    from eventlog.checkpoint import Place
    from eventlog.topics import Topics, cluster_id

    settings = operator_settings()
    topics = Topics(settings.topic_prefix)
    trusted, given = trusted_keys(settings, key or ())
    outside = outside_checkpoints(since, trusted) if since else []

    async def told() -> tuple[Trail, Proven]:
        trail = await trail_of(settings, lead, whole=whole, limit=limit, after=after)
        if mermaid:
            return trail, Proven(proofs={})
        place = Place(await cluster_id(settings.kafka_bootstrap), topics.events, 0, settings.partitions)
        published = await published_checkpoints(
            settings.kafka_bootstrap, topics.checkpoints, trusted or {one.key for one in outside}
        )
        signed = (*outside, *published.signed)
        proven = await prove(settings.kafka_bootstrap, place, trail, signed, whole=whole, began=after is None)
        proven.findings.extend(published.findings)
        return trail, proven

    trail, proven = asyncio.run(told())
    if mermaid:
        typer.echo(drawn(trail), nl=False)
        return
    shown, unknown = trail_json(trail), cannot_know(outside, key_given=given)
    if json:
        proofs = {"proofs": {id_: asdict(proof) for id_, proof in proven.proofs.items()}}
        rest = {"missing": proven.missing, "findings": list(map(asdict, proven.findings)), "broken": proven.broken}
        whole_word = {"whole": proven.whole, "cannot_know": unknown}
        typer.echo(orjson.dumps(as_plain(shown) | proofs | rest | whole_word).decode())
    else:
        typer.echo("\n".join(lines_of(shown, proven, unknown)))
    raise typer.Exit(0 if proven.whole else 1)


def lines_of(trail: TrailJson, proven: Proven, unknown: list[str]) -> list[str]:
    """For people: one line an event, then what it comes from and stands on, by the number of the line."""
    numbers = {node.event_id: n for n, node in enumerate(trail.nodes, 1)}
    outside = {one.id: f"{one.where} {one.id[:8]}" for one in trail.outside}
    before: dict[str, list[str]] = {}
    for edge in trail.edges:
        from_ = str(numbers.get(edge.cause, "")) or outside[edge.cause]
        before.setdefault(edge.effect, []).append(f"{edge.kind} {from_}")
    lines = [f"lead {trail.lead}: {len(trail.nodes)} events{', and more' if trail.truncated else ''}"]
    for node in trail.nodes:
        proof = proven.proofs[node.event_id]
        by = "" if proof.checkpoint is None else f" by checkpoint {proof.checkpoint}"
        place = f"{node.position['partition']}:{node.position['offset']}"
        kind = f"{node.step}: {node.type}"
        lines.append(f"{numbers[node.event_id]:4}  {node.at}  {place:10} {kind:40} {proof.word}{by}")
        lines.append(f"      {_data(node.data)}")
        lines += [f"      ← {told}" for told in before.get(node.event_id, ())]
    lines += [f"missing: the log has the event {id_}, the journal does not" for id_ in proven.missing]
    lines += [f"broken: {finding.code}: {finding.detail}" for finding in proven.findings]
    lines += [f"broken: {proven.broken[0]}: {proven.broken[1]}"] if proven.broken else []
    lines += [f"goes on with --after {trail.next}"] if trail.next else []
    lines.append("every event is as the log has it" if proven.whole else "not every event is as it must be")
    return [*lines, *(f"cannot know: {one}" for one in unknown)]


def _data(data: dict[str, Any]) -> str:
    return orjson.dumps(data).decode()[:LINE]
