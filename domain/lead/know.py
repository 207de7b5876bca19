"""What is known of a lead, and whether that is enough."""

from __future__ import annotations

import re
from typing import Final, Protocol

from domain.deal.handoff import hand_off_by_rule
from domain.deal.parts import AutoHandoff
from domain.kernel.actor import Actor, ActorKind
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.lead import commands as lc
from domain.lead import events as ld
from domain.lead.advance import qualified
from domain.lead.aggregate import Lead
from domain.lead.decide import open_lead
from domain.lead.life import MAX_EVIDENCE, LeadState, may_follow
from domain.lead.parts import Bar, Fact, FactBy, StateReason

KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""Of a question: it stands in columns, settings and templates."""

MAX_FACTS: Final = 100
"""Answers of one lead. Rules have at most forty questions, and they change over the years."""

MAX_INTENT: Final = 40
"""Characters: a code such as `buy`, and no sentence."""


class Said(Protocol):
    """What somebody says of a lead: of the commands that do."""

    @property
    def facts(self) -> tuple[Fact, ...]: ...
    @property
    def intent(self) -> str | None: ...
    @property
    def bar(self) -> Bar | None: ...
    @property
    def handoff(self) -> AutoHandoff | None: ...


def record_facts(journey: Journey, command: lc.RecordFacts) -> None:
    """What a person says is not changed by a machine, nor what a machine was surer of.

    Refused: unknown_lead, journey_closed, fact_key_invalid, fact_twice, confidence_out_of_range, too_many_facts,
    intent_invalid, facts_unchanged.
    """
    lead = open_lead(journey, command.lead)
    check_facts(lead, command)
    if not learn(journey, lead, command, extraction=None):
        raise Refused("facts_unchanged")


def learn(journey: Journey, lead: Lead, said: Said, *, extraction: str | None) -> bool:
    """Records what is new of what was said, and what follows from all that is known: that they are qualified, and with
    a rule for it the handoff. False where nothing was recorded. Whoever calls has looked by `check_facts`."""
    before = len(journey.events)
    by = _by(journey.context.actor)
    facts = tuple(fact for fact in said.facts if _counts(lead, fact, by))
    intent = said.intent if _is_new(lead, said.intent, by) else None
    if facts or intent is not None:
        journey.record(
            lead,
            ld.LeadFactsRecorded,
            lead=lead.key,
            by=by,
            facts=facts,
            intent=intent,
            extraction=extraction,
        )
    if lead.facts and may_follow(lead.state, LeadState.QUALIFYING):
        _start(journey, lead)
    if said.bar is not None and lead.state is LeadState.QUALIFYING and clears(lead, said.bar):
        qualified(journey, lead, StateReason.RULES_MET, _sources(lead, said.bar.required), rules=said.bar.rules)
        if said.handoff is not None:
            hand_off_by_rule(journey, lead, said.handoff)
    return len(journey.events) > before


def clears(lead: Lead, bar: Bar) -> bool:
    """What is known is enough."""
    return (
        all(key in lead.facts for key in bar.required)
        and lead.score >= bar.threshold
        and (not bar.intents or lead.intent in bar.intents)
    )


def check_facts(lead: Lead, command: Said) -> None:
    """Refused: fact_key_invalid, fact_twice, confidence_out_of_range, too_many_facts, intent_invalid."""
    keys = [fact.key for fact in command.facts]
    if fault := next((key for key in keys if not KEY.fullmatch(key)), None):
        raise Refused("fact_key_invalid", fault)
    if len(set(keys)) < len(keys):
        raise Refused("fact_twice")
    if fault := next((fact.key for fact in command.facts if not 0 <= fact.confidence <= 100), None):
        raise Refused("confidence_out_of_range", fault)
    if len(lead.facts.keys() | keys) > MAX_FACTS:
        raise Refused("too_many_facts", f"at most {MAX_FACTS}")
    if command.intent is not None and not 0 < len(command.intent) <= MAX_INTENT:
        raise Refused("intent_invalid", f"1 to {MAX_INTENT} characters")


def _by(actor: Actor) -> FactBy:
    return FactBy.PERSON if actor.kind is ActorKind.USER else FactBy.MACHINE


def _counts(lead: Lead, fact: Fact, by: FactBy) -> bool:
    """points: the same answer counts anew where rules have changed."""
    known = lead.facts.get(fact.key)
    if known is None:
        return True
    another = (known.digest, known.points) != (fact.digest, fact.points)
    if by is FactBy.PERSON:
        return another or known.by is FactBy.MACHINE
    return known.by is FactBy.MACHINE and another and fact.confidence >= known.confidence


def _is_new(lead: Lead, intent: str | None, by: FactBy) -> bool:
    """As a fact: what a person says no machine changes."""
    if intent is None or (lead.intent_by is FactBy.PERSON and by is FactBy.MACHINE):
        return False
    return (intent, by) != (lead.intent, lead.intent_by) if by is FactBy.PERSON else intent != lead.intent


def _start(journey: Journey, lead: Lead) -> None:
    journey.record(
        lead,
        ld.LeadQualificationStarted,
        lead=lead.key,
        reason=StateReason.FIRST_FACT,
        evidence=_sources(lead, tuple(lead.facts)),
    )


def _sources(lead: Lead, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The events that say so, each once."""
    sources = {source for key in keys if (source := lead.facts[key].source) is not None}
    return tuple(sorted(sources))[:MAX_EVIDENCE]
