"""From a pixel to conversions that Meta counts once, as people set it up, with the streams process and a simulator; and
what dies, is refused, throttled or forbidden on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest

from cli.processes import streams
from embedded.postgres import PostgresConfig
from gateways.meta.hashing import hashed
from gateways.meta.phone import phone
from proof.ground.simulator import simulator
from tests.api.people import Person, join
from tests.api.test_v1_writes_stack import CENTURION
from tests.api.world import Running, World, make_settings, open_world, until

pytestmark = pytest.mark.stack

TOKEN: Final = "t0ken"  # pragma: allowlist secret
NEW_TOKEN: Final = "an0ther"  # pragma: allowlist secret
HOOK_SECRET: Final = "0123456789abcdef0123"  # pragma: allowlist secret
PURCHASE: Final = {"milestone": "won", "name": "Purchase", "value": "deal"}
LEAD: Final = {"milestone": "qualified", "name": "Lead"}


@pytest.fixture(scope="module")
def meta() -> Iterator[str]:
    with simulator("simulators.meta", ready="/_sim/calls") as url:
        yield url


@pytest.fixture(scope="module")
async def world(kafka: str, own_postgres: PostgresConfig, meta: str) -> AsyncIterator[World]:
    """With the streams process."""
    settings = make_settings(kafka, own_postgres, meta_url=meta, openai_url="http://127.0.0.1:1/v1")
    async with open_world(settings) as opened:
        sender = Running(streams.run, settings)
        sender.start()
        yield opened
        await sender.stop()


@dataclass(frozen=True, slots=True)
class Shop:
    """A company that reports. dataset: its pixel's id at Meta, nobody else's."""

    world: World
    company: str
    admin: Person
    meta: httpx.AsyncClient
    dataset: str

    async def call(self, method: str, path: str, body: Any = None, *, by: Person | None = None) -> httpx.Response:
        return await (by or self.admin).call(method, f"/v1{path}", body, x_tenant_id=self.company)

    async def done(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.call(method, path, body)
        assert answer.status_code == 200, f"{method} {path}: {answer.text}"
        return answer.json()

    async def pixel(self, *reports: dict[str, Any], token: str | None = TOKEN, **changed: Any) -> str:
        body = {"name": "Site", "dataset": self.dataset, "consent": "assumed", "reports": reports, **changed}
        made = str((await self.done("POST", "/pixels", body))["pixel"])
        if token is not None:
            await self.done("PUT", f"/pixels/{made}/token", {"token": token})
        return made

    async def qualified(self) -> str:
        """A lead that is worth a person's time."""
        lead, _ = await self.world.lead(self.company)
        await self.done("POST", f"/leads/{lead}/qualification", {})
        return lead

    async def conversion(self, lead: str, *states: str, milestone: str = "qualified") -> Any:
        """Its report, once it is in one of the states."""

        async def there() -> Any:
            page = await self.done("GET", f"/conversions?lead={lead}&milestone={milestone}")
            return next((each for each in page["items"] if each["state"] in states), None)

        return await until(f"a conversion that is {states}", there, 40)

    async def outcomes(self, lead: str, milestone: str, *wanted: str) -> None:
        """Waits until these are the outcomes of the lead's reports, in the order of what happened: a state, or why one
        was skipped."""

        async def told() -> bool:
            page = await self.done("GET", f"/conversions?lead={lead}&milestone={milestone}")
            return [each["reason"] or each["state"] for each in reversed(page["items"])] == list(wanted)

        await until(f"{milestone}: {wanted}", told, 40)

    async def counted(self) -> dict[str, int]:
        """How often each event counts at Meta, by its id."""
        rows = (await self.meta.get("/_sim/events", params={"dataset": self.dataset})).json()
        return {row["event_id"]: row["accepted"] for row in rows}

    async def told_to_operators(self, pixel: str) -> list[tuple[str, int]]:
        """(reason, conversions) where it is said to hold some."""
        told = (await self.world.http.get("/v1/status")).json()["held_pixels"]
        return [(each["reason"], each["conversions"]) for each in told if each["pixel"] == pixel]

    async def fault(self, **asked: Any) -> None:
        (await self.meta.post("/_faults", json=asked)).raise_for_status()


