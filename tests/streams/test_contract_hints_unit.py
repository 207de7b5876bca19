"""Whatever webhooks say, in whichever order and however often: each signer has signed once, when the document says so.

A document with hands that sign; bodies in both shapes, repeated and permuted, with some that lie; somebody who looks
when the log says so, with what they saw a while ago. The control believes bodies: it tells of signatures that are none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.contract import commands as k
from domain.contract import events as e
from domain.contract.parts import ContractState, SignerSeen
from domain.effect.kinds import EffectKind
from domain.kernel.errors import Refused
from gateways.autentique.webhook import Hint, Unread, normalise, read
from tests.domain.sales import DEAL
from tests.domain.signing import (
    DOCUMENT,
    FILE,
    NAMES,
    SEND,
    TALKED,
    attempt,
    check_rows,
    contract,
    draft,
    sent,
    signer,
)
from tests.domain.spec import START, World
from tests.gateways.autentique.bodies import CORPUS, flat, nested

NAMED: Final = ("client", "us", "witness")
KINDS: Final = ("signature.viewed", "signature.accepted", "document.updated", "document.finished", "document.created")


@dataclass
class Document:
    """At the provider. Its hands only ever add."""

    viewed: dict[str, datetime] = field(default_factory=dict)
    signed: dict[str, datetime] = field(default_factory=dict)
    at: datetime = START

    def act(self, name: str, sign: bool) -> None:
        self.at += timedelta(seconds=1)
        self.viewed.setdefault(name, self.at)
        if sign:
            self.signed.setdefault(name, self.at)

    def says(self) -> tuple[SignerSeen, ...]:
        return tuple(
            SignerSeen(
                signer=name,
                viewed_at=self.viewed.get(name),
                signed_at=self.signed.get(name),
                refused_at=None,
                reason=None,
            )
            for name in NAMED
        )


def body(number: int, kind: str, nests: bool) -> bytes:
    """A webhook about the document: what it says beyond that it is there counts for nothing."""
    resource: dict[str, Any] = {
        "id": DOCUMENT,
        "document": DOCUMENT,
        "public_id": "p",
        "signed": "2026-08-03T13:00:00Z",
    }
    name = f"event-{number}"
    tree = nested(kind, resource, [], id=name) if nests else flat(kind, resource, id=name)
    return orjson.dumps(tree)


def tell(world: World, raw: bytes) -> None:
    hint = normalise(raw)
    assert isinstance(hint, Hint)
    assert hint.document_id is not None
    ask(world, k.HintContract(**NAMES, document=hint.document_id, hint=hint.event_id, kind=hint.type))


def look(world: World, says: tuple[SignerSeen, ...], check: str) -> None:
    file = FILE if all(each.signed_at for each in says) else None
    ask(
        world,
        k.RecordContractState(
            **NAMES, deal=DEAL, check=check, signers=says, passed=False, gone=False, file=file, after=None
        ),
    )


def ask(world: World, command: Any) -> None:
    code = None
    try:
        world.ask(command)
    except Refused as refused:
        code = refused.code
    assert code in {None, "contract_over", "stale_check"}
    check_rows(world)


def out() -> World:
    world = World()
    for step in (*TALKED, draft(signers=tuple(map(signer, NAMED))), SEND, attempt(), sent()):
        world.take(step)
    return world


STEPS: Final = st.lists(
    st.one_of(
        st.tuples(st.just("act"), st.sampled_from(NAMED), st.booleans()),
        st.tuples(st.just("tell"), st.integers(0, 9), st.integers(1, 5)),
        st.tuples(st.just("see"), st.just(0), st.just(0)),
        st.tuples(st.just("look"), st.just(0), st.just(0)),
    ),
    max_size=40,
)


@given(steps=STEPS, shapes=st.lists(st.booleans(), min_size=10, max_size=10), data=st.data())
@settings(max_examples=150, deadline=None)
def test_each_signs_once_and_only_what_the_document_says(steps: Any, shapes: list[bool], data: st.DataObject) -> None:
    world, document = out(), Document()
    seen: list[tuple[tuple[SignerSeen, ...], str]] = []
    for what, first, second in steps:
        if what == "act":
            document.act(first, second)
        elif what == "tell":
            for _ in range(second):
                tell(world, body(first, KINDS[first % len(KINDS)], shapes[first]))
        elif what == "see" and (check := contract(world).check) is not None:
            seen.append((document.says(), check))
        elif what == "look" and seen:
            look(world, *data.draw(st.sampled_from(seen)))
    for name in NAMED:
        document.act(name, sign=True)
    for number in data.draw(st.permutations(range(10))):
        tell(world, body(number, KINDS[number % len(KINDS)], shapes[number]))
    for row in world.rows.of(EffectKind.CHECK_CONTRACT):
        look(world, document.says(), row.version)
    assert contract(world).state is ContractState.COMPLETED
    told = Counter((type(each), each.signer) for each in world.events if isinstance(each, e.ContractSignerSigned))
    assert told == {(e.ContractSignerSigned, name): 1 for name in NAMED}
    assert sum(isinstance(each, e.ContractSigned) for each in world.events) == 1
    assert not [row for kind in EffectKind if "contract" in kind for row in world.rows.of(kind)]


def test_control_who_believes_a_body_tells_of_signatures_that_are_none() -> None:
    """The body says signed; the document does not."""
    world, document = out(), Document()
    raw = body(1, "signature.accepted", nests=False)
    tell(world, raw)
    look(world, document.says(), contract(world).check or "")
    assert not [each for each in world.events if isinstance(each, e.ContractSignerSigned)]
    hint = normalise(raw)
    assert isinstance(hint, Hint)
    believed = tuple(SignerSeen(signer=name, viewed_at=None, signed_at=hint.happened_at, refused_at=None, reason=None)
                     for name in NAMED[:1])  # fmt: skip
    look(world, believed, contract(world).check or "")
    assert [each for each in world.events if isinstance(each, e.ContractSignerSigned)]


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of real payloads is not here")
def test_every_webhook_of_the_corpus_is_a_hint_of_a_document() -> None:
    hooks = [path for path in sorted(CORPUS.glob("*.json")) if b'"event"' in path.read_bytes()]
    assert hooks
    for path in hooks:
        raw = path.read_bytes()
        trees = orjson.loads(raw)
        for tree in trees if isinstance(trees, list) else [trees]:
            hint = normalise(orjson.dumps(tree))
            assert isinstance(hint, Hint), path.name
            assert hint.known, path.name
            assert hint.document_id is not None, path.name
            late = datetime.fromisoformat("2040-01-01T00:00:00Z")
            assert isinstance(read(orjson.dumps(tree), late), Unread if hint.created_at else Hint), path.name
