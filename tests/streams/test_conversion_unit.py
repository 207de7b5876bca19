"""Whatever dies between an attempt and its answer: Meta counts each report once, or nobody says that it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.conversion.aggregate import Conversion
from domain.conversion.parts import ConversionState, Happened
from domain.conversion.wanted import Standing
from domain.deal.parts import Money
from domain.kernel.errors import Refused
from domain.pixel.settings import Milestone, ValueFrom
from gateways.meta.user import User
from projections.read.known import Touch
from projections.read.leads import LeadAlias
from streams.conversion import step
from streams.conversion.person import user_of
from streams.conversion.prepare import Prepared, Wrong, prepared
from streams.conversion.step import Step, step_of
from tests.domain.reporting import (
    accept_report,
    attempt_report,
    conversion,
    expire_report,
    happened,
    hold_report,
    refuse_report,
    release_report,
    report,
    request_report,
    unknown_report,
)
from tests.domain.sales import qualify
from tests.domain.spec import START, World
from tests.domain.talk import message

FORGETS: Final = timedelta(hours=48)


@dataclass
class Meta:
    """Counts an event once in 48 hours. counted: how often it counts."""

    counted: int = 0
    last: datetime | None = None

    def take(self, now: datetime) -> None:
        if self.last is None or now - self.last >= FORGETS:
            self.counted += 1
            self.last = now


@dataclass
class Sender:
    """One life after another of a process that sends, by the real step and the real deciders."""

    world: World = field(default_factory=World)
    meta: Meta = field(default_factory=Meta)

    def __post_init__(self) -> None:
        self.world.take(message())
        self.world.take(qualify())

    @property
    def of(self) -> Conversion:
        return conversion(self.world)

    def live(self, answer: str) -> None:
        """Takes it up, and ends as `answer` says: an answer of Meta's, or where it dies."""
        if not self.of.open:
            return
        match step_of(self.of, happened(self.world).at, self.world.at):
            case Step.EXPIRE:
                self.world.take(expire_report)
            case Step.GIVE_UP:
                self.world.take(unknown_report)
            case Step.BEGIN if answer == "dies at once":
                return
            case Step.BEGIN:
                self.world.take(attempt_report())
                self.call(answer, first=True)
            case Step.REPEAT:
                self.call(answer, first=False)

    def call(self, answer: str, *, first: bool) -> None:
        match answer:
            case "dies before the call" | "throttled" | "dies at once":
                return
            case "taken, dies" | "taken, no answer":
                self.meta.take(self.world.at)
            case "taken":
                self.meta.take(self.world.at)
                self.world.take(accept_report)
            case "refused":
                if first:  # the same event is refused each time, or never
                    self.world.take(refuse_report())
            case "token dead":
                self.world.take(hold_report(certain=first))


ANSWERS: Final = (
    "dies at once", "dies before the call", "taken, dies", "taken, no answer", "taken", "refused", "throttled",
    "token dead",
)  # fmt: skip
LIVES: Final = st.lists(st.tuples(st.sampled_from(ANSWERS), st.integers(0, 60)), max_size=30)
"""(what happens, hours until the next life)."""


def lived(lives: list[tuple[str, int]]) -> Sender:
    sender = Sender()
    for answer, hours in lives:
        sender.live(answer)
        if sender.of.state is ConversionState.HELD:
            sender.world.take(release_report)
        if sender.of.state is ConversionState.REFUSED:
            sender.world.take(request_report())
        sender.world.at += timedelta(hours=hours)
    for _ in range(40):  # Meta and all of us are well again
        sender.live("taken")
        sender.world.at += timedelta(hours=6)
    return sender


def counts_once(lives: list[tuple[str, int]]) -> None:
    sender = lived(lives)
    state, counted = sender.of.state, sender.meta.counted
    assert not sender.of.open, "it ends"
    assert counted <= 1, "never twice"
    if state is ConversionState.ACCEPTED:
        assert counted == 1
    elif counted:
        assert state is ConversionState.UNKNOWN, "what may have been counted is said so"


