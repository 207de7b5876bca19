"""From a lead to a deal that is won, as people do it; and what is refused on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.people import Person, join
from tests.api.world import World

pytestmark = pytest.mark.stack

PIPELINE: dict[str, Any] = {
    "name": "Sales",
    "stages": [
        {"name": "In talk", "colour": "#1f2937", "probability": 10},
        {"name": "Offered", "colour": "#0ea5e9", "probability": 60, "requires": ["value", "user", "fact:budget"]},
    ],
    "lost_reasons": [{"label": "Price"}],
}


@dataclass(frozen=True, slots=True)
class Shop:
    """A company that sells roofs. stages: in talk, offered. price: id of the reason to lose."""

    world: World
    company: str
    admin: Person
    stages: tuple[str, str]
    price: str
    roof: str

    async def call(self, method: str, path: str, body: Any = None, *, by: Person | None = None, **h: str) -> Any:
        return await (by or self.admin).call(method, f"/v1{path}", body, x_tenant_id=self.company, **h)

    async def done(self, method: str, path: str, body: Any = None, *, by: Person | None = None, **h: str) -> Any:
        """The answer of a write that is accepted."""
        answer = await self.call(method, path, body, by=by, **h)
        assert answer.status_code == 200, f"{method} {path}: {answer.text}"
        return answer.json()

    async def lead(self) -> str:
        return (await self.world.lead(self.company))[0]

    async def deal(self, lead: str | None = None, **body: Any) -> str:
        lead = lead or await self.lead()
        return str((await self.done("POST", f"/leads/{lead}/handoff", {"reason": "qualified", **body}))["deal"])

    async def state(self, lead: str) -> str:
        return str((await self.done("GET", f"/leads/{lead}"))["lead"]["state"])


@pytest.fixture
async def shop(world: World) -> Shop:
    company = await world.company()
    admin = await join(world, company, "company_admin")
    headers = {"x_tenant_id": company}
    made = (await admin.call("POST", "/v1/pipelines", PIPELINE, **headers)).json()["pipeline"]
    shown = (await admin.call("GET", f"/v1/pipelines/{made}", **headers)).json()
    talk, offered = (stage["id"] for stage in shown["stages"])
    body = {"name": "Roof", "price": 50_000, "currency": "BRL"}
    roof = (await admin.call("POST", "/v1/services", body, **headers)).json()["service"]
    return Shop(world, company, admin, (talk, offered), shown["lost_reasons"][0]["id"], roof)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_from_a_lead_to_a_deal_that_is_won(shop: Shop) -> None:
    lead = await shop.lead()
    known = await shop.done(
        "PUT", f"/leads/{lead}/facts", {"facts": [{"key": "budget", "value": 9000}], "intent": "buy"}
    )
    assert await shop.state(lead) == "qualifying"
    await shop.done("POST", f"/leads/{lead}/qualification", {"evidence": known["events"][:1]})
    deal = await shop.deal(lead, user=shop.admin.user)
    assert await shop.state(lead) == "handed_off"
    missing = await shop.call("PUT", f"/deals/{deal}/stage", {"stage": shop.stages[1]})
    assert (*refusal(missing), missing.json()["detail"]) == (409, "stage_requires", "value")
    item = {"service": shop.roof, "quantity": 3, "price": 45_000}
    await shop.done("PUT", f"/deals/{deal}/value", {"currency": "BRL", "items": [item]})
    moved = await shop.done("PUT", f"/deals/{deal}/stage", {"stage": shop.stages[1]})
    await shop.done("POST", f"/deals/{deal}/won", {"evidence": moved["events"]})
    assert await shop.state(lead) == "won"
    shown = await shop.done("GET", f"/deals/{deal}")
    told = shown["deal"]
    assert (told["state"], told["value"], told["currency"], told["user_id"]) == ("won", 135_000, "BRL", shop.admin.user)
    assert [(each["quantity"], each["price"]) for each in shown["items"]] == [(3, 45_000)]
    facts = (await shop.done("GET", f"/leads/{lead}/facts"))["facts"]
    assert [(each["key"], each["value"], each["said_by"]) for each in facts] == [("budget", 9000, "person")]


async def test_a_handoff_is_undone_and_made_anew(shop: Shop) -> None:
    lead = await shop.lead()
    deal = await shop.deal(lead, value={"minor": 100, "currency": "BRL"})
    assert refusal(await shop.call("POST", f"/leads/{lead}/handoff", {"reason": "qualified"})) == (
        409,
        "illegal_transition",
    )
    await shop.done("POST", f"/deals/{deal}/undoing", {"reason": "mistake"})
    assert await shop.state(lead) == "new"
    assert (await shop.done("GET", f"/deals/{deal}"))["deal"]["state"] == "withdrawn"
    again = await shop.deal(lead)
    await shop.done("POST", f"/deals/{again}/lost", {"reason": shop.price})
    assert await shop.state(lead) == "lost"
    await shop.done("POST", f"/deals/{again}/reopening")
    assert await shop.state(lead) == "handed_off"
    await shop.done("POST", f"/deals/{again}/lost", {"reason": shop.price})
    await shop.done("POST", f"/leads/{lead}/reopening", {"reason": "new_need"})
    await shop.done("POST", f"/leads/{lead}/disqualification", {"reason": "no_budget"})
    assert await shop.state(lead) == "disqualified"


async def test_the_board_is_read_by_stage_the_longest_there_first(shop: Shop) -> None:
    deals = [await shop.deal() for _ in range(3)]
    page = await shop.done("GET", f"/deals?stage={shop.stages[0]}&state=open&limit=2")
    rest = await shop.done("GET", f"/deals?stage={shop.stages[0]}&state=open&limit=2&after={page['next']}")
    assert [each["id"] for each in (*page["items"], *rest["items"])] == deals
    assert rest["next"] is None
    assert (await shop.done("GET", f"/deals?stage={shop.stages[1]}"))["items"] == []
    assert refusal(await shop.call("GET", "/deals?state=sold")) == (422, "invalid_input")


async def test_a_board_shows_each_stage_with_its_sums_and_goes_on_as_the_list_does(shop: Shop) -> None:
    deals = [await shop.deal(value={"minor": 100 * n, "currency": "BRL"}) for n in (1, 2, 3)]
    dollars = await shop.deal(value={"minor": 7, "currency": "USD"})
    unknown = await shop.deal()
    lost = await shop.deal(value={"minor": 9_999, "currency": "BRL"})
    await shop.done("POST", f"/deals/{lost}/lost", {"reason": shop.price})
    moved = await shop.deal(value={"minor": 50, "currency": "BRL"}, user=shop.admin.user)
    lead = (await shop.done("GET", f"/deals/{moved}"))["deal"]["lead_id"]
    await shop.done("PUT", f"/leads/{lead}/facts", {"facts": [{"key": "budget", "value": 1}]})
    await shop.done("PUT", f"/deals/{moved}/stage", {"stage": shop.stages[1]})
    pipeline = (await shop.done("GET", f"/deals/{moved}"))["deal"]["pipeline_id"]
    board = await shop.done("GET", f"/deals/board?pipeline={pipeline}&cards=2")
    assert [column["stage_id"] for column in board["columns"]] == list(shop.stages)
    talk, offered = board["columns"]
    assert (talk["deals"], talk["values"]) == (5, [{"minor": 600, "currency": "BRL"}, {"minor": 7, "currency": "USD"}])
    assert (offered["deals"], offered["values"]) == (1, [{"minor": 50, "currency": "BRL"}])
    assert [card["id"] for card in talk["page"]["items"]] == deals[:2]
    rest = f"/deals?pipeline={pipeline}&stage={shop.stages[0]}&state=open&after={talk['page']['next']}"
    assert [card["id"] for card in (await shop.done("GET", rest))["items"]] == [deals[2], dollars, unknown]
    assert refusal(await shop.call("GET", f"/deals/board?pipeline={uuid4()}")) == (404, "unknown_pipeline")
    assert refusal(await shop.call("GET", "/deals/board")) == (422, "invalid_input")


async def test_who_sees_few_leads_has_a_board_of_these(shop: Shop) -> None:
    seller = await join(shop.world, shop.company, "sdr")
    mine, theirs = await shop.deal(user=seller.user), await shop.deal(user=shop.admin.user)
    pipeline = (await shop.done("GET", f"/deals/{theirs}"))["deal"]["pipeline_id"]
    board = await shop.done("GET", f"/deals/board?pipeline={pipeline}", by=seller)
    [column] = [each for each in board["columns"] if each["deals"]]
    assert (column["deals"], [card["id"] for card in column["page"]["items"]]) == (1, [mine])


async def test_the_holding_looks_over_the_deals_of_all_and_a_company_over_its_own(shop: Shop) -> None:
    deal = await shop.deal(value={"minor": 100, "currency": "BRL"})
    all_of_them = (await shop.world.http.get("/v1/deals/index")).raise_for_status().json()["items"]
    assert (all_of_them[0]["id"], all_of_them[0]["company_id"]) == (deal, shop.company)
    assert "lead_name" not in all_of_them[0]
    own = (await shop.done("GET", "/deals/index"))["items"]
    assert [each["id"] for each in own] == [deal]
    assert (await shop.done("GET", f"/deals/index?company={uuid4()}"))["items"] == []


async def test_of_two_who_have_seen_the_same_deal_one_moves_it(shop: Shop) -> None:
    deal = await shop.deal()
    tag = (await shop.call("GET", f"/deals/{deal}")).headers["etag"]
    value = {"currency": "BRL", "minor": 5}
    await shop.done("PUT", f"/deals/{deal}/value", value, if_match=tag)
    late = await shop.call("PUT", f"/deals/{deal}/value", {**value, "minor": 6}, if_match=tag)
    assert refusal(late) == (412, "version_mismatch")


async def test_what_is_done_about_a_deal(shop: Shop) -> None:
    deal = await shop.deal()
    note = await shop.done("POST", f"/deals/{deal}/activities", {"kind": "note", "text": "Wants slate."})
    task = await shop.done(
        "POST", f"/deals/{deal}/activities", {"kind": "task", "text": "Call", "due_at": "2027-01-01T09:00:00-03:00"}
    )
    await shop.done("PUT", f"/deals/{deal}/activities/{task['activity']}/done")
    shown = (await shop.done("GET", f"/deals/{deal}/activities"))["items"]
    assert [(each["id"], each["kind"], each["text"]) for each in shown] == [
        (task["activity"], "task", "Call"),
        (note["activity"], "note", "Wants slate."),
    ]
    assert shown[0]["done_at"]
    assert {each["user_id"] for each in shown} == {shop.admin.user}
    for body, code in (
        ({"kind": "task", "text": "x"}, "activity_invalid"),
        ({"kind": "note"}, "activity_invalid"),
        ({"kind": "file", "file": str(uuid4())}, "file_not_found"),
    ):
        assert (await shop.call("POST", f"/deals/{deal}/activities", body)).json()["code"] == code
    unknown = await shop.call("PUT", f"/deals/{deal}/activities/{uuid4()}/done")
    assert refusal(unknown) == (404, "unknown_activity")


async def test_bad_input_is_refused_and_leaves_nothing(shop: Shop) -> None:
    lead, nobody = await shop.lead(), str(uuid4())
    tries: list[tuple[str, dict[str, Any], int, str]] = [
        ("handoff", {"reason": "qualified", "pipeline": nobody}, 404, "unknown_pipeline"),
        ("handoff", {"reason": "qualified", "stage": nobody}, 404, "unknown_stage"),
        ("handoff", {"reason": "qualified", "stage": shop.stages[1]}, 409, "stage_requires"),
        ("handoff", {"reason": "qualified", "user": nobody}, 404, "unknown_member"),
        ("handoff", {"reason": "qualified", "evidence": [nobody]}, 422, "unknown_evidence"),
        ("handoff", {"reason": "qualified", "value": {"minor": -1, "currency": "BRL"}}, 422, "invalid_input"),
        ("handoff", {"reason": "qualified", "value": {"minor": 1, "currency": "XXQ"}}, 422, "invalid_input"),
        ("handoff", {"reason": "because"}, 422, "invalid_input"),
        ("handoff", {"reason": "qualified", "sum": 1}, 422, "invalid_input"),
        ("qualification", {"evidence": [nobody]}, 422, "unknown_evidence"),
        ("disqualification", {"reason": "rules_met"}, 409, "wrong_reason"),
        ("reopening", {"reason": "new_need"}, 409, "illegal_transition"),
        ("touches", {}, 409, "touch_invalid"),
    ]
    for what, body, status, code in tries:
        answer = await shop.call("POST", f"/leads/{lead}/{what}", body)
        assert refusal(answer) == (status, code), (what, body, answer.text)
    assert await shop.state(lead) == "new"
    assert (await shop.done("GET", f"/deals?lead={lead}"))["items"] == []
    deal = await shop.deal(lead)
    roofs, strange = ([{"service": service, "quantity": 1, "price": 1}] for service in (shop.roof, nobody))
    for path, body, status, code in (
        ("value", {"currency": "USD", "items": roofs}, 422, "currency_differs"),
        ("value", {"currency": "BRL", "items": strange}, 404, "unknown_service"),
        ("value", {"currency": "BRL", "minor": 2, "items": roofs}, 409, "value_is_not_the_sum"),
        ("value", {"currency": "BRL"}, 422, "value_missing"),
        ("value", {"currency": "BRL", "minor": True}, 422, "invalid_input"),
        ("value", {"currency": "BRL", "minor": "12"}, 422, "invalid_input"),
        ("stage", {"stage": shop.stages[0]}, 409, "stage_unchanged"),
    ):
        answer = await shop.call("PUT", f"/deals/{deal}/{path}", body)
        assert refusal(answer) == (status, code), (path, body, answer.text)
    assert refusal(await shop.call("POST", f"/deals/{deal}/lost", {})) == (422, "reason_missing")
    assert refusal(await shop.call("POST", f"/deals/{deal}/won", {"reason": nobody})) == (422, "unknown_reason")
    assert (await shop.done("GET", f"/deals/{deal}"))["deal"]["state"] == "open"
    poor = await shop.world.company()
    other, _ = await shop.world.lead(poor)
    answer = await shop.world.http.post(
        f"/v1/leads/{other}/handoff", json={"reason": "qualified"}, headers=shop.world.tenant(poor)
    )
    assert refusal(answer) == (404, "no_pipeline")


async def test_what_brought_them_here_and_what_they_agree_to(shop: Shop) -> None:
    lead = await shop.lead()
    touch = {"source": "link", "campaign": "spring", "click": "fb.1.2"}
    await shop.done("POST", f"/leads/{lead}/touches", touch)
    assert refusal(await shop.call("POST", f"/leads/{lead}/touches", touch)) == (409, "touch_known")
    await shop.done("POST", f"/leads/{lead}/touches", {"ad": "1202"})
    path = f"/leads/{lead}/consents/ad_measurement"
    await shop.done("PUT", path, {"given": True, "how": "form"})
    assert refusal(await shop.call("PUT", path, {"given": True, "how": "form"})) == (409, "consent_unchanged")
    shown = await shop.done("GET", f"/leads/{lead}/facts")
    assert [(each["campaign"], each["ad"], each["click"]) for each in shown["touches"]] == [
        ("spring", None, "fb.1.2"),
        (None, "1202", None),
    ]
    assert [(each["purpose"], each["given"]) for each in shown["consents"]] == [("ad_measurement", True)]


async def test_an_erased_lead_leaves_a_deal_without_words(shop: Shop) -> None:
    lead = await shop.lead()
    await shop.done("PUT", f"/leads/{lead}/facts", {"facts": [{"key": "budget", "value": "much"}]})
    await shop.done("POST", f"/leads/{lead}/touches", {"click": "fb.1.2"})
    deal = await shop.deal(lead)
    await shop.done("POST", f"/deals/{deal}/activities", {"kind": "note", "text": "Wants slate."})
    await shop.done("POST", f"/leads/{lead}/erasure", {"reason": "test_data"})
    known = await shop.done("GET", f"/leads/{lead}/facts")
    assert [each["value"] for each in known["facts"]] == [None]
    assert [each["click"] for each in known["touches"]] == [None]
    assert [each["text"] for each in (await shop.done("GET", f"/deals/{deal}"))["activities"]] == [None]
    answer = await shop.call("POST", f"/deals/{deal}/activities", {"kind": "note", "text": "more"})
    assert refusal(answer) == (409, "lead_erased")
    assert refusal(await shop.call("POST", f"/deals/{deal}/won", {})) == (409, "lead_erased")
