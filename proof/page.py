"""docs/proof.md, made from the results: `python -m proof.page [--check]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from proof.result import holds

ROOT: Final = Path(__file__).resolve().parents[1]
RESULTS: Final = ROOT / "proof" / "results"
FILE: Final = ROOT / "docs" / "proof.md"

HEAD: Final = """\
# What Legion claims, and what came of trying to break it

Made by `python -m proof.page` from `proof/results/`; `make proof` makes those anew on the embedded stack, on any
machine.

Each claim is a program that does harm to real servers and processes while clients work, and an oracle outside the
system that counts afterwards: **lost** (acknowledged, and not there), **doubled** (there or done twice),
**phantom** (there, and never asked for, or wrong), **unresolved** (without an end although the harm is over). All
four must be 0. The **control** plays the same with a bug planted; it must fail, or the zeros would say nothing.
*Bound*: the rate of faults that so many tries exclude at 95 % confidence, were tries independent.

| claim | n | lost | doubled | phantom | unresolved | bound | control | seed | time |
|---|---|---|---|---|---|---|---|---|---|
"""


def load(folder: Path = RESULTS) -> list[dict[str, Any]]:
    """Results of all files, in the order of ids (R2 before R10)."""
    found = [each for file in folder.glob("*.json") for each in orjson.loads(file.read_bytes())["results"]]
    return sorted(found, key=lambda each: (each["id"][0], int(each["id"][1:])))


def render(results: Sequence[dict[str, Any]]) -> str:
    return HEAD + "".join(map(_row, results)) + "".join(map(_part, results))


def _row(result: dict[str, Any]) -> str:
    control = result["control"]
    faults = sum(control[kind] for kind in ("lost", "doubled", "phantom", "unresolved"))
    bound = "—" if result["bound"] is None else f"{result['bound']:.2g}"
    failed = f"failed ({faults:,} of {control['n']:,})" if result["control_failed"] else "**did not fail**"
    counts = " | ".join(f"{result[kind]:,}" for kind in ("lost", "doubled", "phantom", "unresolved"))
    return (
        f"| {result['id']}{'' if holds(result) else ' ✗'} | {result['n']:,} {result['unit']} | {counts} | {bound} |"
        f" {failed} | {result['seed']} | {result['seconds']:,.0f} s |\n"
    )


def _part(result: dict[str, Any]) -> str:
    facts = ", ".join(f"{name.replace('_', ' ')} {figure:,g}" for name, figure in result["facts"].items())
    examples = "".join(f"* {example}\n" for example in result["examples"])
    return (
        f"\n## {result['id']}\n\n{result['says']}\n\n"
        + (f"Seen: {facts}.\n\n" if facts else "")
        + (f"Faults:\n\n{examples}\n" if examples else "")
        + f"Control: {result['control']['bug']}\n\n"
        + f"`legion proof {result['id']} --seed {result['seed']}`, at {result['commit']} on {result['taken_on']}.\n"
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="proof.page")
    parser.add_argument("--check", action="store_true")
    page = render(load())
    if not parser.parse_args(arguments).check:
        FILE.write_text(page)
        return 0
    fresh = FILE.exists() and FILE.read_text() == page
    sys.stdout.write(f"{FILE.name} is {'up to date' if fresh else 'out of date: python -m proof.page'}\n")
    return 0 if fresh else 1


if __name__ == "__main__":
    sys.exit(main())
