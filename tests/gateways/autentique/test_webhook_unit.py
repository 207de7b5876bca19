from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.autentique.webhook import OLDEST, TYPES, Hint, Unread, expired, normalise, read
from tests.gateways.autentique.bodies import AT, CORPUS, DOCUMENT, SIGNATURE, document, flat, nested, signature

NOW = datetime.fromisoformat(AT)


def hint(tree: Any) -> Hint:
    found = normalise(orjson.dumps(tree))
    assert isinstance(found, Hint), found
    return found


def test_both_shapes_say_the_same() -> None:
    one = hint(flat("document.updated", document(), previous_attributes={"name": "old", "message": None}))
    other = hint(nested("document.updated", document(sandbox=1), {"name": "old", "message": None}))
    assert one == other
    assert one == Hint(
        event_id="e-1",
        type="document.updated",
        known=True,
        organization="7",
        document_id=DOCUMENT,
        signature_id=None,
        created_at=NOW,
        happened_at=NOW,
        sandbox=True,
        reason=None,
        changed=("message", "name"),
        reference="ref-00000001",
    )


def test_an_empty_list_of_previous_attributes_is_none() -> None:
    assert hint(flat("document.created", document())).changed == ()
    assert hint(nested("document.created", document(), [])).changed == ()


@pytest.mark.parametrize("kind", sorted(kind for kind in TYPES if kind.startswith("signature.")))
def test_events_of_signatures_name_document_and_signer(kind: str) -> None:
    for tree in (flat(kind, signature()), nested(kind, signature(document={"id": DOCUMENT}), [])):
        found = hint(tree)
        assert (found.known, found.document_id, found.signature_id) == (True, DOCUMENT, SIGNATURE)
        assert found.sandbox is None


def test_there_are_seventeen_types() -> None:
    assert len(TYPES) == 17


@pytest.mark.parametrize(
    ("kind", "field"),
    [("signature.accepted", "signed"), ("signature.rejected", "rejected"), ("signature.viewed", "viewed")],
)
def test_what_happened_has_its_own_time(kind: str, field: str) -> None:
    at = "2026-08-03T13:00:00.000000Z"
    assert hint(flat(kind, signature(**{field: at}))).happened_at == datetime.fromisoformat(at)
    assert hint(flat(kind, signature(**{field: {"created_at": at}}))).happened_at == datetime.fromisoformat(at)
    assert hint(flat(kind, signature(**{field: None}))).happened_at == NOW


@pytest.mark.parametrize(
    "resource",
    [
        signature(reason="preço"),
        signature(rejected={"reason": "preço"}),
        signature(events=[{"type": "viewed", "reason": "x"}, {"type": "rejected", "reason": "preço"}]),
    ],
)
def test_a_rejection_has_its_reason_which_is_not_shown(resource: dict[str, Any]) -> None:
    found = hint(flat("signature.rejected", resource))
    assert found.reason == "preço"
    assert "preço" not in repr(found)
    assert hint(flat("signature.accepted", resource)).reason is None


def test_a_failed_delivery_has_its_reason() -> None:
    assert hint(flat("signature.delivery_failed", signature(mail={"reason": "no mailbox"}))).reason == "no mailbox"


def test_members_belong_to_no_document() -> None:
    found = hint(flat("member.created", {"object": "member", "id": 3}))
    assert (found.document_id, found.signature_id, found.known) == (None, None, True)


def test_a_type_of_tomorrow_is_kept() -> None:
    found = hint(flat("document.archived", document()))
    assert (found.type, found.known, found.document_id) == ("document.archived", False, DOCUMENT)


def test_old_events_are_refused_and_those_without_a_time_are_not() -> None:
    body = orjson.dumps(flat("document.finished", document()))
    assert isinstance(read(body, NOW + OLDEST), Hint)
    late = read(body, NOW + OLDEST + timedelta(microseconds=1))
    assert isinstance(late, Unread)
    assert late.code == "event_expired"
    timeless = hint(flat("document.finished", document(), created_at=None))
    assert timeless.happened_at is None
    assert not expired(timeless, datetime(2100, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"partes%5B0%5D%5Bassinado%5D%5Bcreated%5D=2020-01-01&documento%5Buuid%5D=abc", "legacy_form"),
        (b"uuid=abc&nome=Contrato", "legacy_form"),
        (b"", "not_json"),
        (b"<xml/>", "not_json"),
        (b"[]", "not_an_event"),
        (b"{}", "not_an_event"),
        (b'{"event": []}', "not_an_event"),
        (b'{"event": {"type": "document.created"}}', "not_an_event"),
        (b'{"event": {"id": "e"}}', "not_an_event"),
    ],
)
def test_what_is_no_event_says_so(body: bytes, code: str) -> None:
    found = normalise(body)
    assert isinstance(found, Unread)
    assert found.code == code
    assert found.why


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=8) | st.just(AT),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "event id type data object organization document public_id created_at reason rejected signed viewed "
                "events mail sandbox previous_attributes".split()
            )
            | st.text(max_size=3),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_exception(body: bytes) -> None:
    assert isinstance(read(body, NOW), Hint | Unread)


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_any_json_is_read_without_an_exception(tree: Any) -> None:
    assert isinstance(read(orjson.dumps(tree), NOW), Hint | Unread)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(TYPES)), JSON, JSON, JSON)
def test_any_event_of_any_resource_is_a_hint(kind: str, data: Any, organization: Any, created_at: Any) -> None:
    event = {"id": "e", "type": kind, "data": data, "organization": organization, "created_at": created_at}
    found = normalise(orjson.dumps({"event": event}))
    assert isinstance(found, Hint)
    assert all(value is None or isinstance(value, str) for value in (found.document_id, found.signature_id))
    assert found.happened_at is None or found.happened_at.tzinfo is not None


@pytest.mark.skipif(not CORPUS.exists(), reason="the payloads are not part of the repository")
def test_collected_webhooks_are_understood() -> None:
    body = (CORPUS / "document_updated_data_object_shape.json").read_bytes()
    data = orjson.loads(body)["event"]["data"]
    updated = normalise(body)
    assert isinstance(updated, Hint)
    assert (updated.type, updated.known, updated.organization) == ("document.updated", True, "1")
    assert (updated.document_id, updated.sandbox) == (data["object"]["id"], False)
    assert updated.changed == tuple(sorted(data["previous_attributes"]))
    body = (CORPUS / "signature_rejected_flat.json").read_bytes()
    event = orjson.loads(body)["event"]
    rejected = normalise(body)
    assert isinstance(rejected, Hint)
    assert rejected.organization == str(event["organization"]["id"])
    assert (rejected.document_id, rejected.signature_id) == (event["data"]["document"], event["data"]["id"])