@pytest.fixture
async def shop(world: World, meta: str) -> AsyncIterator[Shop]:
    company = await world.company()
    admin = await join(world, company, "company_admin")
    await admin.call("POST", "/v1/pipelines", {"name": "Sales", "stages": [
        {"name": "In talk", "colour": "#1f2937", "probability": 10}]}, x_tenant_id=company)  # fmt: skip
    async with httpx.AsyncClient(base_url=meta, trust_env=False, timeout=30) as http:
        yield Shop(world, company, admin, http, str(uuid4().int)[:15])
        await http.delete("/_faults")
        for token in (TOKEN, NEW_TOKEN):
            await http.put("/_sim/tokens", json={"token": token, "alive": True})


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_won_deal_is_a_purchase_at_meta_with_its_value_and_hashes_only(shop: Shop) -> None:
    pixel = await shop.pixel(LEAD, PURCHASE)
    lead = await shop.qualified()
    body = {"reason": "qualified", "value": {"minor": 123_450, "currency": "BRL"}}
    deal = (await shop.done("POST", f"/leads/{lead}/handoff", body))["deal"]
    await shop.done("POST", f"/deals/{deal}/won", {})
    bought = await shop.conversion(lead, "accepted", milestone="won")
    assert (bought["name"], bought["value"], bought["currency"], bought["pixel_id"]) == (
        "Purchase", 123_450, "BRL", pixel
    )  # fmt: skip
    assert bought["trace"].startswith("SimTrace")
    detail = await shop.done("GET", f"/conversions/{bought['id']}")
    (attempt,) = detail["attempts"]
    assert attempt["payload"]["user_data"]["ph"] == [hashed("+5511987654321", phone)]
    assert "5511987654321" not in str(detail)
    assert attempt["payload"]["custom_data"] == {"value": 1234.5, "currency": "BRL"}
    assert attempt["payload"]["event_id"] == bought["id"], "a browser's pixel may share it"
    assert detail["why"] is None
    assert (await shop.conversion(lead, "skipped", milestone="handed_off"))["reason"] == "not_enabled"
    await shop.conversion(lead, "accepted")
    assert set((await shop.counted()).values()) == {1}
    assert refusal(await shop.call("POST", f"/conversions/{bought['id']}/resend", {})) == (409, "conversion_accepted")


async def test_a_sale_counts_once_however_often_it_is_won(shop: Shop) -> None:
    await shop.pixel({"milestone": "handed_off", "name": "Contact"}, PURCHASE)
    lead = await shop.qualified()
    deal = (await shop.done("POST", f"/leads/{lead}/handoff", {"reason": "qualified"}))["deal"]
    await shop.outcomes(lead, "handed_off", "accepted")
    await shop.done("POST", f"/deals/{deal}/undoing", {"reason": "mistake"})
    again = (await shop.done("POST", f"/leads/{lead}/handoff", {"reason": "qualified"}))["deal"]
    await shop.outcomes(lead, "handed_off", "accepted", "repeated")

    await shop.done("POST", f"/deals/{again}/won", {})
    await shop.outcomes(lead, "won", "no_value")
    first = await shop.conversion(lead, "skipped", milestone="won")
    await shop.done("POST", f"/deals/{again}/reopening")
    await shop.done("PUT", f"/deals/{again}/value", {"currency": "BRL", "minor": 5_000})
    await shop.done("POST", f"/conversions/{first['id']}/resend", {})
    await shop.outcomes(lead, "won", "undone")
    await shop.done("POST", f"/deals/{again}/won", {})
    await shop.outcomes(lead, "won", "undone", "accepted")
    await shop.done("POST", f"/deals/{again}/reopening")
    await shop.done("POST", f"/deals/{again}/won", {})
    await shop.done("POST", f"/conversions/{first['id']}/resend", {})
    await shop.outcomes(lead, "won", "repeated", "accepted", "repeated")
    assert list((await shop.counted()).values()) == [1, 1], "a handoff and a purchase"


