"""`legion`: how Legion is run. One command a file; imports are lazy, so that `--help` and `explain` stay quick."""

from __future__ import annotations

import sys
from typing import Final

import orjson
import typer

from domain.kernel.errors import LegionError

MARKUP: Final = "markdown"
"""Of docstrings in `--help`: "rich" would take the name of a topic, as [events], for a style and swallow it."""

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=MARKUP,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=__doc__,
)
audit = typer.Typer(no_args_is_help=True, rich_markup_mode=MARKUP, help="Replay, verify, time travel.")
dlq = typer.Typer(
    no_args_is_help=True, rich_markup_mode=MARKUP, help="What no processor could handle: look, mend, run again."
)
vault = typer.Typer(
    no_args_is_help=True, rich_markup_mode=MARKUP, help="Backup and restore of what must be forgettable."
)
keys = typer.Typer(
    no_args_is_help=True, rich_markup_mode=MARKUP, help="Keys that Legion signs and wraps with: changed while it runs."
)
app.add_typer(audit, name="audit")
app.add_typer(dlq, name="dlq")
app.add_typer(vault, name="vault")
app.add_typer(keys, name="keys")


def _register() -> None:
    """Importing a command module adds its commands to the apps above."""
    from cli.commands import (  # noqa: F401  each registers itself
        audit_commands,
        catalogue_command,
        dlq_commands,
        drill_command,
        erase_command,
        explain_command,
        keys_command,
        mails_command,
        play_command,
        process_commands,
        proof_command,
        prove_command,
        rebuild_command,
        schemas_command,
        stack_commands,
        status_command,
        trail_command,
        travel_commands,
        vault_commands,
        verify_command,
    )


def main() -> None:
    """Entry point. An error of ours ends with exit code 1 and one JSON line, never a traceback."""
    from cli.log import quiet

    _register()
    quiet()  # a process of ours sets up its own
    try:
        app()
    except LegionError as error:
        line = {"level": "error", "code": error.code, "detail": error.detail}
        sys.stderr.write(orjson.dumps(line).decode() + "\n")
        raise SystemExit(1) from None
