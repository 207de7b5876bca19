"""What is known of a lead, and whether that is enough."""

from __future__ import annotations

import re
from typing import Final

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


def record_facts(journey: Journey, command: lc.RecordFacts) -> None:
    """What a person says is not changed by a machine, nor what a machine was surer of. A reading that found nothing new
    is recorded, too: it was done.

    Refused: unknown_lead, journey_closed, fact_key_invalid, fact_twice, confidence_out_of_range, too_many_facts,
    intent_invalid, facts_unchanged.
    """
    lead = open_lead(journey, command.lead)
    _check(lead, command)
    by = _by(journey.context.actor)
    facts = tuple(fact for fact in command.facts if _counts(lead, fact, by))
    intent = command.intent if command.intent != lead.intent else None
    if not facts and intent is None and command.extraction is None:
        raise Refused("facts_unchanged")
    journey.record(
        lead,
        ld.LeadFactsRecorded,
        lead=command.lead,
        by=by,
        facts=facts,
        intent=intent,
        extraction=command.extraction,
    )
    if not lead.facts:
        return
    if may_follow(lead.state, LeadState.QUALIFYING):
        _start(journey, lead)
    if command.bar is not None and lead.state is LeadState.QUALIFYING and clears(lead, command.bar):
        evidence = _sources(lead, command.bar.required)
        qualified(journey, lead, StateReason.RULES_MET, evidence, rules=command.bar.rules)


def clears(lead: Lead, bar: Bar) -> bool:
    """What is known is enough."""
    return (
        all(key in lead.facts for key in bar.required)
        and lead.score >= bar.threshold
        and (not bar.intents or lead.intent in bar.intents)
    )


def _check(lead: Lead, command: lc.RecordFacts) -> None:
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
    known = lead.facts.get(fact.key)
    if known is None:
        return True
    if by is FactBy.PERSON:
        return (known.by, known.digest) != (by, fact.digest)
    return known.by is FactBy.MACHINE and known.digest != fact.digest and fact.confidence >= known.confidence


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
