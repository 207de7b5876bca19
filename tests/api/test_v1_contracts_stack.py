"""Templates and contracts as people make them, all that is wrong told at once. Nothing is sent: no runner is here."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from gateways.autentique.account import PROVIDER
from tests.api.people import Person, join
from tests.api.selling import PIPELINE
from tests.api.world import World

pytestmark = pytest.mark.stack

BODY: dict[str, Any] = {
    "title": "Contrato",
    "variables": [
        {"name": "client", "kind": "text", "label": "Cliente"},
        {"name": "cpf", "kind": "cpf"},
        {"name": "price", "kind": "money"},
        {"name": "note", "kind": "text", "required": False},
    ],
    "blocks": [
        {"type": "paragraph", "runs": [{"text": "{{client}} ({{cpf}}), {{price}}. {{note}}"}]},
        {"type": "signature", "signer": "client", "runs": [{"variable": "client"}]},
    ],
}
VALUES: dict[str, Any] = {
    "client": "Rosa Lima",
    "cpf": "529.982.247-25",
    "price": {"minor": 250_000, "currency": "BRL"},
}
CLIENT = {"signer": "client", "name": "Rosa Lima", "email": "rosa@example.com", "cpf": "52998224725"}
ACCOUNT = {"token": "token-of-the-account", "webhook_secrets": ["secret-of-the-endpoint"], "sandbox": True}


@dataclass(frozen=True, slots=True)
class Office:
    world: World
    company: str
    admin: Person
    template: str

    async def call(self, method: str, path: str, body: Any = None, *, by: Person | None = None, **h: str) -> Any:
        return await (by or self.admin).call(method, f"/v1{path}", body, x_tenant_id=self.company, **h)

    async def done(self, method: str, path: str, body: Any = None, *, by: Person | None = None, **h: str) -> Any:
        answer = await self.call(method, path, body, by=by, **h)
        assert answer.status_code == 200, f"{method} {path}: {answer.text}"
        return answer.json()

    async def refused(self, method: str, path: str, body: Any = None, *, by: Person | None = None) -> tuple[int, str]:
        answer = await self.call(method, path, body, by=by)
        return answer.status_code, answer.json()["code"]

    async def deal(self) -> str:
        lead, _ = await self.world.lead(self.company)
        return str((await self.done("POST", f"/leads/{lead}/handoff", {"reason": "qualified"}))["deal"])

    def draft(self, deal: str, /, **changed: Any) -> dict[str, Any]:
        return {"deal": deal, "template": self.template, "values": VALUES, "signers": [CLIENT], **changed}


@pytest.fixture(scope="module")
async def office(world: World) -> Office:
    company = await world.company()
    admin = await join(world, company, "company_admin")
    office = Office(world, company, admin, "")
    template = (await office.done("POST", "/templates", {"name": "Curso", "body": BODY}))["template"]
    await office.done("POST", "/pipelines", PIPELINE)
    await office.done("PUT", "/integrations/autentique", ACCOUNT)
    return Office(world, company, admin, template)


async def test_a_template_is_made_changed_shown_and_retired(office: Office) -> None:
    made = (await office.done("POST", "/templates", {"name": "Aula", "body": BODY}))["template"]
    body = {**deepcopy(BODY), "title": "Contrato II"}
    await office.done("POST", f"/templates/{made}/versions", {"name": "Aula", "body": body})
    shown = await office.done("GET", f"/templates/{made}")
    assert (shown["version"], shown["newest"], shown["body"], shown["signers"]) == (2, 2, body, ["client"])
    assert (await office.done("GET", f"/templates/{made}?version=1"))["body"] == BODY
    listed = {each["id"]: each["version"] for each in await office.done("GET", "/templates")}
    assert listed[made] == 2
    await office.done("DELETE", f"/templates/{made}")
    assert (await office.done("GET", f"/templates/{made}?version=1"))["retired"]
    assert await office.refused("POST", f"/templates/{made}/versions", {"name": "III", "body": BODY}) == (
        409,
        "template_retired",
    )
    deal = await office.deal()
    assert await office.refused("POST", "/contracts", office.draft(deal, template=made)) == (409, "template_retired")


async def test_all_that_is_wrong_with_a_template_is_told(office: Office) -> None:
    wrong = {"title": "T", "blocks": [{"type": "paragraph", "runs": [{"text": "{{a}}"}, {"text": "{{b}}"}]}]}
    answer = await office.call("POST", "/templates", {"name": "T", "body": wrong})
    assert (answer.status_code, answer.json()["code"]) == (422, "template_invalid")
    assert answer.json()["errors"] == [
        {"at": "blocks.0.runs.0", "why": "variable_undeclared"},
        {"at": "blocks.0.runs.1", "why": "variable_undeclared"},
    ]


async def test_a_preview_is_a_pdf_or_says_all_that_is_missing(office: Office) -> None:
    path = f"/templates/{office.template}/preview"
    shown = await office.call("POST", path, {"values": VALUES})
    assert (shown.status_code, shown.headers["content-type"]) == (200, "application/pdf")
    assert shown.content.startswith(b"%PDF-")
    answer = await office.call("POST", path, {"values": {"cpf": "111.111.111-11", "what": 1}})
    assert (answer.status_code, answer.json()["code"]) == (422, "values_invalid")
    assert {(each["at"], each["why"]) for each in answer.json()["errors"]} == {
        ("client", "missing"),
        ("price", "missing"),
        ("cpf", "cpf_invalid"),
        ("what", "unknown_variable"),
    }
    assert await office.refused("POST", path, {"values": VALUES, "locale": "xx"}) == (422, "locale_unknown")


async def test_a_contract_is_drafted_shown_sent_and_cancelled(office: Office) -> None:
    deal = await office.deal()
    contract = (await office.done("POST", "/contracts", office.draft(deal)))["contract"]
    shown = await office.done("GET", f"/contracts/{contract}")
    assert (shown["contract"]["state"], shown["contract"]["sandbox"]) == ("drafted", True)
    assert shown["values"] == VALUES
    assert shown["signers"][0]["contact"]["cpf"] == "52998224725"
    assert [(each["event"], each["by"]) for each in shown["history"]] == [("ContractDrafted", "user")]
    listed = await office.done("GET", f"/contracts?deal={deal}")
    assert [each["id"] for each in listed["items"]] == [contract]
    await office.done("POST", f"/contracts/{contract}/sending")
    assert await office.refused("POST", f"/contracts/{contract}/sending") == (409, "contract_sent")
    assert await office.refused("GET", f"/contracts/{contract}/file") == (409, "contract_not_signed")
    settle = {"never_made": True}
    assert await office.refused("POST", f"/contracts/{contract}/settling", settle) == (409, "nothing_to_settle")
    both = {"never_made": True, "document": "abc"}
    assert await office.refused("POST", f"/contracts/{contract}/settling", both) == (422, "settling_contradicts")
    resend = {"signer": "client"}
    assert await office.refused("POST", f"/contracts/{contract}/resending", resend) == (409, "contract_not_sent")
    await office.done("POST", f"/contracts/{contract}/cancelling")
    assert (await office.done("GET", f"/contracts/{contract}"))["contract"]["state"] == "cancelled"


async def test_a_draft_that_cannot_be_says_why(office: Office) -> None:
    deal = await office.deal()
    wrong = {**CLIENT, "signer": "us", "email": "nobody", "cpf": "1", "phone": "12"}
    answer = await office.call("POST", "/contracts", office.draft(deal, values={}, signers=[wrong]))
    assert answer.json()["code"] == "values_invalid"
    assert {(each["at"], each["why"]) for each in answer.json()["errors"]} == {
        *((name, "missing") for name in ("client", "cpf", "price")),
        ("signers.0.email", "email_invalid"),
        ("signers.0.cpf", "cpf_invalid"),
        ("signers.0.phone", "phone_invalid"),
        ("client", "signer_missing"),
    }
    for changed, told in (
        ({"signers": [{**CLIENT, "role": "witness"}]}, (409, "nobody_signs")),
        ({"signers": [CLIENT, CLIENT]}, (409, "signer_twice")),
        ({"deadline_at": "2020-01-01T00:00:00Z"}, (409, "deadline_passed")),
        ({"template": str(uuid4())}, (404, "template_not_found")),
        ({"deal": str(uuid4())}, (404, "deal_not_found")),
        ({"deadline_at": "2027-01-01T00:00:00"}, (422, "invalid_input")),
    ):
        assert await office.refused("POST", "/contracts", office.draft(deal, **changed)) == told


async def test_a_company_without_an_account_sends_nothing_and_anothers_contract_is_none(office: Office) -> None:
    other = await office.world.company()
    admin = await join(office.world, other, "company_admin")
    theirs = Office(office.world, other, admin, "")
    template = (await theirs.done("POST", "/templates", {"name": "Curso", "body": BODY}))["template"]
    await theirs.done("POST", "/pipelines", PIPELINE)
    deal = await theirs.deal()
    told = await theirs.refused("POST", "/contracts", theirs.draft(deal, template=template))
    assert told == (409, "provider_not_configured")
    assert await theirs.refused("GET", "/integrations/autentique") == (404, "provider_not_configured")
    assert await theirs.refused("PUT", "/integrations/autentique", {"sandbox": True}) == (422, "token_missing")
    assert await office.refused("POST", "/contracts", office.draft(deal)) == (404, "deal_not_found")
    assert await office.refused("POST", "/contracts", office.draft(await office.deal(), template=template)) == (
        404,
        "template_not_found",
    )


async def test_the_account_keeps_what_is_not_given_and_its_address(office: Office) -> None:
    before = await office.done("GET", "/integrations/autentique")
    nothing = {"webhook_secrets": [""], "sandbox": True}
    assert (await office.refused("PUT", "/integrations/autentique", nothing))[0] == 422, "no webhook would be believed"
    changed = await office.done("PUT", "/integrations/autentique", {"webhook_secrets": ["n" * 20, "o" * 20],
                                                                     "sandbox": False})  # fmt: skip
    assert changed == {"sandbox": False, "webhook_url": before["webhook_url"], "webhook_secrets": 2}
    hook = before["webhook_url"].rsplit("/", 1)[1]
    found = await office.world.vault.credentials.instance_for(PROVIDER, hook)
    assert found is not None
    assert (found.company, len(found.secrets)) == (office.company, 2)
    assert "token" not in str(changed).replace("token-", "")
    sdr = await join(office.world, office.company, "sdr")
    assert (await office.call("PUT", "/integrations/autentique", {"sandbox": True}, by=sdr)).status_code == 403
    await office.done("PUT", "/integrations/autentique", {"sandbox": True})


async def test_a_rule_of_a_signature_names_what_the_pipeline_has(office: Office) -> None:
    made = (await office.done("POST", "/pipelines", {**PIPELINE, "name": "Signed"}))["pipeline"]
    shown = await office.done("GET", f"/pipelines/{made}")
    whole = {name: shown[name] for name in ("name", "stages", "won_reasons", "lost_reasons")}
    for rule, told in (
        ({}, (409, "rule_empty")),
        ({"wins": True}, (409, "reason_missing")),
        ({"stage": str(uuid4())}, (404, "unknown_stage")),
        ({"wins": True, "reason": str(uuid4())}, (404, "unknown_reason")),
    ):
        assert await office.refused("PUT", f"/pipelines/{made}", {**whole, "on_signature": rule}) == told
    rule = {"stage": shown["stages"][1]["id"], "wins": True, "reason": shown["won_reasons"][0]["id"]}
    await office.done("PUT", f"/pipelines/{made}", {**whole, "on_signature": rule})
    assert (await office.done("GET", f"/pipelines/{made}"))["on_signature"] == rule
