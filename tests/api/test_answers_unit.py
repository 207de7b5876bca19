"""What the edges say: problems by RFC 9457, ids by idempotency key, refusals as the errors they are."""

from __future__ import annotations

import orjson
import pytest

from api.auth import Caller
from api.ingress.answers import ANSWERS
from api.problems import TYPE_BASE, problem_bytes
from api.submit import Written, answer, command_id, refusal
from domain.kernel.actor import BOOTSTRAP
from domain.kernel.errors import Forbidden, InvalidInput, NotFound, Refused
from domain.kernel.ids import HOLDING_TENANT
from projections.read.outcomes import Outcome, OutcomeEvent

CALLER = Caller(BOOTSTRAP, "bootstrap", HOLDING_TENANT, "token")


def outcome(code: str | None = None) -> Outcome:
    events = () if code else (OutcomeEvent("e1", "CompanyCreated", "company-1", 1),)
    return Outcome(accepted=code is None, code=code, detail=None, partition=2, offset=7, events=events, actor=BOOTSTRAP)


@pytest.mark.parametrize("status", [status for status in ANSWERS if status != 200])
def test_every_error_of_the_ingress_is_a_problem(status: int) -> None:
    stated, headers, body = ANSWERS[status]
    assert dict(headers)[b"content-type"] == b"application/problem+json"
    assert dict(headers)[b"content-length"] == str(len(body)).encode()
    problem = orjson.loads(body)
    assert problem["status"] == stated == status
    assert problem["type"] == TYPE_BASE + problem["code"]


def test_a_problem_has_the_members_of_the_rfc_and_more_where_asked() -> None:
    made = orjson.loads(problem_bytes(409, "slug_taken", "x", path="/v1/companies", errors=[]))
    assert made == {
        "type": f"{TYPE_BASE}slug_taken",
        "title": "slug taken",
        "status": 409,
        "detail": "x",
        "code": "slug_taken",
        "instance": "/v1/companies",
        "errors": [],
    }


def test_the_same_key_on_the_same_route_is_the_same_command() -> None:
    one = command_id(CALLER, "companies", "k")
    assert one == command_id(CALLER, "companies", "k")
    others = [
        command_id(CALLER, "companies", "k2"),
        command_id(CALLER, "centurions", "k"),
        command_id(Caller(BOOTSTRAP, "somebody", HOLDING_TENANT, "token"), "companies", "k"),
        command_id(CALLER, "companies", None),
        command_id(CALLER, "companies", None),
    ]
    assert len({one, *others}) == 6


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_out_of_bounds_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput):
        command_id(CALLER, "companies", key)


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [("forbidden", Forbidden, 403), ("unknown_lead", NotFound, 404), ("slug_taken", Refused, 409)],
)
def test_a_recorded_refusal_is_the_error_that_its_code_means(code: str, kind: type, status: int) -> None:
    error = refusal(outcome(code))
    assert (type(error), error.code, error.status) == (kind, code, status)


def test_an_outcome_is_200_with_its_position_and_none_is_202_with_a_place_to_ask() -> None:
    done = answer(Written, "holding", "id", outcome())
    assert (done.status_code, done.headers["x-legion-position"]) == (200, "2:7")
    assert orjson.loads(done.body) == {"command_id": "id", "status": "accepted", "events": ["e1"]}
    pending = answer(Written, "holding", "id", None)
    assert (pending.status_code, pending.headers["location"]) == (202, "/v1/commands/id?journey=holding")
    assert orjson.loads(pending.body)["status_url"] == pending.headers["location"]
