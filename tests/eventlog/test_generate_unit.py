from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from domain.kernel.errors import Misconfigured
from domain.kernel.event import Event
from domain.kernel.sealed import MessageContent, MessageText, Sealed
from eventlog import generate
from eventlog.bodies import OWN_BODIES
from eventlog.book import LOCK, Book
from eventlog.compatible import breaking
from tests.eventlog.samples import AT, EVENTS, Greeted, Left, Mood, Place, codec_of, grow, recorded


class Base(Event):
    TOPIC = "Kept"
    CATEGORY = "greeting"


@dataclass(frozen=True, kw_only=True)
class First(Base):
    a: str
    mood: Mood = Mood.GOOD


@dataclass(frozen=True, kw_only=True)
class WithOptional(Base):
    """a: now told."""

    a: str
    b: str | None
    mood: Mood = Mood.GOOD


@dataclass(frozen=True, kw_only=True)
class WithDefault(Base):
    mood: Mood = Mood.GOOD
    c: tuple[str, ...] = ("x",)
    b: str | None = "y"
    a: str


@dataclass(frozen=True, kw_only=True)
class WithoutDefault(Base):
    a: str
    b: str
    mood: Mood = Mood.GOOD


@dataclass(frozen=True, kw_only=True)
class Renamed(Base):
    z: str = ""
    mood: Mood = Mood.GOOD


@dataclass(frozen=True, kw_only=True)
class Retyped(Base):
    a: int
    mood: Mood = Mood.GOOD


@dataclass(frozen=True, kw_only=True)
class MadeOptional(Base):
    a: str | None
    mood: Mood = Mood.GOOD


def lock_of(root: Path) -> dict[str, Any]:
    lock: dict[str, Any] = orjson.loads((root / LOCK).read_bytes())
    return lock


def ids(root: Path, name: str) -> list[int]:
    return [entry["id"] for entry in lock_of(root)["schemas"] if entry["name"] == name]


def test_the_committed_schemas_are_those_of_the_domain_today() -> None:
    assert generate.main(["--check"]) == 0, "run python -m eventlog.generate"


def test_check_reports_drift_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--check"], root=tmp_path) == 1
    assert "out of date" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
    assert generate.main([], root=tmp_path) == 0
    assert generate.main(["--check"], root=tmp_path) == 0


def test_a_refusal_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grow(tmp_path)
    before = (tmp_path / LOCK).read_bytes()
    assert generate.main([], root=tmp_path) == 1
    assert "its class is gone and has no upcaster" in capsys.readouterr().out
    assert (tmp_path / LOCK).read_bytes() == before


def test_ids_stay_when_others_come(tmp_path: Path) -> None:
    grow(tmp_path, {"Left": Left})
    before = ids(tmp_path, "legion.Left")
    assert grow(tmp_path, {**EVENTS, "Kept": First}) == []
    assert ids(tmp_path, "legion.Left") == before
    assert len({entry["id"] for entry in lock_of(tmp_path)["schemas"]}) == len(lock_of(tmp_path)["schemas"])


@pytest.mark.parametrize("grown", [WithOptional, WithDefault])
def test_a_new_field_with_a_default_keeps_old_records_readable(tmp_path: Path, grown: type[Event]) -> None:
    grow(tmp_path, {"Kept": First})
    old = recorded(First(originator_id="greeting-1", originator_version=1, timestamp=AT, a="1"), 1, 0, "lead/one")
    value = codec_of(tmp_path, {"Kept": First}).encode_event(old.meta, old.event)

    assert grow(tmp_path, {"Kept": grown}) == []
    first, second = ids(tmp_path, "legion.Kept")
    assert second > first
    assert (tmp_path / "old" / f"Kept.{first}.avsc").exists()
    reader = codec_of(tmp_path, {"Kept": grown})
    got = reader.decode_event(value).event
    assert isinstance(got, WithOptional | WithDefault)
    assert (got.a, got.b) == ("1", None if grown is WithOptional else "y")
    again = reader.encode_event(old.meta, got)
    assert int.from_bytes(again[1:5], "big") == second
    assert reader.decode_event(again).event == got


def test_better_words_need_no_new_id(tmp_path: Path) -> None:
    class Told(Left):
        """Somebody went. At last."""

    grow(tmp_path, {"Left": Left})
    before = ids(tmp_path, "legion.Left")
    assert grow(tmp_path, {"Left": Told}) == []
    assert ids(tmp_path, "legion.Left") == before
    assert b"At last" in (tmp_path / "events" / "Left.avsc").read_bytes()


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (WithoutDefault, ".b: new without a default"),
        (Renamed, ".a: removed or renamed"),
        (Retyped, ".a: type was string, is long"),
        (MadeOptional, ".a: optional and not optional"),
    ],
)
def test_a_change_that_breaks_old_records_is_refused(tmp_path: Path, changed: type[Event], why: str) -> None:
    grow(tmp_path, {"Kept": First})
    refused = grow(tmp_path, {"Kept": changed})
    assert any(why in reason for reason in refused)


def test_a_field_may_not_lose_the_default_that_an_older_layout_needs(tmp_path: Path) -> None:
    grow(tmp_path, {"Kept": First})
    grow(tmp_path, {"Kept": WithOptional})
    refused = grow(tmp_path, {"Kept": WithoutDefault})
    assert any("new without a default" in reason for reason in refused)


