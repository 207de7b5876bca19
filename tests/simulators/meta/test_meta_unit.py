"""The Conversions API simulator as a plain HTTP client sees it."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from proof.ground.simulator import simulator

HASHED = "029c7290f14c4516673508635f0519db95f7daf42057fd0e4ad1de84c5408a66"  # pragma: allowlist secret
DAY = 86_400


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with simulator("simulators.meta", ready="/_sim/calls") as url:
        yield url


@pytest.fixture
def http(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, trust_env=False) as made:
        made.delete("/_sim/events")
        yield made


def event(**over: Any) -> dict[str, Any]:
    plain = {
        "event_name": "Lead",
        "event_time": int(time.time()),
        "event_id": "e-1",
        "action_source": "system_generated",
        "user_data": {"ph": [HASHED]},
    }
    return {**plain, **over}


def post(http: httpx.Client, *events: Any, dataset: str = "7", **body: Any) -> httpx.Response:
    return http.post(f"/v25.0/{dataset}/events", json={"data": list(events), "access_token": "t", **body})


def error(answer: httpx.Response) -> tuple[int, int, int | None]:
    found = answer.json()["error"]
    assert found["fbtrace_id"]
    return answer.status_code, found["code"], found.get("error_subcode")


def test_a_batch_is_taken_and_answered_as_documented(http: httpx.Client) -> None:
    answer = post(http, event(), json.dumps(event(event_id="e-2")), test_event_code="TEST1")
    assert answer.status_code == 200
    assert sorted(answer.json()) == ["events_received", "fbtrace_id", "messages"]
    assert answer.json()["events_received"] == 2
    rows = http.get("/_sim/events").json()
    assert [(row["event_id"], row["received"], row["accepted"], row["test_code"]) for row in rows] == [
        ("e-1", 1, 1, "TEST1"),
        ("e-2", 1, 1, "TEST1"),
    ]
    assert http.get("/_sim/events", params={"dataset": "8"}).json() == []


def test_the_same_name_and_id_counts_once_for_48_hours(http: httpx.Client) -> None:
    for _ in range(3):
        assert post(http, event()).json()["events_received"] == 1
    post(http, event(event_name="Purchase", custom_data={"value": 1, "currency": "BRL"}))
    post(http, event(), dataset="8")
    rows = http.get("/_sim/events", params={"dataset": "7"}).json()
    assert [(row["event_name"], row["received"], row["accepted"]) for row in rows] == [
        ("Lead", 3, 1),
        ("Purchase", 1, 1),
    ]
    http.put("/_sim/clock", json={"ahead_s": 48 * 3600 + 1})
    post(http, event())
    assert http.get("/_sim/events").json()[0]["accepted"] == 2
    calls = http.get("/_sim/calls").json()
    assert (calls["requests"], calls["duplicates"], calls["events_received"]) == (6, 2, 6)


def test_without_an_id_nothing_is_known_again(http: httpx.Client) -> None:
    for _ in range(2):
        post(http, {name: value for name, value in event().items() if name != "event_id"})
    assert http.get("/_sim/calls").json()["events_accepted"] == 2


CHAT = {
    "event_name": "LeadSubmitted",
    "action_source": "business_messaging",
    "messaging_channel": "whatsapp",
    "user_data": {"ctwa_clid": "c", "whatsapp_business_account_id": "1"},
}
WEB = {
    "action_source": "website",
    "event_source_url": "https://loja.example/",
    "user_data": {"ph": HASHED, "client_user_agent": "ua"},
}


@pytest.mark.parametrize(
    ("subcode", "wrong"),
    [
        (2804003, {"event_time": int(time.time()) - 7 * DAY - 10}),
        (2804003, {"event_time": int(time.time()) - 62 * DAY - 10, "action_source": "physical_store"}),
        (2804019, {"event_time": int(time.time() * 1000)}),
        (2804019, {"event_time": "1700000000"}),
        (2804019, {"event_name": ""}),
        (2804019, {"action_source": "shop"}),
        (2804019, {"user_data": None}),
        (2804050, {"user_data": {}}),
        (2804050, {"user_data": {"ct": [HASHED], "country": [HASHED]}}),
        (2804019, {"user_data": {"ph": ["5511987654321"]}}),
        (2804019, {**WEB, "event_source_url": None}),
        (2804019, {**WEB, "user_data": {"ph": [HASHED]}}),
        (2804019, {**CHAT, "messaging_channel": None}),
        (2804019, {**CHAT, "user_data": {"ctwa_clid": "c"}}),
        (2804066, {**CHAT, "event_name": "Lead"}),
        (2804019, {"event_name": "Purchase"}),
        (2804019, {"event_name": "Purchase", "custom_data": {"value": -1, "currency": "BRL"}}),
        (2804019, {"event_name": "Purchase", "custom_data": {"value": "1", "currency": "BRL"}}),
        (2804019, {"custom_data": {"currency": "REAL"}}),
    ],
)
def test_one_invalid_event_refuses_them_all(http: httpx.Client, subcode: int, wrong: dict[str, Any]) -> None:
    answer = post(http, event(event_id="good"), event(event_id="bad", **wrong))
    assert error(answer) == (400, 100, subcode)
    assert http.get("/_sim/events").json() == []
    assert post(http, event(event_id="good")).status_code == 200


def test_whom_meta_finds_nobody_by_nobody_can_know_before(http: httpx.Client) -> None:
    known, stranger = ({"user_data": {"ph": [HASHED], "external_id": [each]}} for each in ("known", "stranger"))
    assert post(http, event(**stranger)).status_code == 200
    http.put("/_sim/strangers", json={"external_ids": ["stranger"]})
    assert error(post(http, event(**known), event(**stranger))) == (400, 100, 2804050)
    assert post(http, event(**known)).status_code == 200


def test_good_ones_of_every_kind_are_taken(http: httpx.Client) -> None:
    in_shop = event(action_source="physical_store", event_time=int(time.time()) - 61 * DAY)
    yens = event(event_name="Purchase", custom_data={"value": 1990, "currency": "JPY"})
    assert post(http, event(**CHAT), event(**WEB), in_shop, yens).status_code == 200


@pytest.mark.parametrize("data", [[], "x", None, [1], ["{"], [{}] * 1001])
def test_what_is_no_batch(http: httpx.Client, data: Any) -> None:
    answer = http.post("/v25.0/7/events", json={"data": data, "access_token": "t"})
    assert error(answer) == (400, 100, None)


def test_tokens_die_and_come_back(http: httpx.Client) -> None:
    assert error(http.post("/v25.0/7/events", content=b"x")) == (401, 104, None)
    http.put("/_sim/tokens", json={"token": "t", "alive": False, "subcode": 463})
    assert error(post(http, event())) == (401, 190, 463)
    http.put("/_sim/tokens", json={"token": "t", "alive": True})
    assert post(http, event()).status_code == 200
    elsewhere = {"params": {"access_token": "t"}}, {"headers": {"authorization": "Bearer t"}}
    for where in elsewhere:
        assert http.post("/v25.0/7/events", json={"data": [event()]}, **where).status_code == 200  # type: ignore[arg-type]


def test_permission_is_of_a_dataset(http: httpx.Client) -> None:
    http.put("/_sim/datasets", json={"dataset": "7", "open": False})
    assert error(post(http, event())) == (400, 100, 33)
    assert post(http, event(), dataset="8").status_code == 200
    http.put("/_sim/datasets", json={"dataset": "7", "open": True})
    assert post(http, event()).status_code == 200
    assert error(post(http, event(), dataset="none")) == (400, 100, 33)


def test_a_server_with_a_token_and_a_secret_takes_nothing_else() -> None:
    env = {"LEGION_SIM_META_TOKEN": "t", "LEGION_SIM_META_APP_SECRET": "s"}
    with (
        simulator("simulators.meta", env=env, ready="/_sim/calls") as url,
        httpx.Client(base_url=url, trust_env=False) as http,
    ):
        proof = hmac.new(b"s", b"t", hashlib.sha256).hexdigest()
        assert error(post(http, event(), access_token="other")) == (401, 190, None)
        assert error(post(http, event())) == (400, 100, None)
        assert error(post(http, event(), appsecret_proof="0")) == (400, 100, None)
        assert post(http, event(), appsecret_proof=proof).status_code == 200


def test_faults_are_listed_counted_down_and_cleared(http: httpx.Client) -> None:
    for wrong in ({"kind": "gremlin"}, {}, {"kind": "refuse", "count": "many"}):
        assert http.post("/_faults", json=wrong).status_code == 400
    http.post("/_faults", json={"kind": "refuse", "code": 2, "status": 503, "count": 2})
    http.post("/_faults", json={"kind": "slow", "seconds": 0})
    assert [post(http, event()).status_code for _ in range(3)] == [503, 503, 200]
    assert [fault["kind"] for fault in http.get("/_faults").json()] == ["slow"], "no count: until cleared"
    http.delete("/_faults")
    assert http.get("/_faults").json() == []


def test_a_throttle_says_how_long(http: httpx.Client) -> None:
    http.post("/_faults", json={"kind": "throttle", "count": 1, "seconds": 7})
    http.post("/_faults", json={"kind": "throttle", "count": 1, "code": 80004, "status": 400, "minutes": 3})
    first, second = post(http, event()), post(http, event())
    assert (error(first), first.headers["retry-after"]) == ((403, 4, None), "7")
    assert error(second) == (400, 80004, None)
    usage = json.loads(second.headers["x-business-use-case-usage"])
    assert usage["1"][0]["estimated_time_to_regain_access"] == 3


@pytest.mark.parametrize(
    ("kind", "taken"),
    [
        ("never_accepts", 0),
        ("timeout_after_accept", 1),
        ("error_after_accept", 1),
        ("garbage_after_accept", 1),
        ("cut_after_accept", 1),
    ],
)
def test_whether_an_event_is_taken_is_the_faults_affair(http: httpx.Client, kind: str, taken: int) -> None:
    http.post("/_faults", json={"kind": kind, "count": 1})
    try:
        assert (
            "events_received"
            not in http.post("/v25.0/7/events", json={"data": [event()], "access_token": "t"}, timeout=0.4).text
        )
    except httpx.TransportError:
        assert kind not in {"error_after_accept", "garbage_after_accept"}
    assert http.get("/_sim/calls").json()["events_accepted"] == taken
