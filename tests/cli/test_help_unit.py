"""What `--help` says is what the command's docstring says, names of topics in brackets too."""

from __future__ import annotations

import typer
from typer.testing import CliRunner

from cli import main


def test_names_of_topics_are_told() -> None:
    main._register()
    told = CliRunner().invoke(main.app, ["writer", "--help"], env={"COLUMNS": "200"}).output

    assert "the only producer of [events]." in told


def test_the_control_swallows_them() -> None:
    app = typer.Typer(rich_markup_mode="rich")

    @app.command()
    def writer() -> None:
        """Decides: the only producer of [events]."""

    assert "[events]" not in CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).output
