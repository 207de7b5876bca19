"""In the demo a person writes as the lead, and it comes in as any webhook does; mails can be read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import httpx
import pytest

from embedded.postgres import PostgresConfig
from eventlog.topics import Topics
from gateways.evolution.client import EvolutionClient
from gateways.mail.mail import Mail, Written
from proof.ground.mail import MailSink, mail_sink
from proof.ground.simulator import simulator
from tests.api.edge import Instance, bodies_of
from tests.api.world import World, make_settings, open_world, until

pytestmark = pytest.mark.stack
API_KEY = "key-of-the-simulator"
SECRET = "0123456789abcdef0123"  # pragma: allowlist secret


@pytest.fixture(scope="module")
def evolution() -> Iterator[str]:
    with simulator("simulators.evolution", env={"LEGION_SIM_API_KEY": API_KEY}) as url:
        yield url


@pytest.fixture(scope="module")
def sink() -> Iterator[MailSink]:
    with mail_sink() as made:
        yield made


@pytest.fixture(scope="module")
async def world(kafka: str, own_postgres: PostgresConfig, evolution: str, sink: MailSink) -> AsyncIterator[World]:
    demo = {"demo": True, "evolution_url": evolution, "evolution_api_key": API_KEY, "mail_sink_url": sink.url}
    async with open_world(make_settings(kafka, own_postgres, **demo)) as made:
        yield made


async def test_a_message_written_in_the_demo_goes_through_the_phone_and_the_ingress(
    world: World, kafka: str, evolution: str
) -> None:
    name, headers = f"wa{uuid4().hex[:8]}", {"apikey": API_KEY}
    async with httpx.AsyncClient(base_url=evolution, trust_env=False) as provider:
        company = await world.company()
        made = await world.http.post(
            "/v1/instances", json={"external_name": name, "webhook_secret": SECRET}, headers=world.tenant(company)
        )
        instance = Instance(company, made.json()["instance"], name)
        message = {"instance": name, "phone": "+5511987654321", "name": "Marina", "text": "oi, do celular"}
        unknown = await world.http.post("/v1/demo/messages", json=message)
        assert (unknown.status_code, unknown.json()["code"]) == (502, "simulator_failed")

        body = {"instanceName": name, "integration": "WHATSAPP-BAILEYS"}
        (await provider.post("/instance/create", json=body, headers=headers)).raise_for_status()
        async with EvolutionClient(evolution, API_KEY) as client:
            await client.set_webhook(name, f"http://127.0.0.1:{world.port}{instance.path}", SECRET)
        (await provider.get(f"/instance/connect/{name}", headers=headers)).raise_for_status()
        sent = await world.http.post("/v1/demo/messages", json=message)
        assert (sent.status_code, sent.json()) == (202, {"status": "sent"})

        async def came_in() -> bool:
            topic = Topics(world.settings.topic_prefix).ingress
            return any(b"oi, do celular" in body for body in await bodies_of(kafka, topic, world.vault, instance))

        await until("the webhook", came_in)


async def test_mails_of_the_demo_are_read_by_who_runs_it(world: World, sink: MailSink) -> None:
    for to in ("ana@example.org", "bia@example.org"):
        await sink.mailer().send(Mail(f"m-{to[:3]}", to, Written("en", f"for {to}", "https://x#t\n", "<p></p>")))
    everything = (await world.http.get("/v1/demo/mails")).json()
    assert [mail["to"] for mail in everything] == [["ana@example.org"], ["bia@example.org"]]
    (found,) = (await world.http.get("/v1/demo/mails", params={"to": "bia@example.org"})).json()
    assert (found["subject"], found["text"]) == ("for bia@example.org", "https://x#t\n")
    stranger = await world.http.get("/v1/demo/mails", headers={"authorization": "Bearer x"})
    assert stranger.status_code == 401
