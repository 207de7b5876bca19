"""`legion audit verify|log`."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated, Any

import orjson
import typer

from cli.main import audit
from cli.stack.environment import operator_settings

Places = Annotated[list[str] | None, typer.Option(help="partition:offset, may be repeated")]


@audit.command("verify")
def verify_command(
    from_: Annotated[list[str] | None, typer.Option("--from", help="partition:offset, may be repeated")] = None,
    to: Places = None,
    json: Annotated[bool, typer.Option("--json", help="one line of JSON, no progress")] = False,
) -> None:
    """Walks the hash chain of every partition. Exit 1 when it is broken. Says what it cannot know."""
    from cli.audit.verify import Report, verify
    from eventlog.topics import Topics, cluster_id

    settings = operator_settings()
    topics = Topics(settings.topic_prefix)

    def progress(done: int, total: int) -> None:
        sys.stderr.write(f"\r{done} of {total} records")
        sys.stderr.flush()

    async def walk() -> Report:
        return await verify(
            settings.kafka_bootstrap,
            topics.events,
            await cluster_id(settings.kafka_bootstrap),
            settings.partitions,
            first=_places(from_, settings.partitions),
            last=_places(to, settings.partitions),
            progress=None if json else progress,
        )

    report = asyncio.run(walk())
    if json:
        typer.echo(orjson.dumps(report.as_json()).decode())
    else:
        _show_report(report)
    raise typer.Exit(0 if report.chain == "verified" else 1)


@audit.command("log")
def log_command(
    lead: Annotated[str, typer.Argument(help="the lead's id")],
    json: Annotated[bool, typer.Option("--json", help="JSON lines")] = False,
) -> None:
    """Every event of a lead's journey, in the order of the log. Personal fields stay sealed."""
    from cli.audit.history import history

    for entry in asyncio.run(history(operator_settings(), lead)):
        typer.echo(orjson.dumps(entry).decode() if json else _line(entry))


def _places(pairs: list[str] | None, partitions: int) -> dict[int, int]:
    from api.vector import parse_vector

    return parse_vector(",".join(pairs or []), partitions)


def _show_report(report: Any) -> None:
    sys.stderr.write("\r")
    typer.echo(f"chain {report.chain} in {report.seconds} s")
    for name, count in report.totals.items():
        typer.echo(f"  {name:12} {count}")
    for part in report.partitions:
        typer.echo(f"  partition {part.partition}: next offset {part.next_offset}, head {part.head}")
    if report.broken:
        typer.echo(f"  broken: {report.broken['code']}: {report.broken['detail']}")
    for unknown in report.cannot_know:
        typer.echo(f"  cannot know: {unknown}")


def _line(entry: dict[str, Any]) -> str:
    data = orjson.dumps(entry["data"]).decode()
    place = entry["position"]
    return f"{entry['at']}  {place['partition']}:{place['offset']:<8} {entry['type']:24} {data[:160]}"
