"""`legion audit prove|export`."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer

from cli.main import audit
from cli.stack.environment import operator_settings

Key = Annotated[
    list[Path] | None, typer.Option(exists=True, dir_okay=False, help="the signer's public key, PEM or hex")
]
Checkpoint = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="a file whose last checkpoint is to cover it; else the newest"),
]
Reveal = Annotated[bool, typer.Option("--reveal", help="personal fields become readable: needs the vault")]


class Format(StrEnum):
    AVRO = "avro"
    JSONL = "jsonl"


@audit.command("prove")
def prove_command(
    lead: Annotated[str, typer.Argument(help="the lead's id")],
    reveal: Reveal = False,
    out: Annotated[Path | None, typer.Option(help="where to write it; else <lead>.proof.json")] = None,
    checkpoint: Checkpoint = None,
    key: Key = None,
) -> None:
    """One file that proves a lead's history to whoever trusts the signer's key: check it with docs/verify/verify.py."""
    from cli.audit.checkpoints import trusted_keys
    from cli.audit.prove import collected, subject_keys
    from cli.private_file import write_private
    from domain.kernel.ids import lead_journey
    from eventlog.book import Book
    from eventlog.proof import proof_file

    settings = operator_settings()
    file = out or Path(f"{lead}.proof.json")
    trusted, _ = trusted_keys(settings, key or ())

    async def prove() -> dict[str, object]:
        found = await collected(settings, journey=lead_journey(lead), checkpoint=checkpoint, trusted=trusted)
        keys, gone = await subject_keys(settings, [one.commit for one in found.proven]) if reveal else ({}, [])
        proof = proof_file(lead_journey(lead), found, Book.load(), keys)
        write_private(file, orjson.dumps(proof, option=orjson.OPT_INDENT_2) + b"\n")
        return _summary(file, found.signed.checkpoint.number, len(found.proven), found.later, len(keys), gone)

    typer.echo(orjson.dumps(asyncio.run(prove())).decode())
    _warn(reveal, file)


@audit.command("export")
def export_command(
    out: Annotated[Path, typer.Option(help="where to write it; the proof goes beside it, as <out>.proof.json")],
    lead: Annotated[str | None, typer.Option(help="a lead's id")] = None,
    company: Annotated[str | None, typer.Option(help="a company's id")] = None,
    form: Annotated[
        Format, typer.Option("--format", help="Avro container, or CloudEvents as JSON lines")
    ] = Format.JSONL,
    reveal: Reveal = False,
    checkpoint: Checkpoint = None,
    key: Key = None,
) -> None:
    """A lead's or a company's history for other tools, with its proof beside it."""
    from cli.audit.checkpoints import trusted_keys
    from cli.audit.export import write_avro, write_jsonl
    from cli.audit.prove import collected, subject_keys
    from cli.private_file import write_private
    from domain.kernel.ids import lead_journey
    from eventlog.book import Book
    from eventlog.proof import proof_file

    if (lead is None) == (company is None):
        raise typer.BadParameter("either --lead or --company")
    settings = operator_settings()
    trusted, _ = trusted_keys(settings, key or ())
    journey = lead_journey(lead) if lead else None

    async def export() -> dict[str, object]:
        found = await collected(settings, journey=journey, company=company, checkpoint=checkpoint, trusted=trusted)
        keys, gone = await subject_keys(settings, [one.commit for one in found.proven]) if reveal else ({}, [])
        book = Book.load()
        written = (write_avro if form is Format.AVRO else write_jsonl)(out, found.proven, book, keys)
        proof = proof_file(journey or f"tenant/{company}", found, book, keys)
        beside = out.with_name(out.name + ".proof.json")
        write_private(beside, orjson.dumps(proof) + b"\n")
        summary = _summary(out, found.signed.checkpoint.number, len(found.proven), found.later, len(keys), gone)
        return summary | {"records": written, "proof": str(beside)}

    typer.echo(orjson.dumps(asyncio.run(export())).decode())
    _warn(reveal, out)


def _summary(
    file: Path, checkpoint: int, commits: int, later: int, revealed: int, gone: list[str]
) -> dict[str, object]:
    """later: wanted commits that the checkpoint does not cover yet. without_key: journeys that stay sealed."""
    return {
        "file": str(file),
        "checkpoint": checkpoint,
        "commits": commits,
        "later": later,
        "revealed": revealed,
        "without_key": gone,
    }


def _warn(reveal: bool, file: Path) -> None:
    if reveal:
        typer.echo(f"{file} makes personal data readable, by its keys also what is sealed elsewhere. Erasing the lead "
                   "does not erase this file: delete it when its purpose is over.", err=True)  # fmt: skip
