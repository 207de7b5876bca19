"""Schemathesis against the running API: requests made from the OpenAPI document, right and wrong ones, and every answer
held against the document. It runs as its own process, as anybody would run it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

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
    "GET /metrics": "is no JSON, and nobody's API",
}
"""Operation → why it is not called."""

SETTLED: Final = {"x-legion-position": "", "X-Invitation-Token": "none"}
"""A position that the log never reaches is answered 503, as documented, after two seconds."""

PATIENCE_S: Final = 60
"""For an answer, on a machine that may be busy: of how long it takes, nothing is claimed here."""

HYPOTHESIS: Final = Path(__file__).resolve().parents[2] / ".hypothesis"
"""Its tables of characters are made once: that takes longer than a small run."""


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """calls: by class of their status, `2xx` and so on. found: what broke the document, in the tool's words; "" when
    nothing did."""

    calls: Mapping[str, int]
    found: str

    def __str__(self) -> str:
        return f"Schemathesis: {sum(self.calls.values())} calls, {dict(sorted(self.calls.items()))}\n{self.found}"


async def fuzz(
    estate: Estate, token: str, folder: Path, *, examples: int, phases: str, only: Collection[str] = (), seed: int = 1
) -> Fuzzed:
    """examples: of each operation, at most. only: operations; none: all but `LEFT_OUT`."""
    config, told = folder / "schemathesis.toml", folder / "told.ndjson"
    config.write_text(await _toml(estate))
    arguments = ["--config-file", str(config), "run", f"{estate.world.http.base_url}/openapi.json"]
    arguments += ["--header", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS)]
    arguments += ["--max-examples", str(examples), "--seed", str(seed), "--phases", phases]
    arguments += ["--continue-on-failure", "--no-shrink", "--suppress-health-check", "all", "--warnings", "off"]
    arguments += [
        "--request-timeout",
        str(PATIENCE_S),
        "--generation-database",
        "none",
        "--report-ndjson-path",
        str(told),
        "--no-color",
    ]
    for name in only:
        arguments += ["--include-name", name]
    for name in LEFT_OUT:
        arguments += ["--exclude-name", name]
    running = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        *arguments,
        cwd=folder,
        env=os.environ | {"HYPOTHESIS_STORAGE_DIRECTORY": str(HYPOTHESIS)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    words, _ = await running.communicate()
    calls = Counter(f"{status // 100}xx" for status in _statuses(told))
    return Fuzzed(calls, "" if running.returncode == 0 else words.decode())


async def _toml(estate: Estate) -> str:
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


def _statuses(told: Path) -> Iterator[int]:
    """Of all answers."""
    for line in told.read_text().splitlines():
        finished = json.loads(line).get("ScenarioFinished", {})
        for interaction in finished.get("recorder", {}).get("interactions", {}).values():
            if response := interaction.get("response"):
                yield response["status_code"]
