"""When somebody should look, and what they are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cli.status.judge import LATE_S, MANY, UNSIGNED_S, reasons
from cli.status.model import DlqStatus, LastCheckpoint, PartitionStatus, Status
from cli.status.show import lines
from eventlog.unread import ALARM_MS
from projections.read.status import EffectCount, HeldPixel, Quarantined, Unseen, Unsettled

COUNT = EffectCount(kind="chunk", company="c-1", pending=3, due=2, overdue=0, attempted=1, held=0, eldest_due=None)
UNSEEN = Unseen(company="c-3", contracts=5, since=datetime(2026, 11, 28, 9, 30, tzinfo=UTC))
HELD = HeldPixel(company="c-1", pixel="p-1", reason="token_dead", since=datetime.now(UTC), conversions=3)
LETTERS = DlqStatus(waiting=5, told=9, reasons={"not_understood": 5}, eldest_s=60, alarm_above=5)


def partition(**lag: int) -> PartitionStatus:
    return PartitionStatus(partition=0, next_offset=9, head="ab" * 32, last_command=7, voids=2, lag=lag)


def well() -> Status:
    return Status(
        generation=2,
        state="active",
        live=True,
        analytics=1,
        partitions=[partition(writer=MANY, postgres=MANY, clickhouse=MANY, signer=MANY + 1)],
        ingress_lag=MANY,
        late_s={"writer": LATE_S, "postgres": LATE_S, "normalise": LATE_S},
        unread_s={"legion.ingress": ALARM_MS / 1000},
        effects=[COUNT],
        dlq=LETTERS,
        checkpoint=LastCheckpoint(number=3, at=datetime(2026, 11, 28, tzinfo=UTC), age_s=UNSIGNED_S),
        processes={"api": 1, "writer": 1, "projector": 1, "streams": 2},
    )


def test_at_every_limit_all_is_well() -> None:
    assert reasons(well()) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"state": "fenced"}, "fenced"),
        ({"live": False}, "not caught up"),
        ({"late_s": {"writer": LATE_S + 1}}, "writer has not moved"),
        ({"late_s": {"postgres": LATE_S + 1}}, "postgres has not moved"),
        ({"partitions": [partition(clickhouse=MANY + 1)]}, "clickhouse is"),
        ({"checkpoint": LastCheckpoint(number=3, at=datetime.now(UTC), age_s=UNSIGNED_S + 60)}, "signer"),
        ({"late_s": {"normalise": LATE_S + 1}}, "normalise has not moved"),
        ({"unread_s": {"legion.ingress": ALARM_MS / 1000 + 3600}}, "unread"),
        ({"effects": [replace(COUNT, overdue=1)]}, "overdue"),
        ({"quarantine": [Quarantined(journey="lead/x", reason="r", partition=0, log_offset=1)]}, "quarantine"),
        ({"dlq": replace(LETTERS, waiting=6)}, "dead letters"),
        ({"held_pixels": [HELD, HELD]}, "6 conversions wait"),
        ({"unsettled": [Unsettled(company="c-1", contracts=2)]}, "of 2 contracts nobody knows"),
        ({"unseen": [UNSEEN, UNSEEN]}, "documents of 10 contracts cannot be looked at"),
        ({"processes": {"writer": 0}}, "no writer"),
        ({"breaches": ["core.leads: not so that row level security is on"]}, "core.leads"),
        ({"away": {"log": "kafka_unavailable"}}, "log cannot be asked"),
    ],
)
def test_what_is_beyond_a_limit_is_a_reason(change: dict[str, object], word: str) -> None:
    status = well()
    for name, value in change.items():
        setattr(status, name, value)
    (reason,) = reasons(status)
    assert word in reason


def test_nothing_signed_for_long_is_well_while_there_is_nothing_to_sign() -> None:
    status = well()
    status.partitions = [partition(signer=0)]
    status.checkpoint = LastCheckpoint(number=3, at=datetime.now(UTC), age_s=1e6)
    assert reasons(status) == []


def test_what_could_not_be_asked_is_shown_as_such() -> None:
    told = "\n".join(lines(Status(away={"log": "kafka_unavailable"}), ["log cannot be asked: kafka_unavailable"]))
    assert told.startswith("somebody should look:\n  log cannot be asked")
    assert "none yet" in told


def test_everything_has_its_line() -> None:
    status = well()
    status.held_pixels, status.unsettled = [HELD], [Unsettled(company="c-2", contracts=4)]
    status.unseen = [UNSEEN]
    told = "\n".join(lines(status, []))
    assert told.startswith("all is well")
    for word in (
        "p-1 of c-1: token_dead, 3 conversions",
        "of c-2: of 4 nobody",
        "of c-3: 5 cannot be looked at, since 2026-11-28 09:30",
        "voids 2",
        "writer 10000",
        "chunk of c-1",
        "not_understood 5",
        "3, 600 s ago",
    ):
        assert word in told
