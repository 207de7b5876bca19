"""`legion up` under harm: `python -m proof.ground.stack_program JSON`.

JSON: {"data": folder, "clock": file or null, "bugs": {service: module with `plant()`}, "patient": bool}. clock: of
Legion's own processes (see `harm.clock`), never of the servers and simulators. patient: the supervisor starts again at
once and never gives up. Optional: "argv": {service: [more words]}, "env": {service: {variable: value}}.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from cli.stack.run import fetch_servers, plan_for, run_stack
from embedded.restarts import RestartPolicy
from embedded.service import Service
from proof.harm.clock import Clock

PATIENT = RestartPolicy(first_s=0.05, most_s=0.5, failures=1_000_000)
OURS = ("api", "writer", "projector", "analytics", "streams", "signer")


def main(given: dict[str, Any]) -> int:
    plan = plan_for(Path(given["data"]))
    fetch_servers(plan, lambda line: print(line, flush=True))  # noqa: T201 - as `legion up`
    services = tuple(_harmed(service, given) for service in plan.services)
    policy = PATIENT if given.get("patient") else None
    return asyncio.run(run_stack(replace(plan, services=services), out=sys.stdout, policy=policy))


def _harmed(service: Service, given: dict[str, Any]) -> Service:
    if service.name in OURS and given["clock"]:
        service = replace(service, env={**service.env, **Clock(Path(given["clock"])).environment()})
    if more := given.get("argv", {}).get(service.name):
        service = replace(service, argv=[*service.argv, *more])
    if moved := given.get("env", {}).get(service.name):
        service = replace(service, env={**service.env, **moved})
    bug = given["bugs"].get(service.name)
    if bug:
        service = replace(service, argv=[sys.executable, "-m", "proof.bugs.planted", bug, service.name])
    return service


if __name__ == "__main__":
    sys.exit(main(orjson.loads(sys.argv[1])))
