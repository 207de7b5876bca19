"""What an answer of Meta's means: decided by codes, never by words or types."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest

from gateways.meta import causes
from gateways.meta.causes import SUBCODES, TOKEN_SUBCODES, Cause
from gateways.meta.errors import (
    MetaFailing,
    MetaNotPermitted,
    MetaPayloadRefused,
    MetaRefused,
    MetaRequestRefused,
    MetaThrottled,
    MetaTokenDead,
    failure,
    waiting_s,
)
from tests.gateways.meta.corpus import corpus


def answer(error: Any, status: int = 400, **headers: str) -> httpx.Response:
    return httpx.Response(status, content=orjson.dumps({"error": error}), headers=headers)


@pytest.mark.parametrize(
    ("error", "status", "expected"),
    [
        ({"code": 100, "error_subcode": 2804003}, 400, MetaPayloadRefused),
        ({"code": 100, "error_subcode": 2804999}, 400, MetaPayloadRefused),
        ({"code": 100, "type": "OAuthException"}, 400, MetaPayloadRefused),
        ({"code": "100", "error_subcode": "2804050"}, 400, MetaPayloadRefused),
        ({"code": 190, "error_subcode": 463}, 401, MetaTokenDead),
        ({"code": 190}, 400, MetaTokenDead),
        ({"code": 190}, 500, MetaTokenDead),
        (None, 401, MetaTokenDead),
        ({"code": 100, "error_subcode": 33, "type": "GraphMethodException"}, 400, MetaNotPermitted),
        ({"code": 100, "error_subcode": 33}, 400, MetaNotPermitted),
        ({"code": 100, "type": "GraphMethodException"}, 400, MetaNotPermitted),  # appsecret_proof
        ({"code": 10}, 403, MetaNotPermitted),
        ({"code": 200}, 403, MetaNotPermitted),
        (None, 403, MetaNotPermitted),
        *[({"code": code, "type": "OAuthException"}, 400, MetaThrottled) for code in (4, 17, 32, 613, 80004)],
        (None, 429, MetaThrottled),
        ({"code": 1}, 500, MetaFailing),
        ({"code": 2}, 400, MetaFailing),
        ({"code": 100, "error_subcode": 2804003, "is_transient": True}, 400, MetaFailing),
        ({"code": 100, "error_subcode": 2804003}, 503, MetaFailing),
        ("oops", 502, MetaFailing),
        ({"code": 803}, 404, MetaRequestRefused),
        (None, 404, MetaRequestRefused),
        (None, 302, MetaRequestRefused),
    ],
)
def test_each_answer_has_its_class(error: Any, status: int, expected: type[Exception]) -> None:
    assert type(failure(answer(error, status))) is expected


def test_an_answer_that_is_no_json_is_judged_by_its_status() -> None:
    assert type(failure(httpx.Response(502, content=b"<html>"))) is MetaFailing
    assert type(failure(httpx.Response(400, content=b"[]"))) is MetaRequestRefused


@pytest.mark.parametrize(
    ("name", "status", "expected", "cause"),
    [
        ("res_error_100_2804003_payload", 400, MetaPayloadRefused, "event_too_old"),
        ("res_error_100_2804050_insufficient_user_data_danish", 400, MetaPayloadRefused, "user_too_broad"),
        ("res_error_100_33_missing_permission", 400, MetaNotPermitted, "no_permission"),
        ("res_error_190_463_token_expired", 400, MetaTokenDead, "token_expired"),
        ("res_error_4_throttle", 403, MetaThrottled, "throttled"),
    ],
)
def test_recorded_errors(name: str, status: int, expected: type[Exception], cause: str) -> None:
    recorded = corpus(name)
    found = failure(httpx.Response(status, content=orjson.dumps(recorded)))
    assert type(found) is expected
    assert found.cause.code == cause
    assert found.said.trace == recorded["error"]["fbtrace_id"]


def test_what_is_logged_is_codes_and_trace_only() -> None:
    error = {
        "code": 100,
        "error_subcode": 2804050,
        "message": "Invalid parameter: ana@exemplo.com",
        "error_user_msg": "ana@exemplo.com er ugyldig",
        "fbtrace_id": "A1",
    }
    found = failure(answer(error))
    assert isinstance(found, MetaRefused)
    assert str(found) == "meta_payload_refused: HTTP 400, 100/2804050, trace A1"
    assert "ana@" in found.body
    assert "ana@" not in repr(found.said)


@pytest.mark.parametrize("language", ["Hændelsen er for gammel", "Timestamp do evento muito antigo", ""])
def test_the_cause_does_not_depend_on_the_language(language: str) -> None:
    error = {"code": 100, "error_subcode": 2804003, "error_user_title": language, "error_user_msg": language}
    assert failure(answer(error)).cause is SUBCODES[2804003]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "30"}, 30.0),
        ({"x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access":19}]}'}, 1140.0),
        (
            {
                "x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access":2},{}],'
                '"2":[{"estimated_time_to_regain_access":5}]}'
            },
            300.0,
        ),
        ({"x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access":0}]}'}, None),
        ({"retry-after": "7", "x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access":19}]}'}, 7.0),
        ({"x-business-use-case-usage": "oops"}, None),
        ({"x-business-use-case-usage": '["a", 1]'}, None),
        ({"x-business-use-case-usage": '{"1": null, "2": "x", "3": [7]}'}, None),
    ],
)
def test_how_long_a_throttle_lasts(headers: dict[str, str], seconds: float | None) -> None:
    assert waiting_s(httpx.Headers(headers)) == seconds


def test_every_cause_says_what_and_what_to_do_under_a_code_of_its_own() -> None:
    all_of_them = [
        *SUBCODES.values(),
        *TOKEN_SUBCODES.values(),
        *(value for value in vars(causes).values() if isinstance(value, Cause)),
    ]
    assert all(cause.what.endswith(".") and cause.do.endswith(".") for cause in all_of_them)
    assert all(cause.code.isascii() and cause.code.replace("_", "").islower() for cause in all_of_them)
    by_code = {cause.code for cause in all_of_them}
    assert len(by_code) == len(all_of_them) - 1, "token_invalid is said by 190 and 190/467"
