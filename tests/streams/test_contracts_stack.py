"""A contract on real parts: made once at the provider, believed only when the document says so, and the deal is won.

What is not found may have been made: it is shown, and nobody makes it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import httpx
import pytest

from domain.contract.commands import CancelContract, SettleContract
from domain.contract.parts import ContractState, Reach
from domain.effect import calling
from domain.kernel.ids import lead_journey
from domain.lead.commands import EraseLead
from domain.lead.parts import ErasureReason
from eventlog.dead_letters import read_letters
from eventlog.dlq import MIN_LETTERS
from projections.read import status
from projections.read.status import Unsettled, unseen, unsettled
from proof.ground.shop import Shop, open_shop
from proof.ground.signing import Office, Sale, open_office
from proof.ground.simulator import simulator
from proof.ground.world import Ground, streams, until
from streams.normalise.contracts import WAIT_S

pytestmark = pytest.mark.stack

SENT = (ContractState.SENT, ContractState.VIEWED)
SIGNED = ["ContractSignerSigned", "ContractSigned"]


@pytest.fixture(scope="module")
def autentique_url() -> Iterator[str]:
    with simulator("simulators.autentique", "--retry-scale", "0.001") as url:
        yield url


@pytest.fixture(scope="module", autouse=True)
def soon() -> Iterator[None]:
    """At once instead of half a minute after the call's time-out: nobody is frozen between attempt and call here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calling, "RESOLVE_AFTER", timedelta(0))
        yield


@pytest.fixture(scope="module")
async def office(legion_without_streams: Ground, autentique_url: str) -> AsyncIterator[Office]:
    async with streams(replace(legion_without_streams.places, autentique=autentique_url, sign_timeout_ms=1_500)):
        shop: Shop = await open_shop(legion_without_streams)
        yield await open_office(shop, autentique_url)


@pytest.fixture(scope="module")
async def sale(office: Office) -> Sale:
    return await office.sold_to(office.shop.talk())


@pytest.fixture(autouse=True)
async def no_faults(office: Office) -> AsyncIterator[None]:
    yield
    await office.shop.ground.http.delete(f"{office.simulator}/_faults")


async def fault(office: Office, **body: Any) -> None:
    (await office.shop.ground.http.post(f"{office.simulator}/_faults", json=body)).raise_for_status()


async def test_a_signature_is_told_by_a_webhook_kept_and_wins_the_deal(office: Office) -> None:
    sale = await office.sold_to(office.shop.talk())
    contract = await sale.drafts(("client", Reach.CHANNEL), ("us", Reach.EMAIL))
    await sale.sends(contract)
    await sale.becomes(contract, *SENT)
    (document,) = await office.documents(contract)
    link = next(each["link"]["short_link"] for each in document["signatures"] if each.get("link"))

    async def said() -> bool:
        return any(link in each["text"] for each in await sale.talk.shown())

    await until("the link", said)
    await fault(office, kind="duplicate", copies=2)
    await office.act(document, "sign")
    signed = await sale.becomes(contract, ContractState.COMPLETED)
    deal = await sale.shown()
    assert (deal.state, deal.stage_id) == ("won", office.stage)
    assert (deal.held_stage_id, deal.held_missing) == (office.closed, ["value"])
    topics = await sale.topics(contract)
    assert [topics.count(each) for each in ("ContractViewed", "ContractSignerSigned", "ContractSigned")] == [2, 2, 1]
    assert signed.file_id is not None
    _, content = await office.shop.ground.vault.files.content(office.shop.company, signed.file_id)
    assert sha256(content).hexdigest() == signed.sha256
    theirs = await office.shop.ground.http.get(
        document["files"]["signed"], headers={"authorization": f"Bearer {office.token}"}
    )
    assert content == theirs.content
    assert await office.billed(contract) == 1
    erase = EraseLead(lead=sale.lead, reason=ErasureReason.LEAD_REQUEST, alias_hashes=(), ingress_ends=())
    await office.shop.ground.run(office.shop.company, lead_journey(sale.lead), erase)

    async def gone() -> bool:
        kept = await office.shop.ground.vault.files.kept_of_lead(office.shop.company, sale.lead)
        return not kept

    await until("the file is gone", gone)
    assert (await sale.contract(contract)).sha256 == signed.sha256


