"""The holding's companies, a company's Centurions and instances, and leads by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.centurion import commands as cec
from domain.centurion import events as ce
from domain.centurion.aggregate import Centurion
from domain.centurion.policies import settings_fault
from domain.centurion.settings import CenturionSettings, OnFailure, Pacing
from domain.effect import events as x
from domain.effect.commands import AbandonEffect, ExpireEffect
from domain.effect.kinds import EffectKind
from domain.holding import commands as hc
from domain.holding import events as h
from domain.instance import commands as ic
from domain.instance import events as i
from domain.kernel.actor import NORMALISER, RUNNER
from domain.kernel.errors import Forbidden, Refused
from domain.kernel.ids import HOLDING, derived, lead_journey
from domain.kernel.sealed import Sealed
from domain.lead import commands as lc
from domain.lead import events as ld
from domain.lead.policies import MAX_RUNS, rerun_wait
from tests.domain.spec import World, given, the
from tests.domain.talk import LEAD, close_journey, lead, message

COMPANY_NEW = derived("new company")
ROSA, INSTANCE = derived("rosa"), derived("instance")
SETTINGS = CenturionSettings(name="Rosa", persona="You sell.", model="gpt", fallback_text="One moment.")
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def create_company(**changed: Any) -> hc.CreateCompany:
    fields = {"company": COMPANY_NEW, "slug": "acme-1", "name": "Acme", "timezone": "America/Sao_Paulo"}
    return hc.CreateCompany(**{**fields, "locale": "pt-BR", **changed})


CONFIRM = hc.ConfirmProvisioned(company=COMPANY_NEW)
SUSPEND = hc.SuspendCompany(company=COMPANY_NEW, reason="unpaid")
REACTIVATE = hc.ReactivateCompany(company=COMPANY_NEW)
CREATE_ROSA = cec.CreateCenturion(centurion=ROSA, settings=SETTINGS)
PAUSE, RESUME = cec.PauseCenturion(centurion=ROSA), cec.ResumeCenturion(centurion=ROSA)


def create_instance(centurion: str | None = None, **changed: Any) -> ic.CreateInstance:
    fields = {"instance": INSTANCE, "channel": "whatsapp", "provider": "evolution", "external_name": "shop"}
    return ic.CreateInstance(**{**fields, "centurion": centurion, **changed})


def assign(centurion: str | None) -> ic.AssignCenturion:
    return ic.AssignCenturion(instance=INSTANCE, centurion=centurion)


def report(kind: str = "connection", status: str | None = "open", **more: Any) -> ic.ReportInstanceItem:
    return ic.ReportInstanceItem(instance=INSTANCE, kind=kind, status=status, **more)


def publish(**changed: Any) -> cec.PublishCenturionVersion:
    return cec.PublishCenturionVersion(centurion=ROSA, settings=replace(SETTINGS, **changed))


def test_a_company_claims_its_slug_in_the_same_commit() -> None:
    given().when(create_company()).then(h.SlugClaimed, h.CompanyCreated)
    given(create_company()).when(create_company(slug="other")).refused("company_exists")
    given(create_company()).when(create_company(company=derived("third"))).refused("slug_taken")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"slug": "a"}, "invalid_slug"),
        ({"slug": "-ab"}, "invalid_slug"),
        ({"slug": "ab-"}, "invalid_slug"),
        ({"slug": "Ab"}, "invalid_slug"),
        ({"slug": "a" * 41}, "invalid_slug"),
        ({"slug": "ab\n"}, "invalid_slug"),
        ({"name": " "}, "invalid_name"),
        ({"timezone": "../etc"}, "invalid_timezone"),
        ({"locale": "português"}, "invalid_locale"),
    ],
)
def test_a_company_is_named_so_that_its_name_fits_everywhere(changed: dict[str, str], code: str) -> None:
    given().when(create_company(**changed)).refused(code)


@pytest.mark.parametrize("slug", ["ab", "a" * 40, "a-b", "1a"])
def test_a_slug_of_two_to_forty_characters_is_taken(slug: str) -> None:
    given().when(create_company(slug=slug)).then(h.SlugClaimed, h.CompanyCreated)


def test_a_company_is_provisioned_once_and_suspended_and_reactivated_in_turn() -> None:
    for command in (CONFIRM, SUSPEND, REACTIVATE):
        given().when(command).refused("unknown_company")
    spec = given(create_company())
    spec.when(CONFIRM).then(h.CompanyProvisioned)
    spec.when(CONFIRM).refused("already_provisioned")
    spec.when(REACTIVATE).refused("not_suspended")
    spec.when(SUSPEND).then(h.CompanySuspended)
    spec.when(SUSPEND).refused("already_suspended")
    spec.when(REACTIVATE).then(h.CompanyReactivated)


def test_provisioning_can_be_given_up_once_and_still_confirmed() -> None:
    give_up = AbandonEffect(stream=f"company-{COMPANY_NEW}", kind="provision", key=COMPANY_NEW, code="x")
    spec = given(create_company())
    spec.when(give_up).then(x.EffectAbandoned)
    assert not spec.world.rows.open
    spec.when(give_up).refused("no_such_effect")
    spec.when(CONFIRM).then(h.CompanyProvisioned)


def test_a_centurion_has_versions_counted_from_one() -> None:
    given().when(CREATE_ROSA).then(ce.CenturionCreated)
    given(CREATE_ROSA).when(CREATE_ROSA).refused("centurion_exists")
    spec = given(CREATE_ROSA).when(publish(name="Rosa II"))
    assert the(ce.CenturionVersionPublished, spec.then(ce.CenturionVersionPublished)).number == 2
    spec.when(publish(name="Rosa II")).refused("settings_unchanged")
    assert spec.world.stream(Centurion, ROSA).number == 2
    given().when(publish()).refused("unknown_centurion")


def test_a_centurion_is_paused_and_resumed_in_turn() -> None:
    spec = given(CREATE_ROSA)
    spec.when(RESUME).refused("not_paused")
    spec.when(PAUSE).then(ce.CenturionPaused)
    spec.when(PAUSE).refused("already_paused")
    spec.when(RESUME).then(ce.CenturionResumed)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"),
        ({"persona": ""}, "persona"),
        ({"model": "m" * 201}, "model"),
        ({"temperature_milli": 2001}, "temperature_milli"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"window_ms": -1}, "window_ms"),
        ({"cap_ms": 1000}, "cap_ms"),
        ({"cap_ms": 300_001}, "cap_ms"),
        ({"pacing": Pacing(typing_cps=0)}, "typing_cps"),
        ({"pacing": Pacing(max_typing_ms=1)}, "max_typing_ms"),
        ({"pacing": Pacing(chunk_chars=5)}, "chunk_chars"),
        ({"fallback_text": " "}, "fallback_text"),
    ],
)
def test_settings_out_of_range_are_refused_by_their_name(changed: dict[str, Any], field: str) -> None:
    settings = replace(SETTINGS, **changed)
    assert settings_fault(settings) == field
    with pytest.raises(Refused) as refusal:
        World().ask(cec.CreateCenturion(centurion=ROSA, settings=settings))
    assert (refusal.value.code, refusal.value.detail) == ("settings_out_of_range", field)


def test_a_centurion_that_hands_over_to_people_needs_no_fallback() -> None:
    assert settings_fault(replace(SETTINGS, on_failure=OnFailure.HUMAN, fallback_text="")) is None


def test_an_instance_is_answered_by_a_centurion_of_its_own_company_or_by_people() -> None:
    given().when(create_instance()).then(i.InstanceCreated)
    given().when(create_instance(ROSA)).refused("unknown_centurion")
    given().when(create_instance(external_name="")).refused("invalid_name")
    spec = given(CREATE_ROSA, create_instance(ROSA))
    spec.when(create_instance()).refused("instance_exists")
    spec.when(assign(ROSA)).refused("centurion_unchanged")
    spec.when(assign(derived("nobody"))).refused("unknown_centurion")
    spec.when(assign(None)).then(i.CenturionAssigned)
    given().when(assign(None)).refused("unknown_instance")


def test_the_connection_changes_only_on_change_and_never_back_in_time() -> None:
    spec = given(create_instance())
    spec.when(report(provider_at=NOON)).then(i.ConnectionChanged)
    spec.when(report()).refused("connection_unchanged")
    spec.when(report(status="closed", provider_at=NOON - timedelta(seconds=1))).refused("connection_not_newer")
    spec.when(report(status="closed", provider_at=NOON - timedelta(hours=1))).then(i.ConnectionChanged)  # set back
    spec.when(report(status="closed", code="401")).then(i.ConnectionChanged)
    given().when(report()).refused("unknown_instance")


def test_other_items_of_an_instance_are_recorded_without_moving_the_gate() -> None:
    spec = given(create_instance())
    spec.when(report("qr", None)).then(i.InstanceItemRecorded)
    spec.when(report("connection", "odd")).then(i.InstanceItemRecorded)
    spec.when(report("gossip", None)).refused("unknown_kind")


@pytest.mark.parametrize("command", [CREATE_ROSA, PAUSE, create_instance(), assign(None), report()])
def test_a_companys_settings_belong_to_its_own_journey(command: Any) -> None:
    world = World()
    world.take(CREATE_ROSA)
    for elsewhere in (HOLDING, lead_journey(LEAD)):
        with pytest.raises(Refused, match="wrong_journey"):
            world.ask(command, journey=elsewhere)


def test_a_leads_name_changes_only_on_change() -> None:
    def rename(digest: str) -> lc.UpdateContact:
        return lc.UpdateContact(lead=LEAD, name=Sealed(b"n"), name_digest=digest)

    given().when(rename("digest")).refused("unknown_lead")
    given(message()).when(rename("digest")).refused("name_unchanged")
    given(message()).when(rename("other")).then(ld.ContactUpdated)
    given(message(), close_journey()).when(rename("other")).refused("journey_closed")


def test_a_journey_is_closed_once_and_for_another() -> None:
    given().when(close_journey()).refused("unknown_lead")
    given(message()).when(close_journey()).then(ld.JourneyClosed)
    given(message(), close_journey()).when(close_journey()).refused("journey_closed")
    given(message()).when(lc.CloseJourney(lead=LEAD, winner=LEAD)).refused("winner_is_loser")


def test_a_moved_message_is_run_again_once_or_given_up() -> None:
    confirm = lc.ConfirmRerun(lead=LEAD, provider_id="in-a", run=1)
    give_up = ExpireEffect(stream=f"lead-{LEAD}", kind="rerun", key="in-a:1")
    given().when(confirm).refused("unknown_lead")
    moved = (message(), close_journey(), message("a"))
    spec = given(*moved).when(confirm)
    spec.then(ld.MessageRerun)
    spec.when(confirm).refused("no_such_rerun")
    spec.when(give_up).refused("no_such_effect")
    spec = given(*moved).when(give_up)
    spec.then(x.EffectExpired)
    assert not lead(spec.world).moved
    assert not spec.world.rows.of(EffectKind.RERUN)


@pytest.mark.parametrize("stream", ["", "lead", f"centurion-{ROSA}", "nonsense-1", "slug-acme"])
def test_streams_that_open_no_effect_have_none_to_give_up(stream: str) -> None:
    given(CREATE_ROSA).when(AbandonEffect(stream=stream, kind="reply", key="k", code="c")).refused("no_such_effect")


def test_an_effect_is_given_up_only_in_its_own_journey() -> None:
    world = given(message(), close_journey(), message("a")).world
    give_up = ExpireEffect(stream=f"lead-{LEAD}", kind="rerun", key="in-a:1")
    with pytest.raises(Refused, match="no_such_effect"):
        world.ask(give_up, journey=lead_journey(derived("another")))


def test_every_command_needs_its_permission() -> None:
    with pytest.raises(Forbidden):
        World(NORMALISER).ask(create_company())
    with pytest.raises(Forbidden):
        World(RUNNER).ask(CREATE_ROSA)
    World(NORMALISER).ask(message())


def test_runs_of_a_moved_message_wait_longer_and_longer_and_not_for_ever() -> None:
    waits = [rerun_wait(run).total_seconds() for run in range(1, MAX_RUNS + 3)]
    assert waits == [0, 1, 2, 4, 8, 16, 32, 64, 64, 64]
