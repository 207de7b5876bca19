"""A history in memory, signed, and what a proof of it is made from."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.access.matrix import Role
from domain.kernel.ids import HOLDING, HOLDING_TENANT
from eventlog.book import Book
from eventlog.checkpoint import Place, Signed
from eventlog.merkle import Tree
from eventlog.model import Commit
from eventlog.proof import Collected, Proven, proof_file
from eventlog.signer import Signer
from proof.ground.histories import CLUSTER, COMPANY, TOPIC, Log, Story, set_up
from tests.domain import staff
from tests.domain.spec import given

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = KEY.public_key().public_bytes_raw()
PLACE = Place(CLUSTER, TOPIC, 0, 3)
WORDS = "Quero contratar o plano 😀"


def told() -> tuple[Log, Story]:
    """Two leads, one reply, one refusal."""
    log = Log(3)
    set_up(log)
    story, other = Story(log), Story(log, "bia")
    for each in (story, other):
        each.arrives()
        each.writes(WORDS)
        each.turn_closes()
        each.replies()
    log.refuse(COMPANY, story.journey)
    story.writes("E agora?")
    return log, story


def people_told() -> Log:
    """Bia becomes a member of a company, and has another name then."""
    log = Log(3)
    world = given(staff.COMPANY, *staff.member()).world
    world.actor = staff.acting(Role.SDR, staff.BIA)
    world.take(staff.RENAME)
    log.commit(HOLDING_TENANT, HOLDING, *world.events)
    return log


def collected(log: Log, journey: str | None = None) -> Collected:
    """All commits, or those of one journey."""
    signer, trees, proven = Signer(KEY, PLACE), {number: Tree() for number in range(3)}, []
    for commit in log.commits:
        signer.take(commit.partition, [commit])
        if journey in {None, commit.journey}:
            proven.append(Proven(trees[commit.partition].size, commit))
        trees[commit.partition].append(commit.leaf)
    signed = Signed.read(signer.sign(datetime(2026, 11, 25, tzinfo=UTC)))
    proven.sort(key=lambda one: (one.commit.partition, one.index))
    return Collected(signed, trees, proven)


def keys_of(commits: list[Commit], log: Log) -> dict[tuple[str, str], bytes]:
    """As the vault has them."""
    return {
        (COMPANY, commit.journey): log.keys.of(COMPANY, commit.journey)
        for commit in commits
        if commit.journey.startswith("lead/")
    }


def people_proof() -> dict[str, Any]:
    """Of the holding, with Bia's key."""
    log = people_told()
    pair = (HOLDING_TENANT, staff.subject(staff.BIA))
    made = proof_file(HOLDING, collected(log, HOLDING), Book.load(), {pair: log.keys.of(*pair)})
    read: dict[str, Any] = json.loads(json.dumps(made))
    return read


def proof(*, reveal: bool = False) -> dict[str, Any]:
    """Of one lead, as it stands in the file."""
    log, story = told()
    keys = keys_of([c for c in log.commits if c.journey == story.journey], log) if reveal else {}
    made = proof_file(story.journey, collected(log, story.journey), Book.load(), keys)
    read: dict[str, Any] = json.loads(json.dumps(made))
    return read
