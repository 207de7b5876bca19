"""Ports of the embedded servers: tested by binding, never by connecting.

A probe that connects is fooled by a foreign server on the port. And ports of the kernel's ephemeral range are
refused: there a retrying client once connected to itself, after which the server could not bind.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Iterable

# The default of net.ipv4.ip_local_port_range on Linux; ours stay below it, and above the privileged and well-known.
EPHEMERAL = range(32768, 61000)
OURS = range(10240, 32768)
LOOPBACK = "127.0.0.1"


class PortUnavailable(RuntimeError):
    """The port cannot be used; the message names it and what to set instead."""


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: connections in TIME_WAIT do not count, listeners do.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
        return True


def require_free(port: int, *, setting: str, host: str = LOOPBACK) -> None:
    """Raise `PortUnavailable` unless a server may listen on `port`; `setting` is what the reader would change."""
    if port in EPHEMERAL:
        raise PortUnavailable(
            f"port {port} is in the range of outgoing connections ({EPHEMERAL.start}-{EPHEMERAL.stop - 1}); "
            f"set {setting} to a port below {EPHEMERAL.start}"
        )
    if not is_free(port, host):
        raise PortUnavailable(f"port {port} on {host} is taken by another program; stop it or set {setting}")


def find_free(candidates: Iterable[int] | None = None, host: str = LOOPBACK) -> int:
    """The first free port of `candidates` (default: our range in random order).

    Only a guess: another program may take it before the server does. Raises `PortUnavailable` when none is free.
    """
    for port in random.sample(OURS, len(OURS)) if candidates is None else candidates:
        if is_free(port, host):
            return port
    raise PortUnavailable("no free port among the candidates")
