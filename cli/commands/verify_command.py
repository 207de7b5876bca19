"""`legion audit verify`."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from cli.commands.held_against import Keys, Since
from cli.main import audit
from cli.stack.environment import operator_settings

if TYPE_CHECKING:
    from cli.audit.verify import Report


@audit.command("verify")
def verify_command(
    since: Since = None,
    key: Keys = None,
    from_: Annotated[list[str] | None, typer.Option("--from", help="partition:offset, may be repeated")] = None,
    to: Annotated[list[str] | None, typer.Option(help="partition:offset, may be repeated")] = None,
    json: Annotated[bool, typer.Option("--json", help="one line of JSON, no progress")] = False,
) -> None:
    """Walks the hash chain of every partition, and holds it against every checkpoint there is. Exit 1 when something is
    not as it must be. Says what it cannot know."""
    from api.vector import parse_vector
    from cli.audit.checkpoints import outside_checkpoints, published_checkpoints, trusted_keys
    from cli.audit.verify import verify
    from eventlog.checkpoint import Place
    from eventlog.topics import Topics, cluster_id

    settings = operator_settings()
    topics = Topics(settings.topic_prefix)
    trusted, given = trusted_keys(settings, key or ())
    outside = outside_checkpoints(since, trusted) if since else []

    def progress(done: int, total: int) -> None:
        sys.stderr.write(f"\r{done} of {total} records")
        sys.stderr.flush()

    async def walk() -> Report:
        cluster = await cluster_id(settings.kafka_bootstrap)
        return await verify(
            settings.kafka_bootstrap,
            Place(cluster, topics.events, 0, settings.partitions),
            outside=outside,
            published=await published_checkpoints(
                settings.kafka_bootstrap, topics.checkpoints, trusted or {one.key for one in outside}
            ),
            key_given=given,
            first=parse_vector(",".join(from_ or []), settings.partitions),
            last=parse_vector(",".join(to or []), settings.partitions),
            progress=None if json else progress,
        )

    report = asyncio.run(walk())
    if json:
        typer.echo(orjson.dumps(report.as_json()).decode())
    else:
        _show(report)
    raise typer.Exit(0 if report.chain == "verified" else 1)


def _show(report: Report) -> None:
    sys.stderr.write("\r")
    typer.echo(f"chain {report.chain} in {report.seconds} s")
    for name, count in report.totals.items():
        typer.echo(f"  {name:12} {count}")
    typer.echo(f"  checkpoints  {report.published} published, {report.outside} from outside")
    for part in report.partitions:
        typer.echo(f"  partition {part.partition}: next offset {part.next_offset}, head {part.head}, root {part.root}")
    if report.broken and not report.findings:
        typer.echo(f"  broken: {report.broken['code']}: {report.broken['detail']}")
    for finding in report.findings:
        place = "" if finding.partition is None else f" (partition {finding.partition}, {finding.first}…{finding.end})"
        typer.echo(f"  broken: {finding.code}{place}: {finding.detail}")
    for unknown in report.cannot_know:
        typer.echo(f"  cannot know: {unknown}")