async def test_a_time_out_after_it_was_made_finds_it_each_time(office: Office, sale: Sale) -> None:
    made = [await sale.drafts(("us", Reach.EMAIL)) for _ in range(5)]
    await fault(office, kind="timeout_after", only=["createDocument"])
    await asyncio.gather(*(sale.sends(each) for each in made))
    for contract in made:
        await sale.becomes(contract, *SENT)
        assert await office.billed(contract) == 1
        assert (await sale.topics(contract)).count("ContractAttempted") == 1


async def test_what_the_search_does_not_find_is_unknown_until_a_person_says(office: Office, sale: Sale) -> None:
    made = [await sale.drafts(("us", Reach.EMAIL)) for _ in range(3)]
    await fault(office, kind="drop")  # no webhook tells of it either
    await fault(office, kind="lists_late")
    await fault(office, kind="error_after", status=502, only=["createDocument"])
    await asyncio.gather(*(sale.sends(each) for each in made))
    for contract in made:
        await sale.becomes(contract, ContractState.OUTCOME_UNKNOWN)
        assert (await sale.topics(contract)).count("ContractAttempted") == 1
        assert await office.billed(contract) <= 1
    async with office.shop.ground.reads.system() as conn:
        assert Unsettled(company=office.shop.company, contracts=3) in await unsettled(conn)
    run, journey = office.shop.ground.run, lead_journey(sale.lead)
    await office.shop.ground.http.delete(f"{office.simulator}/_faults")
    (found,) = await office.documents(made[0])
    say = SettleContract(lead=sale.lead, contract=made[0], never_made=False, document=found["id"])
    await run(office.shop.company, journey, say)
    assert (await sale.becomes(made[0], *SENT)).document == found["id"]


async def test_what_was_never_made_is_unknown_too_and_is_made_when_a_person_says_so(office: Office, sale: Sale) -> None:
    contract = await sale.drafts(("us", Reach.EMAIL))
    await fault(office, kind="never_does", count=1, only=["createDocument"])
    await sale.sends(contract)
    await sale.becomes(contract, ContractState.OUTCOME_UNKNOWN)
    say = SettleContract(lead=sale.lead, contract=contract, never_made=True, document=None)
    await office.shop.ground.run(office.shop.company, lead_journey(sale.lead), say)
    await sale.sends(contract)
    await sale.becomes(contract, *SENT)
    assert await office.billed(contract) == 1


async def test_a_forged_webhook_says_nothing_and_a_signed_one_does(office: Office, sale: Sale) -> None:
    contract = await sale.drafts(("us", Reach.EMAIL))
    await fault(office, kind="drop")  # nothing else makes anybody look
    await sale.sends(contract)
    await sale.becomes(contract, *SENT)
    (document,) = await office.documents(contract)
    http: httpx.AsyncClient = office.shop.ground.http
    await http.delete(f"{office.simulator}/_faults")
    await fault(office, kind="forge")
    await office.act(document, "view")

    async def refused() -> bool:
        told = (await http.get(f"{office.simulator}/_sim/deliveries", params={"document": document["id"]})).json()
        forged = [each for each in told if each["event"] == "signature.viewed"]
        return bool(forged) and all(each["outcome"] == "exhausted" for each in forged)

    await until("every try refused", refused)
    assert "ContractViewed" not in await sale.topics(contract)
    await http.delete(f"{office.simulator}/_faults")
    event = {"type": "document.updated", "document_id": document["id"]}
    (await http.post(f"{office.simulator}/_sim/events", json=event)).raise_for_status()
    await sale.becomes(contract, ContractState.VIEWED)


