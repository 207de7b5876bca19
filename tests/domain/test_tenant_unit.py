"""A journey has one owner: whoever else names it in a command of theirs is refused, whatever they ask."""

from __future__ import annotations

import pytest

from domain.conversation import commands as cc
from domain.conversation import events as c
from domain.effect.commands import AbandonEffect, ExpireEffect
from domain.holding import commands as hc
from domain.kernel.command import Command
from domain.kernel.errors import Refused
from domain.kernel.ids import HOLDING, HOLDING_TENANT, derived, lead_journey, owner_of, tenant_journey
from domain.kernel.sealed import Sealed
from domain.lead import commands as lc
from domain.lead import events as ld
from tests.domain.spec import COMPANY, World, given, the
from tests.domain.talk import IDS, LEAD, STREAM, TALK, lead, message, own_message, talk
from tests.domain.test_settings_unit import CREATE_ROSA, PAUSE, assign, create_company, create_instance, report

STRANGER = derived("another company")


def wrong_tenant(world: World, command: Command, tenant: str, journey: str | None = None) -> None:
    before = len(world.events)
    with pytest.raises(Refused) as refusal:
        world.ask(command, journey=journey, tenant=tenant)
    assert refusal.value.code == "wrong_tenant"
    assert len(world.events) == before


def test_the_first_message_says_whose_lead_and_conversation_it_is() -> None:
    spec = given().when(message())
    events = spec.then(ld.LeadCreated, ld.AliasLinked, ld.ContactUpdated, c.ConversationStarted, c.MessageReceived)
    assert the(ld.LeadCreated, events).company == the(c.ConversationStarted, events).company == COMPANY
    assert lead(spec.world).owner == talk(spec.world).owner == COMPANY


@pytest.mark.parametrize(
    "command",
    [
        message("second"),
        own_message(),
        cc.TakeFloor(**IDS),
        lc.UpdateContact(lead=LEAD, name=Sealed(b"n"), name_digest="other"),
        lc.CloseJourney(lead=LEAD, winner=derived("winner")),
        ExpireEffect(stream=STREAM, kind="reply", key="k"),
        AbandonEffect(stream=STREAM, kind="reply", key="k", code="x"),
        AbandonEffect(stream=f"lead-{LEAD}", kind="rerun", key="k", code="x"),
    ],
    ids=lambda command: command.TOPIC,
)
def test_a_lead_belongs_to_the_company_of_the_first_message(command: Command) -> None:
    world = given(message()).world
    wrong_tenant(world, command, STRANGER)
    wrong_tenant(world, command, HOLDING_TENANT)


def test_the_owner_goes_on_after_a_stranger_was_refused() -> None:
    spec = given(message())
    wrong_tenant(spec.world, message("second"), STRANGER)
    spec.when(message("second")).then(c.MessageReceived)


def test_a_lead_that_first_typed_on_the_phone_has_an_owner_too() -> None:
    world = given(own_message()).world
    wrong_tenant(world, message(), STRANGER)


def test_a_rebuilt_stream_knows_its_owner() -> None:
    world = given(message()).world
    assert world.replayed(STREAM).owner == world.replayed(f"lead-{LEAD}").owner == COMPANY


@pytest.mark.parametrize("command", [CREATE_ROSA, PAUSE, create_instance(), assign(None), report()])
def test_a_companys_journey_is_its_own(command: Command) -> None:
    world = given(CREATE_ROSA).world
    wrong_tenant(world, command, STRANGER, tenant_journey(COMPANY))
    wrong_tenant(world, command, HOLDING_TENANT, tenant_journey(COMPANY))


@pytest.mark.parametrize(
    "command", [create_company(), hc.SuspendCompany(company=COMPANY, reason="x"), hc.ReactivateCompany(company=COMPANY)]
)
def test_the_holdings_journey_takes_commands_of_the_holding_alone(command: Command) -> None:
    wrong_tenant(World(), command, COMPANY, HOLDING)


def test_what_the_name_of_a_journey_says_of_its_owner() -> None:
    assert owner_of(HOLDING) == HOLDING_TENANT
    assert owner_of(tenant_journey(COMPANY)) == COMPANY
    assert owner_of(lead_journey(LEAD)) is None
    assert TALK not in str(owner_of(lead_journey(LEAD)))
