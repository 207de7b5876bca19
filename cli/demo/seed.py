"""The demo's company, Centurion and channel instance: made at the first start, found again at later ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import httpx

from cli.demo.client import INSTANCE, Legion, until
from gateways.evolution.client import EvolutionClient

WAIT_S: Final = 20.0

COMPANY: Final = {
    "slug": "clinica-aurora",
    "name": "Clínica Aurora",
    "timezone": "America/Sao_Paulo",
    "locale": "pt-BR",
}
CENTURION: Final = {
    "name": "Aurora",
    "persona": (
        "Você é Aurora, da Clínica Aurora, em São Paulo. Atende pelo WhatsApp com calma e simpatia, em português do "
        "Brasil. Responda a tudo o que a pessoa escreveu, em frases curtas, e termine com uma pergunta que leve a uma "
        "avaliação. Nunca invente preços nem horários."
    ),
    # livelier than a person, so that the demo is told in a minute
    "pacing": {"typing_cps": 40, "max_typing_ms": 2500},
    "fallback_text": "Oi! Tive um probleminha aqui e já volto a falar com você. 🙏",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Where the Evolution API is, its global key, and the secret that its webhooks will carry."""

    url: str
    api_key: str
    webhook_secret: str


async def seed(legion: Legion, provider: Provider, *, model: str) -> Legion:
    """Returns the client of the demo company."""
    company = (await legion.post("/v1/companies", COMPANY, key="demo"))["company"]
    legion = replace(legion, tenant=company)

    async def provisioned() -> Any:
        found = await legion.get(f"/v1/companies/{company}")
        return found if found and found["provisioned"] else None

    await until("the company's schema", provisioned, WAIT_S)
    centurion = (await legion.post("/v1/centurions", {**CENTURION, "model": model}, key="demo"))["centurion"]
    made = await legion.post(
        "/v1/instances",
        {"external_name": INSTANCE, "centurion": centurion, "webhook_secret": provider.webhook_secret},
        key="demo",
    )
    await _connect(provider, made["webhook_url"])

    return legion


async def _connect(provider: Provider, webhook_url: str) -> None:
    """Makes the instance where it is missing, and points its webhook at our ingress."""
    async with httpx.AsyncClient(base_url=provider.url, headers={"apikey": provider.api_key}, trust_env=False) as http:
        # Not connected yet (no `qrcode`): it would say that it is open before it knows where to.
        body = {"instanceName": INSTANCE, "integration": "WHATSAPP-BAILEYS"}
        made = await http.post("/instance/create", json=body)
        if made.status_code not in {201, 403}:  # 403: the name is in use, from an earlier start
            made.raise_for_status()
    async with EvolutionClient(provider.url, provider.api_key) as client:
        await client.set_webhook(INSTANCE, webhook_url, provider.webhook_secret)
    async with httpx.AsyncClient(base_url=provider.url, headers={"apikey": provider.api_key}, trust_env=False) as http:
        (await http.get(f"/instance/connect/{INSTANCE}")).raise_for_status()
