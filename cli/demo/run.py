"""`legion demo`: the stack, the story beside it, and the proof at its end."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx

from cli.demo.client import Legion, until
from cli.demo.neighbours import keep_apart
from cli.demo.page import open_page
from cli.demo.proof import prove
from cli.demo.report import Summary
from cli.demo.sale import Sale
from cli.demo.seed import Provider, seed
from cli.demo.selling import set_up_selling
from cli.demo.story import Story
from cli.stack.log_file import open_log
from cli.stack.plan import Plan
from cli.stack.run import fetch_servers, plan_for, run_stack
from embedded.supervisor import Supervisor

READY_S: Final = 240.0
"""Kafka formats its folder and PostgreSQL makes its cluster at the first start: seconds, on a busy machine many."""

LOG: Final = "legion.log"


@dataclass(slots=True)
class Teller:
    """Progress on standard error, so that standard output ends with the one line of JSON."""

    since: float

    def __call__(self, text: str) -> None:
        sys.stderr.write(f"[{time.monotonic() - self.since:6.1f} s] {text}\n")
        sys.stderr.flush()


async def run_demo(data: Path, *, once: bool) -> int:
    """Returns the exit code: 0 when the story was told and everything agreed."""
    tell = Teller(time.monotonic())
    plan = plan_for(data)
    found: list[Summary] = []
    fetch_servers(plan, tell)
    tell(f"starting the embedded stack; its log is {data / LOG}")

    async def beside(plan: Plan, supervisor: Supervisor) -> None:
        found.append(await _tell_story(plan, tell, open_phone=not once))
        if once:
            supervisor.stop()
        else:
            _say_where(plan, tell)

    with open_log(data / LOG) as log:
        code = await run_stack(plan, out=log, beside=beside)
    if once and found:
        sys.stdout.write(found[0].line() + "\n")
        sys.stdout.flush()
        return code if found[0].good else 1
    return code


async def _tell_story(plan: Plan, tell: Teller, *, open_phone: bool) -> Summary:
    async with httpx.AsyncClient(base_url=plan.urls["api"], trust_env=False, timeout=15.0) as http:
        await _ready(plan, http, tell)
        http.headers["Authorization"] = f"Bearer {plan.token_file.read_text().strip()}"
        provider = Provider(
            url=plan.env["LEGION_EVOLUTION_URL"],
            api_key=plan.env["LEGION_EVOLUTION_API_KEY"],
            webhook_secret=plan.webhook_secret,
        )
        model = plan.env.get("LEGION_OPENAI_MODEL", "gpt-4o-mini")
        legion = await seed(Legion(http), provider, model=model)
        tell("company, Centurion and WhatsApp instance are there")
        apart: bool | None = None
        purchases: int | None = None
        simulated = {service.name for service in plan.services}
        if "evolution" in simulated:
            story = Story(legion, _simulator(provider.url), tell)
            page = f"{provider.url}/#{story.phone}"
            shown = open_phone and await asyncio.to_thread(open_page, page)
            tell(f"the lead's phone{', opened' if shown else ''}: {page}")
            await story.burst()
            await story.cancelled()
            await story.silenced()
            if plan.env.get("LEGION_MAIL_SINK_URL"):
                tell("a second company, and a person for each of the two …")
                apart = await keep_apart(legion, tell)
            if simulated >= {"openai", "autentique", "meta"}:
                purchases = await _sell(legion, plan, tell)
        else:
            tell("a real Evolution API is set: write to its number to see the Centurion answer")
        tell("proving: the chain, a rebuild from the log, the analytics …")
        elapsed = partial(_since, tell)
        summary = await prove(plan, tell, apart=apart, purchases=purchases, seconds=elapsed)
        tell(f"{summary.messages_in} messages in, {summary.replies_out} replies out, chain {summary.chain}")
        return summary


def _since(tell: Teller) -> float:
    return time.monotonic() - tell.since


async def _sell(legion: Legion, plan: Plan, tell: Teller) -> int:
    """Purchases that Meta has taken, with those of earlier starts."""
    await Sale(legion, plan, await set_up_selling(legion, plan), tell).run()
    page = await legion.get("/v1/conversions", milestone="won", state="accepted", limit=200)
    return len(page["items"])


async def _ready(plan: Plan, http: httpx.AsyncClient, tell: Teller) -> None:
    for service in plan.services:
        if service.ready is not None:
            await until(service.name, service.ready, READY_S)
            tell(f"  {service.name} is ready")

    async def api_ready() -> bool:
        return (await http.get("/health/ready")).status_code == 200

    await until("the API", api_ready, READY_S)
    await until("the bootstrap token", _exists(plan.token_file), READY_S)


def _exists(file: Path) -> Any:
    async def ask() -> bool:
        return await asyncio.to_thread(file.exists)

    return ask


def _simulator(url: str) -> Any:
    async def call(path: str, body: dict[str, Any]) -> None:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            (await http.post(path, json=body)).raise_for_status()

    return call


def _say_where(plan: Plan, tell: Teller) -> None:
    tell("the stack stays up until Ctrl-C:")
    for name, text in (
        ("the phone", plan.urls["evolution"]),
        ("API", f"{plan.urls['api']}/docs (token: {plan.token_file})"),
        ("ClickHouse", plan.urls["clickhouse"]),
    ):
        tell(f"  {name:11} {text}")
