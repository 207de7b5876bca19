"""`legion up`, patient, each of its processes behind proxies: `python -m proof.ground.behind JSON --data DIR`.

JSON: {"doors": [[port, advertised] …] of the broker, "env": {service: {variable: value}}, "bugs": [SERVICE=MODULE]}.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from cli.stack.plan import Plan
from cli.stack.run import fetch_servers, plan_for
from embedded.service import Service
from proof.ground.patient import planted, run


def behind(plan: Plan, given: dict[str, Any]) -> Plan:
    doors = [f"--door={port}:{advertised}" for port, advertised in given["doors"]]

    def moved(service: Service) -> Service:
        argv = [*service.argv, *doors] if service.name == "kafka" else service.argv
        return replace(service, argv=argv, env={**service.env, **given["env"].get(service.name, {})})

    plan = replace(plan, services=tuple(map(moved, plan.services)))
    for bug in given["bugs"]:
        plan = planted(plan, bug)
    return plan


def main() -> int:
    parser = argparse.ArgumentParser(prog="proof.ground.behind")
    parser.add_argument("given", type=orjson.loads)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    plan = behind(plan_for(options.data), options.given)
    fetch_servers(plan, lambda _: None)
    return asyncio.run(run(plan))


if __name__ == "__main__":
    sys.exit(main())
