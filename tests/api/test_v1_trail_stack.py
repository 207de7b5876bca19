"""The trail over HTTP and by the operator's command: what people did, what it stands on, and its proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
import pytest

from api.trail_json import as_plain, trail_json
from cli.audit.trail import prove, trail_of
from domain.kernel.errors import NotFound
from eventlog.checkpoint import Place
from eventlog.topics import Topics, cluster_id
from tests.api.people import join
from tests.api.selling import PIPELINE
from tests.api.world import World

pytestmark = pytest.mark.stack


@dataclass(frozen=True, slots=True)
class Sold:
    """A lead that came by an ad, was qualified, handed over and won."""

    company: str
    lead: str
    deal: str


async def done(world: World, company: str, method: str, path: str, body: Any = None) -> Any:
    headers = world.tenant(company)
    answer = await world.http.request(method, f"/v1{path}", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def sold(world: World) -> Sold:
    company = await world.company()
    lead, _ = await world.lead(company, "secret words")
    await done(world, company, "POST", "/pipelines", {**PIPELINE, "won_reasons": []})
    await done(world, company, "POST", f"/leads/{lead}/touches", {"campaign": "c-7", "ad": "ad-7"})
    facts = {"facts": [{"key": "budget", "value": "secret sum"}], "intent": "buy"}
    known = await done(world, company, "PUT", f"/leads/{lead}/facts", facts)
    await done(world, company, "POST", f"/leads/{lead}/qualification", {"evidence": known["events"][:1]})
    value = {"minor": 9_900, "currency": "BRL"}
    made = await done(world, company, "POST", f"/leads/{lead}/handoff", {"reason": "qualified", "value": value})
    await done(world, company, "POST", f"/deals/{made['deal']}/won", {})
    return Sold(company, lead, made["deal"])


async def get(world: World, company: str, lead: str, **params: Any) -> tuple[int, Any]:
    answer = await world.http.get(f"/v1/leads/{lead}/trail", params=params, headers=world.tenant(company))
    return answer.status_code, answer.json()


async def test_from_the_ad_to_the_sale(world: World) -> None:
    made = await sold(world)
    status, trail = await get(world, made.company, made.lead)
    assert (status, trail["lead"], trail["company"], trail["truncated"]) == (200, made.lead, made.company, False)
    types = [node["type"] for node in trail["nodes"]]
    assert types[:2] == ["LeadCreated", "MessageReceived"]
    assert types[2:] == [
        "LeadTouched", "LeadFactsRecorded", "LeadQualificationStarted", "LeadQualified", "LeadHandedOff", "DealOpened",
        "DealWon", "LeadWon",
    ]  # fmt: skip
    nodes = {node["type"]: node for node in trail["nodes"]}
    assert nodes["LeadTouched"]["data"]["touch"]["ad"] == "ad-7"
    assert nodes["DealOpened"]["data"]["value"] == {"minor": 9_900, "currency": "BRL"}
    assert nodes["LeadQualified"]["evidence"] == [nodes["LeadFactsRecorded"]["event_id"]]
    assert "secret" not in orjson.dumps(trail).decode()
    edges = {(edge["from"], edge["to"], edge["kind"]) for edge in trail["edges"]}

    def edge(cause: str, effect: str, kind: str) -> bool:
        return (nodes[cause]["event_id"], nodes[effect]["event_id"], kind) in edges

    assert edge("LeadFactsRecorded", "LeadQualified", "evidence")
    assert edge("LeadHandedOff", "DealOpened", "same_commit")
    assert edge("DealWon", "LeadWon", "same_commit")
    assert edge("DealWon", "LeadWon", "evidence")
    assert nodes["LeadHandedOff"]["commit"] == nodes["DealOpened"]["commit"]
    assert nodes["LeadHandedOff"]["commit"]["records"] == 2


async def test_in_pages_and_with_every_detail(world: World) -> None:
    made = await sold(world)
    _, whole = await get(world, made.company, made.lead, whole=True)
    assert {"AliasLinked", "ConversationStarted"} <= {node["type"] for node in whole["nodes"]}
    _, steps = await get(world, made.company, made.lead)
    for told, asked in ((steps, {}), (whole, {"whole": True})):
        pages: list[Any] = []
        after: dict[str, Any] = {}
        while True:
            _, page = await get(world, made.company, made.lead, limit=2, **asked, **after)
            pages += page["nodes"]
            if not page["truncated"]:
                break
            after = {"after": page["next"]}
        assert pages == told["nodes"]
    flowchart = await world.http.get(
        f"/v1/leads/{made.lead}/trail", params={"format": "mermaid"}, headers=world.tenant(made.company)
    )
    assert flowchart.headers["content-type"].startswith("text/plain")
    assert flowchart.text.startswith("flowchart TD\n")
    assert flowchart.text.count("\n") >= len(steps["nodes"]) + len(steps["edges"])


async def test_the_operator_s_command_tells_the_same_and_proves_it_by_the_log(world: World) -> None:
    made = await sold(world)
    trail = await trail_of(world.settings, made.lead, whole=False, limit=200)
    _, shown = await get(world, made.company, made.lead)
    assert as_plain(trail_json(trail)) == shown
    settings = world.settings
    topics = Topics(settings.topic_prefix)
    place = Place(await cluster_id(settings.kafka_bootstrap), topics.events, 0, settings.partitions)
    proven = await prove(settings.kafka_bootstrap, place, trail, whole=False)
    assert proven.whole
    assert proven.proofs.keys() == {node["event_id"] for node in shown["nodes"]}
    with pytest.raises(NotFound, match="lead_not_found"):
        await trail_of(settings, str(uuid4()), whole=False, limit=200)


async def test_who_does_not_see_the_lead_sees_no_trail(world: World) -> None:
    made = await sold(world)
    other = await world.company()
    for company, lead in ((other, made.lead), (made.company, str(uuid4()))):
        status, problem = await get(world, company, lead)
        assert (status, problem["code"]) == (404, "lead_not_found")
    seller = await join(world, made.company, "sdr")
    answer = await seller.call("GET", f"/v1/leads/{made.lead}/trail", x_tenant_id=made.company)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    for params, code in (({"limit": 0}, "invalid_input"), ({"after": "x"}, "cursor_invalid")):
        status, problem = await get(world, made.company, made.lead, **params)
        assert (status, problem["code"]) == (422, code)