@given(LIVES)
@settings(max_examples=400, deadline=None)
def test_each_report_counts_once_or_is_explained(lives: list[tuple[str, int]]) -> None:
    counts_once(lives)


def test_control_without_the_limit_of_47_hours_one_counts_twice(monkeypatch: Any) -> None:
    monkeypatch.setattr(step, "KNOWN_FOR", timedelta(days=9))

    @given(LIVES)
    @settings(
        max_examples=3000,
        deadline=None,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def tried(lives: list[tuple[str, int]]) -> None:
        assert lived(lives).meta.counted <= 1, "counted twice"

    with pytest.raises(AssertionError, match="counted twice"):
        tried()


@pytest.mark.parametrize("answer", [accept_report, refuse_report(), unknown_report])
def test_an_answer_to_nothing_is_refused(answer: Any) -> None:
    with pytest.raises(Refused, match="unknown_conversion"):
        Sender().world.take(answer)


WON: Final = Happened(milestone=Milestone.WON, stream="lead-x", version=9, event="e", at=START)
NOW: Final = int(START.timestamp()) + 60
STANDING: Final = Standing(opted_out=False, consent=True, worth=Money(minor=12345, currency="BRL"))
PURCHASE: Final = report(Milestone.WON, "Purchase", value=ValueFrom.DEAL)


def touch(source: str, click: str | None, told_at: datetime = START) -> Touch:
    return Touch(source=source, campaign=None, ad_set=None, ad=None, click=click, happened_at=None, told_at=told_at)


def alias(scheme: str, value: str | None) -> LeadAlias:
    return LeadAlias(scheme=scheme, value=value, linked_at=START)


def test_who_it_was_is_what_they_are_known_by_and_what_brought_them() -> None:
    aliases = (alias("phone", "+5511987654321"), alias("lid", "12@lid"), alias("email", "a@b.co"), alias("phone", None))
    touches = (
        touch("link", "old"),
        touch("link", "IwAR1"),
        touch("ctwa", "ARAk"),
        touch("api", "fb.1.1700000000000.123456"),
        touch("api", "strange"),
    )
    user = user_of("lead", aliases, touches)
    clicked = int(START.timestamp() * 1000)
    assert user == User(
        emails=("a@b.co",),
        phones=("+5511987654321",),
        external_ids=("lead",),
        fbc=f"fb.1.{clicked}.IwAR1",
        fbp="fb.1.1700000000000.123456",
        click_id="ARAk",
    )
    assert user_of("lead", (), (touch("form", "fb.1.1700000000000.AbCd"),)).fbc == "fb.1.1700000000000.AbCd"


def test_a_purchase_is_written_with_its_value_and_found_by_its_phone() -> None:
    user = User(phones=("+5511987654321",), external_ids=("lead",), click_id="ARAk")
    made = prepared("id", WON, PURCHASE, STANDING, user, limited=False, now=NOW)
    assert isinstance(made, Prepared)
    assert b'"value":123.45' in made.ready.body
    assert b'"event_id":"id"' in made.ready.body
    assert b"5511987654321" not in made.ready.body, "hashes only"
    assert (made.source, made.value) == ("system_generated", STANDING.worth)
    assert "ph" in made.match.present
    assert made.match.hints == ("click_without_account",)


def test_limited_use_is_said() -> None:
    made = prepared("id", WON, PURCHASE, STANDING, User(external_ids=("lead",)), limited=True, now=NOW)
    assert isinstance(made, Prepared)
    assert b'"data_processing_options":["LDU"]' in made.ready.body


def test_what_meta_would_refuse_is_not_sent() -> None:
    late = NOW + 8 * 86_400
    made = prepared("id", WON, PURCHASE, STANDING, User(external_ids=("lead",)), limited=False, now=late)
    assert made == Wrong("too_old", ("event_time",))