async def test_documents_that_the_account_does_not_show_are_told(
    office: Office, sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground, company = office.shop.ground, office.shop.company
    contract = await sale.drafts(("us", Reach.EMAIL))
    await sale.sends(contract)
    await sale.becomes(contract, *SENT)
    (document,) = await office.documents(contract)

    async def told() -> list[str]:
        async with ground.reads.system() as conn:
            return [each.company for each in await unseen(conn) if each.contracts == 1]

    async def looks_again() -> bool:
        return not await told()

    monkeypatch.setattr(status, "UNSEEN_AFTER", timedelta(0))  # two hours in no time
    await until("all is looked at", looks_again)
    await office.set_token(str(uuid4()))
    try:
        await office.act(document, "view")

        async def shown() -> bool:
            return company in await told()

        await until("it is told", shown)
        assert "ContractViewed" not in await sale.topics(contract)
    finally:
        await office.set_token(office.token)
    event = {"type": "document.updated", "document_id": document["id"]}
    (await ground.http.post(f"{office.simulator}/_sim/events", json=event)).raise_for_status()
    await sale.becomes(contract, ContractState.VIEWED)
    await until("all is looked at", looks_again)


async def test_a_document_that_is_nobodys_is_a_dead_letter_at_once(office: Office) -> None:
    """An account may have hundreds that were made by hand: nobody's webhook waits for them."""
    ground = office.shop.ground
    resource = {"id": uuid4().hex, "name": "Feito à mão"}
    event = {"type": "document.updated", "token": office.token, "resource": resource}
    (await ground.http.post(f"{office.simulator}/_sim/events", json=event)).raise_for_status()

    async def buried() -> bool:
        letters = await read_letters(ground.places.kafka, ground.places.topics.dlq)
        return any(each.code == "unknown_document" for each in letters.all())

    await until("the dead letter", buried, WAIT_S / 2)


async def test_documents_of_others_are_no_reason_to_stop_however_many(office: Office, sale: Sale) -> None:
    """Somebody sends fifty by hand, or by another system: so many letters would say that we understand nothing."""
    ground = office.shop.ground
    for number in range(2 * MIN_LETTERS):
        resource = {"id": uuid4().hex, "name": f"Feito à mão {number}"}
        event = {"type": "document.updated", "token": office.token, "resource": resource}
        (await ground.http.post(f"{office.simulator}/_sim/events", json=event)).raise_for_status()

    async def buried() -> bool:
        letters = await read_letters(ground.places.kafka, ground.places.topics.dlq)
        return sum(each.code == "unknown_document" for each in letters.all()) >= 2 * MIN_LETTERS

    await until("the dead letters", buried)
    contract = await sale.drafts(("us", Reach.EMAIL))
    await sale.sends(contract)
    await sale.becomes(contract, *SENT)


async def test_cancelled_at_the_provider_and_refused_for_good(office: Office, sale: Sale) -> None:
    contract = await sale.drafts(("us", Reach.EMAIL))
    await sale.sends(contract)
    await sale.becomes(contract, *SENT)
    cancel = CancelContract(lead=sale.lead, contract=contract)
    await office.shop.ground.run(office.shop.company, lead_journey(sale.lead), cancel)
    await sale.becomes(contract, ContractState.CANCELLED)
    wrong = await sale.drafts(("us", Reach.EMAIL))
    await fault(office, kind="errors", message="unavailable_credits", count=1, only=["createDocument"])
    await sale.sends(wrong)
    assert (await sale.becomes(wrong, ContractState.FAILED)).code == "unavailable_credits"
    assert await office.billed(wrong) == 0
    later = await sale.drafts(("us", Reach.EMAIL))
    await fault(office, kind="refuse", status=429, count=1, only=["createDocument"])
    await sale.sends(later)

    async def put_off() -> bool:
        return "ContractRejected" in await sale.topics(later)

    await until("put off", put_off)
    assert (await sale.contract(later)).state == ContractState.SENDING
