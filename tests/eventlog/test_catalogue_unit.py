from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from domain.commands import COMMANDS
from domain.events import EVENTS
from domain.kernel.sealed import Sealed
from eventlog import catalogue
from eventlog.docstrings import field_docs, summary
from eventlog.examples import as_json, example_event
from eventlog.schema import record_schema
from eventlog.shapes import fields_of
from tests.eventlog.samples import Greeted, Left, Place


def test_the_committed_page_is_todays() -> None:
    assert catalogue.main(["--check"]) == 0, "run python -m eventlog.catalogue"


def test_check_notices_drift(tmp_path: Path) -> None:
    page = tmp_path / "events.md"
    assert catalogue.main(["--check"], file=page) == 1
    assert catalogue.main([], file=page) == 0
    assert catalogue.main(["--check"], file=page) == 0


def test_every_event_and_command_has_a_section() -> None:
    page = catalogue.render()
    for topic in [*EVENTS, *COMMANDS]:
        assert f"\n### {topic}\n" in page


def test_every_event_and_command_of_the_domain_says_what_it_is() -> None:
    silent = [topic for topic, cls in {**EVENTS, **COMMANDS}.items() if not summary(cls)]
    assert silent == []


@dataclass(frozen=True)
class Told:
    """Something. a: first. b, c: both of them, in ms. Here is e: not at a beginning.

    *_us: micros. `f`: quoted
    """

    a: int
    b: int
    c: int
    d: int
    x_us: int
    y_us: int
    e: int
    f: int


def test_fields_are_told_in_the_docstring() -> None:
    docs = field_docs(Told, [field.name for field in fields_of(Told)])
    both = "both of them, in ms. Here is e: not at a beginning."
    assert docs == {"a": "first.", "b": both, "c": both, "x_us": "micros.", "y_us": "micros.", "f": "quoted"}


def test_a_generated_signature_is_no_docstring() -> None:
    @dataclass(frozen=True)
    class Silent:
        a: int

    assert summary(Silent) == ""


def test_an_example_shows_no_sealed_bytes() -> None:
    shown = as_json(example_event(Greeted))
    assert shown["text"] == f"<{len(b'sealed message.text')} sealed bytes>"
    assert shown["mood"] == "good"
    assert shown["places"] == [{"lat": 0.5, "lon": 0.5, "name": "<19 sealed bytes>"}]


@pytest.mark.parametrize(
    "hint",
    [object, list[str], "str | int", "tuple[str, int]", dict[str, int], Sealed, bytes, "int | str | None"],
)
def test_a_type_that_the_log_does_not_know_is_refused_by_name(hint: object) -> None:
    bad: type = dataclass(frozen=True)(type("Bad", (), {"__annotations__": {"x": hint}, "__module__": __name__}))
    with pytest.raises(TypeError, match=r"Bad\.x"):
        record_schema("Bad", bad, Place)


def test_a_field_named_meta_is_refused() -> None:
    @dataclass(frozen=True)
    class Clash:
        meta: str

    with pytest.raises(TypeError, match="meta"):
        record_schema("Clash", Clash, Place)


def test_two_nested_records_of_one_name_are_refused() -> None:
    other: type = dataclass(frozen=True)(type("Place", (), {"__annotations__": {"x": int}, "__module__": __name__}))
    both: type = dataclass(frozen=True)(
        type("Both", (), {"__annotations__": {"a": Place, "b": other}, "__module__": __name__})
    )
    with pytest.raises(TypeError, match="two nested records"):
        record_schema("Both", both, Left)


def test_a_time_cannot_be_a_default() -> None:
    timed: type = dataclass(frozen=True)(
        type(
            "Timed",
            (),
            {
                "__annotations__": {"at": datetime},
                "at": datetime.fromisoformat("2026-01-01T00:00:00+00:00"),
                "__module__": __name__,
            },
        )
    )
    with pytest.raises(TypeError, match="default"):
        record_schema("Timed", timed, Place)
