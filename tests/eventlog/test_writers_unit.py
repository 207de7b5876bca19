from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from domain.holding.commands import CreateCompany, SuspendCompany
from domain.holding.events import CompanyCreated, CompanySuspended, SlugClaimed
from eventlog.catalogue import render
from eventlog.writers import writers


def create(journey: Any, command: Any) -> None:
    journey.record(journey, SlugClaimed)
    journey.record(journey, CompanyCreated)


def suspend(journey: Any, command: Any) -> None:
    journey.record(journey, CompanySuspended)


@pytest.fixture
def routes(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {CreateCompany: SimpleNamespace(decide=create), SuspendCompany: SimpleNamespace(decide=suspend)}
    monkeypatch.setitem(sys.modules, "domain.routing", SimpleNamespace(ROUTES=table))


def test_what_a_decider_names_its_command_may_cause(routes: None) -> None:
    found = writers()
    assert found["SlugClaimed"] == ["CreateCompany"]
    assert found["CompanyCreated"] == ["CreateCompany"]
    assert "SuspendCompany" in found["CompanySuspended"]


def test_the_page_links_commands_and_events_both_ways(routes: None) -> None:
    page = render()
    assert "decided for [CreateCompany](#createcompany)" in page
    assert "may cause [CompanyCreated](#companycreated), [SlugClaimed](#slugclaimed)" in page
