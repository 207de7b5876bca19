"""What is known of a lead: answers, what brought them here, what they agree to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, Field

from api.auth import CallerDep, TenantDep, allowed
from api.bodies import Strict
from api.on_lead import OnLeadDep, text_of
from api.reading import Fresh
from api.routes.lead_states import Evidence
from api.services import ServicesDep
from api.submit import Written, written
from api.watch import ReadingDep
from domain.kernel.actor import Permission
from domain.kernel.errors import InvalidInput
from domain.kernel.ids import derived
from domain.kernel.sealed import ClickId, label_of
from domain.lead.commands import RecordConsent, RecordFacts, RecordTouch
from domain.lead.know import KEY, MAX_INTENT
from domain.lead.origin import MAX_ID
from domain.lead.parts import ConsentFor, ConsentHow, Fact, Touch
from domain.qualification import judge
from domain.qualification.judge import MAX_VALUE
from domain.qualification.settings import Rules
from projections.read import known, qualification
from vault.codec import SubjectSealer
from vault.facts import sealed_fact

router = APIRouter(prefix="/v1/leads/{lead_id}", tags=["leads"], dependencies=[Fresh])

AT_ONCE: Final = 50
"""Answers of one call: more than a form has fields."""

Number = Annotated[int, Field(gt=-(2**53), lt=2**53)]
"""What every reader of JSON knows exactly (RFC 8259 §6)."""

Platform = Annotated[str | None, Field(min_length=1, max_length=MAX_ID)]


class AnswerBody(Strict):
    """confidence: per cent; of who knows it, 100. source: id of the event whose message says so."""

    key: str = Field(pattern=f"^{KEY.pattern}$")
    value: Annotated[str, Field(min_length=1, max_length=MAX_VALUE)] | Number | bool
    confidence: int = Field(default=100, ge=0, le=100)
    source: UUID | None = None

    def sealed(self, sealer: SubjectSealer, rules: Rules | None) -> Fact:
        """With the points that the company's rules give; none where nothing is asked by this key. Raises InvalidInput
        `answer_invalid` for what does not answer the question."""
        question = next((each for each in rules.questions if each.key == self.key), None) if rules else None
        value = self.value if question is None else judge.answer(question, self.value)
        if value is None:
            raise InvalidInput("answer_invalid", f"facts: {self.key} does not answer the company's question")
        points = judge.points(question, value) if question else 0
        source = text_of(self.source)
        return sealed_fact(sealer, self.key, value, points=points, confidence=self.confidence, source=source)


class FactsBody(Strict):
    """intent: what they want, in a word."""

    facts: tuple[AnswerBody, ...] = Field(default=(), max_length=AT_ONCE)
    intent: str | None = Field(default=None, min_length=1, max_length=MAX_INTENT)


class TouchBody(Strict):
    """At least one of the ids or the click's. click: `ctwa_clid`, `fbclid` or another."""

    source: Literal["ctwa", "link", "form", "api"] = "api"
    campaign: Platform = None
    ad_set: Platform = None
    ad: Platform = None
    click: str | None = Field(default=None, min_length=1, max_length=500)
    happened_at: AwareDatetime | None = None


class ConsentBody(Strict):
    given: bool
    how: ConsentHow
    evidence: Evidence = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadKnowledge:
    """touches: the first touch first."""

    facts: tuple[known.Fact, ...]
    touches: tuple[known.Touch, ...]
    consents: tuple[known.Consent, ...]


@router.get("/facts", **allowed(Permission.LEAD_READ))
async def get_facts(
    lead_id: UUID, on: OnLeadDep, services: ServicesDep, caller: CallerDep, tenant: TenantDep, reading: ReadingDep
) -> LeadKnowledge:
    """404 `lead_not_found`."""
    lead = await on.lead(lead_id)
    async with services.reads.company(tenant, caller.sight) as conn:
        found = LeadKnowledge(
            facts=await known.facts(conn, tenant, lead),
            touches=await known.touches(conn, tenant, lead),
            consents=await known.consents(conn, tenant, lead),
        )
    reading.of("lead", lead)
    return found


@router.put("/facts", **written(Written), **allowed(Permission.LEAD_MANAGE))
async def put_facts(lead_id: UUID, body: FactsBody, on: OnLeadDep) -> Response:
    """Beside what is known. What a person says no machine changes. Where the company's rules are met by it the lead is
    qualified, and handed over if they say so. 404 `lead_not_found`; 422 `unknown_evidence`, `answer_invalid` for what
    does not answer the question of that key; 409 `facts_unchanged`, `fact_twice`, `too_many_facts`, `journey_closed`,
    `lead_erased`."""
    lead = await on.lead(lead_id)
    await on.evidence(lead, tuple(fact.source for fact in body.facts if fact.source))
    sealer = await on.sealer(lead)
    id_ = on.id_of(f"facts:{lead}")
    async with on.services.reads.company(on.tenant, on.caller.sight) as conn:
        found = await qualification.rules(conn, on.tenant)
        rule = found.rules.handoff if found else None
        handoff = await qualification.auto_handoff(conn, on.tenant, rule, derived("deal", id_))
    command = RecordFacts(
        lead=lead,
        facts=tuple(fact.sealed(sealer, found.rules if found else None) for fact in body.facts),
        intent=body.intent,
        bar=judge.bar(found.number, found.rules) if found else None,
        handoff=handoff,
    )
    return await on.write(lead, command, id_)


@router.post("/touches", **written(Written), **allowed(Permission.LEAD_MANAGE))
async def post_touch(lead_id: UUID, body: TouchBody, on: OnLeadDep) -> Response:
    """What brought them here. 404 `lead_not_found`; 409 `touch_invalid`, `touch_known` for what was the last one
    already, `journey_closed`, `lead_erased`."""
    lead = await on.lead(lead_id)
    sealer = await on.sealer(lead)
    touch = Touch(
        source=body.source,
        campaign=body.campaign,
        ad_set=body.ad_set,
        ad=body.ad,
        click=sealer.text(label_of(ClickId), body.click) if body.click else None,
        click_digest=sealer.tag(body.click) if body.click else None,
        happened_at=body.happened_at,
    )
    return await on.write(lead, RecordTouch(lead=lead, touch=touch), on.id_of(f"touches:{lead}"))


@router.put("/consents/{purpose}", **written(Written), **allowed(Permission.LEAD_MANAGE))
async def put_consent(lead_id: UUID, purpose: ConsentFor, body: ConsentBody, on: OnLeadDep) -> Response:
    """They agree, or do not any more. 404 `lead_not_found`; 422 `unknown_evidence`; 409 `consent_unchanged`,
    `journey_closed`, `lead_erased`."""
    lead = await on.lead(lead_id)
    evidence = await on.evidence(lead, body.evidence)
    command = RecordConsent(lead=lead, purpose=purpose, given=body.given, how=body.how, evidence=evidence)
    return await on.write(lead, command, on.id_of(f"consents:{lead}:{purpose}"))
