"""Where a drill may delete without being told so twice: in the embedded stack that runs here, and nowhere else."""

from __future__ import annotations

import orjson

from cli.settings import PREFIX, Settings
from cli.stack.environment import FILE, TELLING


def why_not(settings: Settings) -> str | None:
    """Why these settings look like production; None for the embedded stack that runs in the data folder."""
    if not settings.single_node:
        return "its log is replicated"
    file = settings.data_dir / FILE
    announced = orjson.loads(file.read_bytes()) if file.exists() else {}
    if announced.get(TELLING) != settings.kafka_bootstrap:
        return f"it is not the embedded stack of {settings.data_dir}"
    if announced.get(f"{PREFIX}POSTGRES_PORT") != str(settings.postgres_port):
        return "its PostgreSQL is not the embedded stack's"
    return None
