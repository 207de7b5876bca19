"""A projection that depends on how partitions interleave: one row says when anything last happened at all, and takes
the word of whatever comes last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from domain.kernel.ids import HOLDING_TENANT
from eventlog.model import Commit
from projections.engine.ops import Kind, Op
from projections.plan import _described, _Planner
from projections.tables.log import Journeys


class LastArrival(_Planner):
    def commit(self, commit: Commit, poison: bool) -> None:
        super().commit(commit, poison)
        at = _described(commit)[0].get("at")
        self.batch.add(Journeys, Op(Kind.UPSERT, (HOLDING_TENANT, "any"), {"last_at": at}))


@contextmanager
def arrival_order() -> Iterator[None]:
    with patch("projections.plan._Planner", LastArrival):
        yield
