"""`legion proof`: the claims, tried again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from cli.main import app

SEED = 20261128
"""Of published runs; any other does as well."""


@app.command("proof")
def proof_command(
    ids: Annotated[list[str] | None, typer.Argument(help="R1, R2 …; none: all but the soak")] = None,
    rounds: Annotated[int, typer.Option(help="instead of the claim's own number")] = 0,
    seed: Annotated[int, typer.Option(help="the same seed makes the same choices")] = SEED,
    quick: Annotated[bool, typer.Option(help="few rounds of each: 10 minutes in all")] = False,
    control: Annotated[bool, typer.Option(help="only the seeded bug; exit 0 when it was found out")] = False,
    again: Annotated[bool, typer.Option(help="do not go on from an earlier run: do all of it again")] = False,
    json: Annotated[bool, typer.Option("--json", help="results as JSON on standard output")] = False,
    data: Annotated[Path, typer.Option(help="where legs and short runs are kept")] = Path(".legion/proof"),
) -> None:
    """Does harm to servers and processes of its own and counts what was lost, doubled, phantom or unresolved.

    Exit 1 when a count is not 0 or a control did not fail. Results of full runs go to proof/results/.
    """
    from cli.proof.run import Wish, run_claims

    wish = Wish(tuple(each.upper() for each in ids or ()), rounds, seed, quick, control, again, data)
    taken_on = datetime.now(UTC).date().isoformat()
    answer = asyncio.run(run_claims(wish, taken_on=taken_on, say=lambda line: typer.echo(line, err=True)))
    if json:
        typer.echo(orjson.dumps({"results": answer.results}, option=orjson.OPT_INDENT_2).decode())
    raise typer.Exit(0 if answer.holds else 1)
