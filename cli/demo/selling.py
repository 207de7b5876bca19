"""How the demo's company sells: a pipeline, what qualifies, the text of its contract, and the pixel of its ads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import httpx

from cli.demo.client import Legion
from cli.stack.plan import Plan

HOOK_SECRET: Final = "demo-secret-of-the-endpoint"  # noqa: S105 - of a simulator  # pragma: allowlist secret
PIXEL_TOKEN: Final = "demo-token-of-a-system-user"  # noqa: S105 - any is taken by the simulator  # pragma: allowlist secret
DATASET: Final = "1230984560987"

PIPELINE: Final[dict[str, Any]] = {
    "name": "Tratamentos",
    "stages": [
        {"name": "Avaliação", "colour": "#0ea5e9", "probability": 30},
        {"name": "Contrato", "colour": "#1f2937", "probability": 80},
    ],
}
QUESTIONS: Final = (
    {
        "key": "treatment", "label": "Tratamento", "kind": "text", "asks": "o que a pessoa quer fazer (tratamento)",
        "required": True, "points": 50,
    },
    {
        "key": "budget", "label": "Orçamento", "kind": "number", "asks": "quanto pode pagar, em reais (orçamento)",
        "required": True, "points": 50,
    },
)  # fmt: skip
TEMPLATE: Final[dict[str, Any]] = {
    "name": "Contrato de tratamento",
    "body": {
        "title": "Contrato de tratamento",
        "variables": [
            {"name": "client", "kind": "text", "label": "Paciente"},
            {"name": "price", "kind": "money", "label": "Valor"},
        ],
        "blocks": [
            {"type": "heading", "level": 1, "runs": [{"text": "Contrato de tratamento"}]},
            {"type": "paragraph", "runs": [{"text": "Entre a Clínica Aurora e {{client}}, por {{price}}."}]},
            {"type": "signature", "signer": "client", "runs": [{"variable": "client"}]},
        ],
    },
}
PIXEL: Final[dict[str, Any]] = {
    "name": "Anúncios",
    "dataset": DATASET,
    "consent": "assumed",
    "reports": [
        {"milestone": "qualified", "name": "Lead"},
        {"milestone": "won", "name": "Purchase", "value": "deal"},
    ],
}


@dataclass(frozen=True, slots=True)
class Selling:
    """template, pixel: ids."""

    template: str
    pixel: str


async def set_up_selling(legion: Legion, plan: Plan) -> Selling:
    """The same at a later start: each call has its key."""
    pipeline = (await legion.post("/v1/pipelines", PIPELINE, key="demo-pipeline"))["pipeline"]
    stages = (await legion.get(f"/v1/pipelines/{pipeline}"))["stages"]
    kept = [{**each, "id": stage["id"]} for each, stage in zip(PIPELINE["stages"], stages, strict=True)]
    changed = {**PIPELINE, "stages": kept, "on_signature": {"wins": True}}
    await legion.put(f"/v1/pipelines/{pipeline}", changed, key="demo-pipeline-wins")
    handoff = {"pipeline": pipeline, "stage": stages[0]["id"]}
    rules = {"questions": QUESTIONS, "threshold": 100, "intents": ["buy"], "handoff": handoff}
    await legion.put("/v1/qualification", rules, key="demo-rules")
    template = (await legion.post("/v1/templates", TEMPLATE, key="demo-template"))["template"]
    account = {"token": plan.autentique_token, "webhook_secrets": [HOOK_SECRET], "sandbox": False}
    hook = (await legion.put("/v1/integrations/autentique", account))["webhook_url"]
    async with httpx.AsyncClient(base_url=plan.urls["autentique"], trust_env=False) as http:
        body = {"token": plan.autentique_token, "url": hook, "secret": HOOK_SECRET}
        (await http.put("/_sim/webhook", json=body)).raise_for_status()
    pixel = (await legion.post("/v1/pixels", PIXEL, key="demo-pixel"))["pixel"]
    await legion.put(f"/v1/pixels/{pixel}/token", {"token": PIXEL_TOKEN}, key="demo-pixel-token")
    return Selling(template, pixel)
