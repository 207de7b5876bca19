"""The dependency scan against a server that answers as PyPI does: a planted vulnerable package fails it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from proof.ground.edge import serving
from proof.servers import reserved_port
from tools.audit_deps.__main__ import report
from tools.audit_deps.ask import ask
from tools.audit_deps.verdict import Package, locked

pytestmark = pytest.mark.stack

ROOT = Path(__file__).parents[2]
FIXED = {"id": "GHSA-j8r2-6x86-q33q", "aliases": ["CVE-2023-32681"], "fixed_in": ["2.31.0"], "withdrawn": None}
UNFIXED: dict[str, Any] = {"id": "PYSEC-2025-1", "aliases": [], "fixed_in": [], "withdrawn": None}
WITHDRAWN = {"id": "PYSEC-2025-2", "aliases": [], "fixed_in": ["9"], "withdrawn": "2026-01-01T00:00:00Z"}

KNOWN: dict[str, list[dict[str, Any]]] = {
    "vulnerable": [FIXED],
    "hopeless": [UNFIXED],
    "fine": [],
    "cleared": [WITHDRAWN],
}


async def answer(request: Request) -> Response:
    known = KNOWN.get(request.path_params["name"])
    if known is None:
        return Response(status_code=404)
    return JSONResponse({"info": {"version": request.path_params["version"]}, "vulnerabilities": known})


@pytest.fixture
async def pypi() -> AsyncIterator[str]:
    async with serving(Starlette(routes=[Route("/pypi/{name}/{version}/json", answer)])) as port:
        yield f"http://127.0.0.1:{port}"


async def told(base_url: str, *names: str) -> tuple[list[str], int]:
    return report(len(names), await ask([Package(name, "2.30.0") for name in names], base_url))


async def test_a_planted_vulnerable_package_fails_and_says_what_mends_it(pypi: str) -> None:
    lines, code = await told(pypi, "fine", "vulnerable")
    assert code == 1
    assert lines[0] == "FAILS  vulnerable 2.30.0: GHSA-j8r2-6x86-q33q, CVE-2023-32681; fixed in 2.31.0"


async def test_without_it_nothing_fails(pypi: str) -> None:
    """The control: withdrawn is none, and what nobody can mend is only told."""
    lines, code = await told(pypi, "fine", "hopeless", "cleared")
    assert (code, lines) == (
        0,
        ["told   hopeless 2.30.0: PYSEC-2025-1; no fix yet", "3 packages audited, 0 fixable findings"],
    )


async def test_what_could_not_be_asked_is_said_in_capitals_and_fails_nothing(pypi: str) -> None:
    lines, code = await told(pypi, "fine", "private")
    assert (code, lines[0]) == (0, "WARNING: 1 OF 2 PACKAGES WERE NOT AUDITED: private (HTTP 404)")
    with reserved_port() as nobody:
        lines, code = await told(f"http://127.0.0.1:{nobody}", *KNOWN)
    assert (code, lines[-1]) == (0, "0 packages audited, 0 fixable findings")
    assert lines[0].startswith("WARNING: 4 OF 4 PACKAGES WERE NOT AUDITED: ")


async def test_a_finding_fails_though_others_were_not_answered(pypi: str) -> None:
    assert (await told(pypi, "vulnerable", "private"))[1] == 1


def test_the_lock_is_read_whole() -> None:
    lock = {
        "package": [
            {"name": "b", "version": "2", "source": {"registry": "https://pypi.org/simple"}},
            {"name": "a", "version": "1", "source": {"registry": "https://pypi.org/simple"}},
            {"name": "ours", "version": "0", "source": {"editable": "."}},
        ]
    }
    assert locked(lock) == [Package("a", "1"), Package("b", "2")]


def test_the_command_runs_without_a_net() -> None:
    with reserved_port() as nobody:
        ended = subprocess.run(
            [sys.executable, "-m", "tools.audit_deps", f"http://127.0.0.1:{nobody}"],
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert ended.returncode == 0
    assert "PACKAGES WERE NOT AUDITED" in ended.stderr
