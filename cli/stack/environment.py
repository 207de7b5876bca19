"""How an operator's command finds the embedded stack that runs here: `<data>/stack.json`, there while it runs.

So `legion audit verify` in a second terminal needs no settings beside a running `make demo`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson
from dotenv import dotenv_values

from cli.private_file import write_private
from cli.settings import PREFIX, Settings, load

if TYPE_CHECKING:  # it imports the servers, which a command that only asks need not load
    from cli.stack.plan import Plan

FILE: Final = "stack.json"
TELLING: Final = f"{PREFIX}KAFKA_BOOTSTRAP"
"""Whoever names a log means that Legion, and gets nothing of the embedded one mixed in."""


@contextmanager
def announced(plan: Plan) -> Iterator[None]:
    """The settings of our processes and the admin password (rebuild needs it), for the owner's eyes only."""
    file = plan.data / FILE
    env = plan.env | {f"{PREFIX}POSTGRES_ADMIN_PASSWORD": plan.admin_password}
    write_private(file, orjson.dumps(env, option=orjson.OPT_INDENT_2))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def operator_settings() -> Settings:
    """The settings of an operator's command: this shell's and `.env`'s; where neither names a log, those of the
    embedded stack that runs in LEGION_DATA_DIR (`.legion`)."""
    file = Path(os.environ.get(f"{PREFIX}DATA_DIR") or ".legion") / FILE
    if not (os.environ.get(TELLING) or dotenv_values(".env").get(TELLING)) and file.exists():
        for name, value in orjson.loads(file.read_bytes()).items():
            os.environ.setdefault(name, value)
    return load()
