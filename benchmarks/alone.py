"""A benchmark that is run by itself: what it is asked, and a server of its own."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog

from embedded.postgres import PostgresConfig, ready
from proof.embedded_servers import PASSWORD, postgres_server
from proof.servers import data_folder, reserved_port

ERRORS: Final = 40
"""Level from which on our own code speaks: what it says takes time."""


def asked(doc: str | None, **numbers: int) -> argparse.Namespace:
    """numbers: options with what holds where nothing is said. `no_write`: the figures are only shown."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--no-write", action="store_true")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(ERRORS))
    return given


@contextmanager
def own_postgres(name: str) -> Iterator[PostgresConfig]:
    """An embedded server on data of its own, with fsync as in life."""
    with data_folder(name) as folder, reserved_port() as port:
        config = PostgresConfig(folder / "postgres", port, PASSWORD)
        server = postgres_server(config)
        server.start(lambda: ready(config))
        try:
            yield config
        finally:
            server.stop()
