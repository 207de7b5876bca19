from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from domain.kernel.items import Item, Media
from gateways.explain import PROVIDERS, explain, explain_batch, item_json, rfc3339
from tests.gateways.evolution.bodies import upsert

CORPUS = Path(__file__).parents[2].parent / "shared/corpus"
BODY = orjson.dumps(upsert({"conversation": "oi"}))
ITEM_KEYS = (
    "kind provider_id conversation group from_me sender_aliases timestamp text media quoted_id reaction referral "
    "target_id status error data raw_kind"
).split()


def line(**over: Any) -> bytes:
    return orjson.dumps({"id": "1", "provider": "evolution", "body": base64.b64encode(BODY).decode(), **over})


def test_the_object_has_the_contracts_keys_in_its_order() -> None:
    answer = explain(BODY, "evolution")
    assert list(answer) == ["provider", "verified", "why", "items"]
    assert list(answer["items"][0]) == ITEM_KEYS
    assert answer["verified"] is None
    assert answer["items"][0]["timestamp"] == "2026-09-21T14:13:20Z"
    assert answer["items"][0]["sender_aliases"] == [{"scheme": "phone", "value": "+5527996001122"}]


def test_absent_knowledge_is_null_and_absent_lists_are_empty() -> None:
    item = item_json(Item(kind="other"))
    assert item["sender_aliases"] == []
    assert item["group"] is False
    assert item["from_me"] is False
    rest = set(ITEM_KEYS) - {"kind", "group", "from_me", "sender_aliases"}
    assert all(item[name] is None for name in rest)


def test_media_is_an_object_and_several_are_a_list() -> None:
    one, two = Media("image", url="u"), Media("image")
    shown = item_json(Item(kind="image", media=(one,)))["media"]
    assert list(shown) == "kind mime url id base64 filename size seconds voice".split()
    assert isinstance(item_json(Item(kind="image", media=(one, two)))["media"], list)


def test_times_are_as_fine_as_the_provider_was() -> None:
    assert rfc3339(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02T03:04:05Z"
    assert rfc3339(datetime(2026, 1, 2, 3, 4, 5, 250_000, tzinfo=UTC)) == "2026-01-02T03:04:05.250000Z"


def test_the_secret_is_checked_against_the_headers() -> None:
    assert explain(BODY, "evolution", {"X-Webhook-Secret": "s"}, "s")["verified"] is True
    assert explain(BODY, "evolution", {"X-Webhook-Secret": "t"}, "s")["verified"] is False
    assert explain(BODY, "evolution", {"X-Webhook-Secret": "t"})["verified"] is None


def test_an_unknown_provider_gives_no_items_and_says_so() -> None:
    assert explain(BODY, "pombo") == {"provider": "pombo", "verified": None, "why": "unknown provider", "items": []}


def test_a_batch_answers_every_line_and_dies_on_none() -> None:
    lines: list[bytes | str] = [
        line(),
        b"",
        b"not json",
        b"[1]",
        line(id="2", provider=None),
        line(id="3", body="***"),
        line(id="4", body=5),
        line(id="5", headers={"x-webhook-secret": ["s"], "n": None}, secret="s"),
        line(id="6", headers="odd", secret=["odd"]),
        line(id="7").decode(),
        b"[" * 100_000,
        "\ud800",
    ]
    answers = list(explain_batch(lines))
    assert [answer["id"] for answer in answers] == ["1", None, None, "2", "3", "4", "5", "6", "7", None, None]
    assert [len(answer["items"]) for answer in answers] == [1, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0]
    assert all(answer["why"] for answer in answers if not answer["items"])
    assert answers[6]["verified"] is True
    orjson.dumps(answers)


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_every_recorded_webhook_is_understood(provider: str) -> None:
    files = [
        path
        for path in sorted((CORPUS / provider).glob("*.json"))
        if not path.name.startswith(("req_", "res_", "vec_"))
    ]
    if not files:
        pytest.skip("the shared corpus is not here")
    for path in files:
        answer = explain(path.read_bytes(), provider)
        assert answer["items"], path.name
        assert all(item["kind"] not in ("other", "unsupported") for item in answer["items"]), path.name
