"""Whatever bytes arrive: no exception, valid kinds, an answer that can be written as JSON."""

from __future__ import annotations

import copy
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.kernel.items import KINDS, RECEIPT_STATUSES
from gateways.evolution.normalise import HANDLERS
from gateways.evolution.readers import READERS
from gateways.explain import explain
from tests.gateways.evolution.bodies import GROUP, LEAD, LEAD_LID, TIME, envelope, key, upsert

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([LEAD, LEAD_LID, GROUP, "READ", "DELETED", "\x00", "²", "9" * 25, TIME, "data:,"])
)
FIELDS = (
    "key update message status data event remoteJid id fromMe participant contextInfo editedMessage type state "
    "messageTimestamp pollUpdates receipt reaction presences participants messages keys qrcode contacts base64"
).split() + sorted(READERS)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=25,
)
QUICK = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])

SEEDS: list[Any] = [
    upsert({"conversation": "oi"}, contextInfo={"stanzaId": "Q", "externalAdReply": {"ctwaClid": "c"}}),
    upsert(
        {"ephemeralMessage": {"message": {"imageMessage": {"fileLength": {"low": 1, "high": 0}}}}, "base64": "/9j/"}
    ),
    upsert({"protocolMessage": {"key": {"id": "O"}, "type": 14, "editedMessage": {"conversation": "n"}}}),
    envelope("messages.update", [{"key": key(), "update": {"status": 3}}]),
    envelope("messages.update", {"keyId": "K", "remoteJid": LEAD, "fromMe": True, "status": "READ"}),
    envelope("presence.update", {"id": LEAD, "presences": {LEAD: {"lastKnownPresence": "composing"}}}),
    envelope("connection.update", {"state": "close", "statusReason": 401}),
    [{"key": key(), "update": {"status": 3}}],
]


def check(body: bytes) -> None:
    answer = explain(body, "evolution")
    written = orjson.dumps(answer)
    assert b"\\u0000" not in written
    assert answer["items"] or answer["why"]
    for item in answer["items"]:
        assert item["kind"] in KINDS
        assert item["kind"] != "receipt" or item["status"] in (*RECEIPT_STATUSES, None)
        assert all(alias["value"] for alias in item["sender_aliases"])


@QUICK
@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    check(body)


@QUICK
@given(JSON)
def test_any_json(tree: Any) -> None:
    check(orjson.dumps(tree, option=orjson.OPT_NON_STR_KEYS))


@QUICK
@given(st.sampled_from(sorted(HANDLERS)), JSON)
def test_any_data_under_any_event(event: str, data: Any) -> None:
    check(orjson.dumps(envelope(event, data)))


@QUICK
@given(st.sampled_from(SEEDS), st.data())
def test_mutated_bodies(seed: Any, data: st.DataObject) -> None:
    tree = copy.deepcopy(seed)
    for _ in range(data.draw(st.integers(1, 4))):
        node: Any = tree
        parent: Any = None
        at: Any = None
        while isinstance(node, (dict, list)) and node and data.draw(st.booleans()) | (parent is None):
            parent, at = node, data.draw(st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
            node = parent[at]
        if parent is not None:
            parent[at] = data.draw(JSON)
    body = orjson.dumps(tree)
    check(body)
    check(body[: data.draw(st.integers(0, len(body)))])
