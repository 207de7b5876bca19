"""Schemathesis against the running API: requests made from the OpenAPI document, right and wrong ones, and every answer
held against the document. It runs as its own process, as anybody would run it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.isolation.entries import ENTRIES, variants
from tests.isolation.entry import TENANT_HEADER
from tests.isolation.estate import Estate

CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)

LEFT_OUT: Final = {
    "GET /v1/events": "its answer has no end",
    "DELETE /v1/me/sessions": "ends the session that it is called with",
    "POST /v1/demo/messages": "wants a simulator behind it",
    "GET /metrics": "is no JSON and no API of people",
}
"""Operation → why it is not called."""

SETTLED: Final[Mapping[str, str]] = {"x-legion-position": "", "x-invitation-token": "none"}
"""A position that the log will never reach is answered 503, as documented, after two seconds."""


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """failed: the run's own words, "" where nothing was found."""

    calls: int
    failed: str


async def toml(estate: Estate) -> str:
    """Ids are those of things that are there: what is not there is answered 404 before anything else is looked at."""
    known = {f"{kind}_id": id_ for kind, id_ in estate.ids.items()} | {"journey": f"lead/{estate.ids['lead']}"}
    lines = ["[parameters]", *_pairs(known | {TENANT_HEADER: estate.ids["company"]} | SETTLED)]
    for name in ENTRIES:
        uses = {kind: maker for entry in variants(name) for kind, maker in entry.uses.items()}
        if uses and name not in LEFT_OUT:
            spare = await estate.anew(uses)
            lines += ["[[operations]]", f"include-name = {json.dumps(name)}", "[operations.parameters]"]
            lines += _pairs({f"{kind}_id": spare.ids[kind] for kind in uses})
    return "\n".join(lines) + "\n"


def _pairs(values: Mapping[str, str]) -> list[str]:
    return [f"{json.dumps(name)} = {json.dumps(value)}" for name, value in values.items()]


async def fuzz(estate: Estate, token: str, folder: Path, *, examples: int, seed: int, phases: str) -> Fuzzed:
    """examples: of each operation, at most."""
    config, report = folder / "schemathesis.toml", folder / "report.json"
    config.write_text(await toml(estate))
    arguments = ["--config-file", str(config), "run", f"{estate.world.http.base_url}/openapi.json"]
    arguments += ["--header", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS)]
    arguments += ["--max-examples", str(examples), "--seed", str(seed), "--phases", phases, "--no-color"]
    arguments += ["--generation-database", "none", "--continue-on-failure", "--suppress-health-check", "all"]
    arguments += ["--report-json-path", str(report), "--report-ndjson-path", str(folder / "events.ndjson")]
    arguments += ["--warnings", "off", "--no-shrink"]
    for name in LEFT_OUT:
        arguments += ["--exclude-name", name]
    running = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        *arguments,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await running.communicate()
    text = told.decode()
    found: dict[str, Any] = json.loads(report.read_text()) if report.exists() else {}
    (folder / "told.txt").write_text(text)
    return Fuzzed(calls=found.get("calls", 0), failed="" if running.returncode == 0 else text)
