"""Seeded bugs: each a file here with `plant()`, which makes one real part wrong in the process that calls it."""

from __future__ import annotations

from importlib import import_module


def plant(name: str) -> None:
    """ "": none."""
    if name:
        import_module(f"proof.bugs.{name}").plant()