def test_before_the_release_a_schema_may_change_but_never_its_id(tmp_path: Path) -> None:
    grow(tmp_path, {"Kept": First})
    (before,) = ids(tmp_path, "legion.Kept")
    assert grow(tmp_path, {"Kept": Retyped}, unreleased=True) == []
    (after,) = ids(tmp_path, "legion.Kept")
    assert after > before
    assert grow(tmp_path, {}, unreleased=True) == []
    assert ids(tmp_path, "legion.Kept") == []
    assert not (tmp_path / "events" / "Kept.avsc").exists()


def test_after_the_release_nothing_helps(tmp_path: Path) -> None:
    grow(tmp_path, {"Kept": First})
    lock = lock_of(tmp_path)
    (tmp_path / LOCK).write_bytes(orjson.dumps(lock | {"released": lock["next_id"] - 1}))
    assert grow(tmp_path, {"Kept": Retyped}, unreleased=True) != []
    assert grow(tmp_path, {}, unreleased=True) != []


def test_a_release_counts_every_schema_that_there_is(tmp_path: Path) -> None:
    assert generate.main([], root=tmp_path) == 0
    assert lock_of(tmp_path)["released"] == 0
    assert generate.main(["--release"], root=tmp_path) == 0
    assert lock_of(tmp_path)["released"] == max(entry["id"] for entry in lock_of(tmp_path)["schemas"])


def test_a_topic_of_both_kinds_is_refused() -> None:
    with pytest.raises(TypeError, match="both event and command"):
        generate.wanted_schemas({"X": Left}, {"X": Left})


def test_a_book_without_a_lock_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="schemas_missing"):
        Book.load(tmp_path)


def record(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "record", "name": "r", "fields": [{"name": n, "type": t} for n, t in fields.items()]}


MICROS = {"type": "long", "logicalType": "timestamp-micros"}


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (MICROS, "long", "logicalType was timestamp-micros, is None"),
        ({"type": "bytes", "personal": "a"}, {"type": "bytes", "personal": "b"}, "personal was a, is b"),
        ({"type": "bytes", "personal": "a"}, "bytes", "personal was a, is None"),
        ({"type": "string", "enum": ["a", "b"]}, {"type": "string", "enum": ["b"]}, "enum lost a"),
        ({"type": "array", "items": "string"}, {"type": "array", "items": "long"}, "[]: type was string"),
        ({"type": "map", "values": "string"}, {"type": "map", "values": "long"}, "{}: type was string"),
        (["null", "string"], ["null", "long"], "was one of ['null', 'string'], is one of ['long', 'null']"),
        (["null", {"type": "bytes", "personal": "a"}], ["null", "bytes"], "personal was a, is None"),
    ],
)
def test_what_a_type_may_not_become(old: Any, new: Any, why: str) -> None:
    (found,) = breaking(record({"f": old}), record({"f": new}))
    assert why in found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["b", "a"]}),
        (["null", "string"], ["string", "null"]),
        ("string", {"type": "string", "doc": "more"}),
    ],
)
def test_what_a_type_may_become(old: Any, new: Any) -> None:
    assert breaking(record({"f": old}), record({"f": new})) == []


# a retired topic, end to end


@dataclass(frozen=True, kw_only=True)
class SaidHello(Event):
    """What was recorded before `Greeted`: the words lay beside a single place, the time in whole seconds."""

    TOPIC = "SaidHello"
    CATEGORY = "greeting"

    words: MessageText
    content: MessageContent | None
    lat: float
    lon: float
    took_s: int


def said_hello_is_greeted(old: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "Greeted", {
        "meta": old["meta"],
        "text": old["words"],
        "mood": "good",
        "seconds": float(old["took_s"]),
        "count": 1,
        "loud": False,
        "seen_at": None,
        "places": [{"lat": old["lat"], "lon": old["lon"], "name": None}],
    }


def test_a_record_of_a_retired_topic_is_read_in_todays_words(tmp_path: Path) -> None:
    then: dict[str, type[Event]] = {"SaidHello": SaidHello}
    grow(tmp_path, then)
    said = SaidHello(
        originator_id="greeting-1",
        originator_version=1,
        timestamp=AT,
        words=Sealed(b"hi"),
        content=None,
        lat=1.0,
        lon=2.0,
        took_s=3,
    )
    old = recorded(said, 1, 0, "lead/one")
    value = codec_of(tmp_path, then).encode_event(old.meta, old.event)

    assert grow(tmp_path, EVENTS) == ["legion.SaidHello (id 3): its class is gone and has no upcaster"]
    upcasters = {"SaidHello": said_hello_is_greeted}
    assert grow(tmp_path, EVENTS, upcasters=upcasters) == []
    assert (tmp_path / "old" / "SaidHello.3.avsc").exists()
    assert grow(tmp_path, EVENTS, upcasters=upcasters) == [], "a second run finds it retired"

    got = codec_of(tmp_path, EVENTS, upcasters).decode_event(value)
    assert got.meta == old.meta
    assert got.event == Greeted(
        originator_id="greeting-1",
        originator_version=1,
        timestamp=AT,
        text=Sealed(b"hi"),
        mood=Mood.GOOD,
        seconds=3.0,
        count=1,
        loud=False,
        seen_at=None,
        places=(Place(lat=1.0, lon=2.0),),
    )


def test_the_logs_own_bodies_are_in_every_book(codec: Any) -> None:
    assert OWN_BODIES.keys() == {"CommandRefused", "EpochClosed"}
