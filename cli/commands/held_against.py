"""Options of commands that hold the log against the signer's checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Since = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="checkpoints that were kept outside, one a line")
]
Keys = Annotated[
    list[Path] | None,
    typer.Option(exists=True, dir_okay=False, help="the signer's public key, PEM or hex; may be repeated"),
]
