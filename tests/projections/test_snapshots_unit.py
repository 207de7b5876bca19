"""Snapshots: bytes of a life, and nothing else can come out of them."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace
from typing import Any

import pytest

import domain.events  # noqa: F401 - completes the registry
from domain.kernel.event import EVENTS
from eventlog.examples import example_event
from eventlog.model import Position
from projections.travel import snapshots
from projections.travel.life import Life
from projections.travel.snapshots import pack, unpack
from tests.eventlog.samples import recorded
from tests.projections.lives import life_of


def test_a_life_comes_back_as_it_was() -> None:
    life = Life("lead/one")
    for offset, event in enumerate(life_of(1)):
        life.take(Position(0, 1, offset), recorded(event, 1, 0, "lead/one"))
    back = unpack(pack(life))
    assert back == life
    assert back.said == life.said
    assert back.streams.keys() == life.streams.keys()


@pytest.mark.parametrize("topic", ["CenturionCreated", "ConnectionChanged", "CompanyCreated", "ContactUpdated"])
def test_every_kind_of_stream_comes_back(topic: str) -> None:
    life = Life("one")
    life.take(Position(0, 0, 0), recorded(replace(example_event(EVENTS[topic]), originator_version=1), 1, 0, "one"))
    assert unpack(pack(life)) == life


class Evil:
    def __init__(self, *what: Any) -> None:
        self.what = what

    def __reduce__(self) -> Any:
        return self.what


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"nonsense",
        pack(Life("one"))[:-3],
        pickle.dumps("a string"),
        pickle.dumps(Evil(os.system, ("true",))),
        pickle.dumps(Evil(eval, ("1",))),
        pickle.dumps(Evil(life_of, (1,))),
        b"cdomain.kernel.stream\nStream.of\n(S'lead-x'\ntR.",
        b"cdomain.kernel.event\nregister_topic\n(S'x'\nNtR.",
    ],
)
def test_other_bytes_are_no_life(bad: bytes) -> None:
    assert unpack(bad) is None


def test_control_a_pickle_that_is_not_closed_would_run_it(tmp_path: Any) -> None:
    file = tmp_path / "ran"
    bad = pickle.dumps(Evil(os.mkdir, (str(file),)))
    assert unpack(bad) is None
    assert not file.exists()
    pickle.loads(bad)
    assert file.exists()


def test_the_fingerprint_changes_with_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    now = snapshots.fingerprint()
    snapshots.fingerprint.cache_clear()
    assert snapshots.fingerprint() == now
    monkeypatch.setattr(snapshots, "CODE", ("domain", "eventlog"))
    snapshots.fingerprint.cache_clear()
    assert snapshots.fingerprint() != now
    snapshots.fingerprint.cache_clear()
