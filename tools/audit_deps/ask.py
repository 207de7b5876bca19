"""Asks PyPI what is known about each locked version: only about packages that we use, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import httpx

from tools.audit_deps.verdict import Finding, Package, findings

PYPI: Final = "https://pypi.org"
AT_ONCE: Final = 8
TIMEOUT_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Answers:
    """unanswered: of which nothing is known, with why: the absence of a finding says nothing then."""

    findings: list[Finding]
    unanswered: dict[Package, str]


async def ask(packages: Sequence[Package], base_url: str = PYPI) -> Answers:
    """A server that cannot be reached is asked once, not once for each package."""
    answers = Answers([], {})
    gate, away = asyncio.Semaphore(AT_ONCE), asyncio.Event()

    async with httpx.AsyncClient(base_url=base_url, timeout=TIMEOUT_S, follow_redirects=True) as http:

        async def one(package: Package) -> None:
            async with gate:
                why = "not asked: the server is away" if away.is_set() else await _one(http, package, answers.findings)
            if why:
                answers.unanswered[package] = why
                if not why.startswith("HTTP"):
                    away.set()

        await asyncio.gather(*map(one, packages))
    answers.findings.sort(key=Finding.line)
    return answers


async def _one(http: httpx.AsyncClient, package: Package, found: list[Finding]) -> str:
    """Why there is no answer; "" when there is one."""
    try:
        answer = await http.get(f"/pypi/{package.name}/{package.version}/json")
        if answer.status_code != 200:
            return f"HTTP {answer.status_code}"
        found += findings(package, answer.json()["vulnerabilities"])
    except (httpx.HTTPError, ValueError, KeyError) as error:
        return type(error).__name__
    return ""