async def test_a_lead_that_wrote_to_a_centurion_is_its_pixels_before_it_has_answered(shop: Shop) -> None:
    centurion = (await shop.done("POST", "/centurions", CENTURION))["centurion"]
    body = {"external_name": f"wa-{uuid4().hex[:8]}", "webhook_secret": HOOK_SECRET, "centurion": centurion}
    instance = (await shop.done("POST", "/instances", body))["instance"]
    await shop.pixel(LEAD)
    own = await shop.pixel(LEAD, dataset=str(uuid4().int)[:15], centurion=centurion)
    lead, _ = await shop.world.lead(shop.company, instance=instance)
    await shop.done("POST", f"/leads/{lead}/qualification", {})
    assert (await shop.conversion(lead, "accepted"))["pixel_id"] == own
    assert await shop.counted() == {}


async def test_what_must_not_be_sent_is_not_and_says_why(shop: Shop) -> None:
    nobody = await shop.conversion(await shop.qualified(), "skipped")
    assert (nobody["reason"], nobody["pixel_id"]) == ("no_pixel", None)
    await shop.pixel(LEAD, consent="required")
    lead = await shop.qualified()
    silent = await shop.conversion(lead, "skipped")
    assert silent["reason"] == "no_consent"
    why = (await shop.done("GET", f"/conversions/{silent['id']}"))["why"]
    assert (why["code"], why["pt"]) == ("no_consent", "A pessoa não concordou com a medição de anúncios.")
    await shop.done("PUT", f"/leads/{lead}/consents/ad_measurement", {"given": True, "how": "form"})
    await shop.done("POST", f"/conversions/{silent['id']}/resend", {})
    assert (await shop.conversion(lead, "accepted"))["id"] == silent["id"], "the same id after the fix"
    assert await shop.counted() == {silent["id"]: 1}


async def test_a_dead_token_holds_the_pixel_and_a_new_one_sends_all_of_it_once(shop: Shop) -> None:
    pixel = await shop.pixel(LEAD)
    await shop.meta.put("/_sim/tokens", json={"token": TOKEN, "alive": False, "subcode": 463})
    leads = [await shop.qualified() for _ in range(3)]
    for lead in leads:
        await shop.conversion(lead, "held")
    shown = await shop.done("GET", f"/pixels/{pixel}")
    assert (shown["held"], shown["held_code"]) == ("token_dead", "190/463")
    assert await shop.counted() == {}
    late = await shop.qualified()
    assert (await shop.conversion(late, "held"))["attempts"] == 0, "nothing is tried while the pixel is held"
    assert await shop.told_to_operators(pixel) == [("token_dead", 4)]
    await shop.done("PUT", f"/pixels/{pixel}/token", {"token": NEW_TOKEN})
    ids = {(await shop.conversion(lead, "accepted"))["id"] for lead in [*leads, late]}
    assert await shop.counted() == dict.fromkeys(ids, 1)
    assert await shop.told_to_operators(pixel) == []
    assert (await shop.done("GET", f"/pixels/{pixel}"))["held"] is None


async def test_a_pixel_without_a_token_holds_and_access_that_was_given_releases(shop: Shop) -> None:
    pixel = await shop.pixel(LEAD, token=None)
    assert refusal(await shop.call("POST", f"/pixels/{pixel}/release")) == (409, "token_missing")
    lead = await shop.qualified()
    await shop.conversion(lead, "held")
    await shop.meta.put("/_sim/datasets", json={"dataset": shop.dataset, "open": False})
    await shop.done("PUT", f"/pixels/{pixel}/token", {"token": TOKEN})

    async def not_permitted() -> bool:
        return bool((await shop.done("GET", f"/pixels/{pixel}"))["held"] == "not_permitted")

    await until("no access", not_permitted, 40)
    await shop.meta.put("/_sim/datasets", json={"dataset": shop.dataset, "open": True})
    await shop.done("POST", f"/pixels/{pixel}/release")
    accepted = await shop.conversion(lead, "accepted")
    assert await shop.counted() == {accepted["id"]: 1}


