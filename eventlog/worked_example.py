"""`python -m eventlog.worked_example [--check]`: the byte-level example in README.md, from the golden vector."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Final

import orjson

from eventlog.chain import canonical, genesis

HERE: Final = Path(__file__).parent
README: Final = HERE / "README.md"
VECTORS: Final = HERE / "vectors.json"

BEGIN: Final = "<!-- worked example: python -m eventlog.worked_example -->\n"
END: Final = "<!-- end of worked example -->\n"

WIDTH: Final = 64
"""Hex digits a line."""


def vectors() -> dict[str, Any]:
    """The golden vector: never changed, format 1 is for ever."""
    loaded: dict[str, Any] = orjson.loads(VECTORS.read_bytes())
    return loaded


def render() -> str:
    """The genesis and the first commit of the vector, byte by byte."""
    golden = vectors()
    place = golden["cluster_id"], golden["topic"], golden["partition"], golden["epoch"]
    head = genesis(*place).hex()
    lines = [
        f"Cluster id `{place[0]}`, topic `{place[1]}`, partition {place[2]}, epoch {place[3]}.",
        "Genesis is the SHA-256 of",
        "",
        "```",
        *_labelled(b"legion.chain.1", "the ASCII text `legion.chain.1`"),
        *_counted(place[0].encode(), "cluster id"),
        *_counted(place[1].encode(), "topic"),
        *_labelled(place[2].to_bytes(4, "big"), "partition"),
        *_labelled(place[3].to_bytes(4, "big"), "epoch"),
        "```",
        "",
        f"which is `{head}`.",
        "",
        f"The first commit answers the command at offset {golden['commits'][0]['command_offset']} with two events, at "
        "offsets 0 and 1.",
        "Its hash is the SHA-256 of `prev`, here the genesis,",
        "",
        "```",
        *_labelled(bytes.fromhex(head), "prev"),
        "```",
    ]
    for record in golden["records"][: golden["commits"][0]["records"]]:
        lines += ["", f"followed by the record at offset {record['offset']},", "", "```", *_record(record), "```"]
    lines += ["", f"which is `{golden['commits'][0]['head']}`: the `prev` of the commit that comes next.", ""]
    return "\n".join(lines)


def _record(record: dict[str, Any]) -> list[str]:
    key, value = bytes.fromhex(record["key"]), bytes.fromhex(record["value"])
    headers = tuple((name, bytes.fromhex(content)) for name, content in record["headers"])
    lines = [
        *_counted(key, "key"),
        *_counted(value, "value: 00, schema id, Avro"),
        *_labelled(len(headers).to_bytes(4, "big"), "number of headers"),
    ]
    for name, content in headers:
        lines += [*_counted(name.encode(), "name"), *_counted(content, "content")]
    shown = "".join(line.split("  ", 1)[0] for line in lines)
    assert bytes.fromhex(shown) == canonical(key, value, headers)
    return lines


def _counted(content: bytes, label: str) -> list[str]:
    text = content.decode("ascii", errors="replace")
    note = f"{label} `{text}`" if text.isprintable() and text.isascii() else label
    return [*_labelled(len(content).to_bytes(4, "big"), f"length {len(content)}"), *_labelled(content, note)]


def _labelled(content: bytes, label: str) -> list[str]:
    digits = content.hex()
    rows = [digits[at : at + WIDTH] for at in range(0, len(digits), WIDTH)] or [""]
    return [f"{rows[0]:<{WIDTH}}  {label}", *rows[1:]]


def inserted(page: str) -> str:
    """The page with its example made anew."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{render()}\n{END}{after}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="eventlog.worked_example")
    parser.add_argument("--check", action="store_true")
    page = README.read_text()
    fresh = inserted(page)
    if parser.parse_args(arguments).check:
        return 0 if page == fresh else 1
    README.write_text(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
