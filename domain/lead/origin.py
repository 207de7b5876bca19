"""What brought a lead here, and what they agree to: told by whatever source, kept in no source's words."""

from __future__ import annotations

from typing import Final

from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.lead import commands as lc
from domain.lead import events as ld
from domain.lead.advance import check_evidence
from domain.lead.aggregate import Lead
from domain.lead.decide import open_lead
from domain.lead.parts import Touch

SOURCES: Final = frozenset({"ctwa", "link", "form", "api"})
"""An ad that opens a chat; a link with parameters; a form; told by a system of the company."""

MAX_ID: Final = 200
"""Characters of a campaign, an ad set or an ad: platforms' ids have about twenty."""


def record_touch(journey: Journey, command: lc.RecordTouch) -> None:
    """Refused: unknown_lead, journey_closed, touch_invalid, touch_known."""
    lead = open_lead(journey, command.lead)
    if fault := touch_fault(command.touch):
        raise Refused("touch_invalid", fault)
    if _same(lead, command.touch):
        raise Refused("touch_known")
    journey.record(lead, ld.LeadTouched, lead=command.lead, touch=command.touch, evidence=())


def touched(journey: Journey, lead: Lead, touch: Touch | None) -> None:
    """The event recorded last is the message that says so. The same touch again, and one that makes no sense, is not
    recorded: the message stands all the same."""
    if touch is not None and touch_fault(touch) is None and not _same(lead, touch):
        journey.record(lead, ld.LeadTouched, lead=lead.key, touch=touch, evidence=(journey.last_event,))


def touch_fault(touch: Touch) -> str | None:
    """What is wrong with it; None: nothing."""
    if touch.source not in SOURCES:
        return f"source: one of {', '.join(sorted(SOURCES))}"
    ids = {"campaign": touch.campaign, "ad_set": touch.ad_set, "ad": touch.ad}
    for name, id_ in ids.items():
        if id_ is not None and not 0 < len(id_) <= MAX_ID:
            return f"{name}: 1 to {MAX_ID} characters"
    if not any((*ids.values(), touch.click)):
        return "nothing says where they come from"
    return None


def record_consent(journey: Journey, command: lc.RecordConsent) -> None:
    """Refused: unknown_lead, journey_closed, consent_unchanged, too_much_evidence."""
    lead = open_lead(journey, command.lead)
    if lead.consents.get(command.purpose) is command.given:
        raise Refused("consent_unchanged")
    check_evidence(command.evidence)
    journey.record(
        lead,
        ld.ConsentRecorded,
        lead=command.lead,
        purpose=command.purpose,
        given=command.given,
        how=command.how,
        evidence=command.evidence,
    )


def _same(lead: Lead, touch: Touch) -> bool:
    """As the last one, but for sealing, which differs each time, and the clock."""
    last = lead.touch
    return last is not None and _told(last) == _told(touch)


def _told(touch: Touch) -> tuple[str | None, ...]:
    return touch.source, touch.campaign, touch.ad_set, touch.ad, touch.click_digest
