"""What the oracle of R1 and R2 counts: each fault planted in a log that has none."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any, cast

from domain.centurion import events as ce
from domain.centurion.settings import CenturionSettings
from domain.kernel.ids import tenant_journey
from eventlog.model import Commit
from proof.ground.clients import MARK, Clients
from proof.ground.histories import CENTURION, COMPANY, Log, Story, set_up
from proof.oracle.acknowledged import acknowledged_tally

COMMAND = "5b1f0c1e-0000-4000-8000-000000000001"


def clients() -> Clients:
    """Two webhooks accepted, one that was given up, one command answered 200."""
    nothing = cast(Any, None)
    return Clients(
        nothing, random.Random(1), nothing, CENTURION,
        webhooks={f"{MARK}1", f"{MARK}2", f"{MARK}3"}, accepted={f"{MARK}1", f"{MARK}2"},
        commands={COMMAND: "Aurora 1"}, outcomes={COMMAND: ()},
    )  # fmt: skip


def told(*received: str, names: tuple[str, ...] = ("Aurora 1",)) -> list[Commit]:
    log = Log(1)
    set_up(log)
    story = Story(log)
    story.arrives()
    for id_ in received:
        story.commit(replace(story.received(), provider_id=id_))  # type: ignore[call-arg]  # a MessageReceived
    for name in names:
        settings = CenturionSettings(name=name, persona="You sell.", model="m")
        published = log.event(
            f"centurion-{CENTURION}", ce.CenturionVersionPublished, centurion=CENTURION, number=2, settings=settings
        )
        log.commit(COMPANY, tenant_journey(COMPANY), published, command=COMMAND)
    return log.commits


def counts(log: list[Commit], of: Clients | None = None) -> tuple[int, int, int, int]:
    tally = acknowledged_tally(of or clients(), log, 1)
    assert bool(tally.faults) == bool(tally.examples)
    return tally.lost, tally.doubled, tally.phantom, tally.unresolved


def test_what_was_accepted_is_there_once_and_what_was_not_may_be() -> None:
    assert counts(told(f"{MARK}1", f"{MARK}2")) == (0, 0, 0, 0)
    assert counts(told(f"{MARK}1", f"{MARK}2", f"{MARK}3", "another's")) == (0, 0, 0, 0)


def test_each_fault_is_counted_as_what_it_is() -> None:
    assert counts(told(f"{MARK}1")) == (1, 0, 0, 0)
    assert counts(told(f"{MARK}1", f"{MARK}2", f"{MARK}2")) == (0, 1, 0, 0)
    assert counts(told(f"{MARK}1", f"{MARK}2", f"{MARK}3", f"{MARK}3")) == (0, 1, 0, 0)
    assert counts(told(f"{MARK}1", f"{MARK}2", f"{MARK}9")) == (0, 0, 1, 0)
    assert counts(told(f"{MARK}1", f"{MARK}2", names=())) == (0, 0, 0, 1)
    assert counts(told(f"{MARK}1", f"{MARK}2", names=("Aurora 1", "Aurora 1"))) == (0, 1, 0, 0)
    assert counts(told(f"{MARK}1", f"{MARK}2", names=("Another",))) == (0, 0, 1, 0)


def test_a_200_names_the_events_that_are_there() -> None:
    log = told(f"{MARK}1", f"{MARK}2")
    right = clients()
    right.outcomes[COMMAND] = tuple(event.meta.event_id for event in log[-1].events)
    assert counts(log, right) == (0, 0, 0, 0)
    wrong = clients()
    wrong.outcomes[COMMAND] = ("an event of another's",)
    assert counts(log, wrong) == (0, 0, 1, 0)