async def test_an_event_that_meta_refuses_is_explained_and_sent_again_after_a_fix(shop: Shop) -> None:
    await shop.pixel(LEAD)
    await shop.fault(kind="refuse", count=1, status=400, code=100, subcode=2804050)
    lead = await shop.qualified()
    refused = await shop.conversion(lead, "refused")
    assert (refused["cause"], refused["code"]) == ("user_too_broad", "100/2804050")
    detail = await shop.done("GET", f"/conversions/{refused['id']}")
    assert detail["why"]["es"].startswith("Meta no encuentra a nadie")
    await shop.done("POST", f"/conversions/{refused['id']}/resend", {})
    again = await shop.conversion(lead, "accepted")
    assert (again["attempts"], again["cause"]) == (2, None)
    assert await shop.counted() == {refused["id"]: 1}


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "throttle", "count": 1, "seconds": 1},
        {"kind": "refuse", "count": 1, "status": 500, "code": 2, "transient": True},
        {"kind": "cut_after_accept", "count": 1},
    ],
    ids=lambda fault: fault["kind"],
)
async def test_whatever_goes_wrong_once_it_counts_once(shop: Shop, fault: dict[str, Any]) -> None:
    await shop.pixel(LEAD)
    await shop.fault(**fault)
    accepted = await shop.conversion(await shop.qualified(), "accepted")
    assert await shop.counted() == {accepted["id"]: 1}


async def test_what_happened_before_the_pixel_is_told_by_a_backfill_once(shop: Shop) -> None:
    lead = await shop.qualified()
    missed = await shop.conversion(lead, "skipped")
    pixel = await shop.pixel(LEAD)
    since = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    dry = await shop.done("POST", f"/pixels/{pixel}/backfills", {"since": since})
    assert dry["dry_run"] is True
    assert dry["counts"] == [{"milestone": "qualified", "sent": 1, "left_out": {}}]
    assert (await shop.conversion(lead, "skipped"))["id"] == missed["id"], "a dry run asks nothing"
    real = await shop.done("POST", f"/pixels/{pixel}/backfills", {"since": since, "dry_run": False})
    assert (real["counts"], real["failed"], real["next"]) == (dry["counts"], 0, None)
    await shop.conversion(lead, "accepted")
    nothing = await shop.done("POST", f"/pixels/{pixel}/backfills", {"since": since, "dry_run": False})
    assert nothing["counts"] == []
    assert await shop.counted() == {missed["id"]: 1}
    week = (datetime.now(UTC) - timedelta(days=8)).isoformat()
    assert refusal(await shop.call("POST", f"/pixels/{pixel}/backfills", {"since": week})) == (422, "period_too_old")


async def test_a_test_event_shows_what_meta_says(shop: Shop) -> None:
    pixel = await shop.pixel(token=None)
    assert refusal(await shop.call("POST", f"/pixels/{pixel}/test", {"test_code": "TEST1"})) == (409, "token_missing")
    await shop.done("PUT", f"/pixels/{pixel}/token", {"token": TOKEN})
    assert refusal(await shop.call("POST", f"/pixels/{pixel}/test", {})) == (422, "test_code_missing")
    told = await shop.done("POST", f"/pixels/{pixel}/test", {"test_code": "TEST1"})
    assert told["accepted"]
    assert set(await shop.counted()) == {told["event_id"]}
    await shop.meta.put("/_sim/tokens", json={"token": TOKEN, "alive": False, "subcode": 463})
    told = await shop.done("POST", f"/pixels/{pixel}/test", {"test_code": "TEST1"})
    assert (told["accepted"], told["cause"]["code"]) == (False, "token_expired")


async def test_settings_are_refused_as_a_whole_and_a_token_is_shown_to_nobody(shop: Shop) -> None:
    pixel = await shop.pixel(LEAD)
    shown = (await shop.call("GET", f"/pixels/{pixel}")).text
    assert TOKEN not in shown
    assert refusal(await shop.call("POST", "/pixels", {"name": "B", "dataset": "999999"})) == (409, "place_taken")
    strange = {"name": "B", "dataset": "999999", "centurion": str(uuid4())}
    assert refusal(await shop.call("POST", "/pixels", strange)) == (404, "unknown_centurion")
    assert (await shop.call("POST", "/pixels", {"name": "B", "dataset": "x"})).status_code == 422
    await shop.done("DELETE", f"/pixels/{pixel}")
    assert await shop.world.vault.credentials.get(shop.company, "meta", pixel) is None
    assert refusal(await shop.call("PUT", f"/pixels/{pixel}/token", {"token": "x"})) == (409, "pixel_retired")
    viewer = await join(shop.world, shop.company, "viewer")
    assert (await shop.call("GET", "/pixels", by=viewer)).status_code == 403
