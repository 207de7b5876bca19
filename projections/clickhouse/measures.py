"""Which field of which event becomes which column: the whole mapping, closed over the registry of events.

A path names a field, a field of a nested record (`usage.model`), the first of several (`chunks.0.chunk`) or how many
there are (`#chunks`). A path into a sealed field does not compile, so no column can hold personal data; free text,
names, provider ids and alias hashes are left out by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.access import events as a
from domain.centurion import events as n
from domain.contract import events as k
from domain.conversation import events as c
from domain.conversion import events as v
from domain.deal import events as d
from domain.effect import events as x
from domain.holding import events as h
from domain.instance import events as i
from domain.kernel.event import Event
from domain.lead import events as ld
from domain.people import events as p
from domain.pipeline import events as pl
from domain.pixel import events as px
from domain.qualification import events as q
from domain.security import events as s
from domain.service import events as sv
from domain.team import events as t
from domain.template import events as tp

Paths = Mapping[str, str]
"""Column → path."""


def take(names: str = "", **renamed: str) -> Paths:
    """names: fields that have the column's name. renamed: column = path."""
    return {name: name for name in names.split()} | renamed


_TURN: Final = {"turn": "turn.turn", "first_at": "turn.first_us"}
_REPLY: Final = {"chunk": "chunks.0.chunk", "chunks": "#chunks"}
_VALUE: Final = {"value": "value.minor", "currency": "value.currency"}
_USAGE: Final = {
    name: f"usage.{name}" for name in ("model", "prompt_tokens", "completion_tokens", "cost_micros", "latency_ms")
}

MEASURED: Final[Mapping[type[Event], Paths]] = {
    h.SlugClaimed: take(),
    h.CompanyCreated: take(),
    h.CompanyProvisioned: take(),
    h.CompanySuspended: take(),
    h.CompanyReactivated: take(),
    h.CompanyRenamed: take(),
    h.CompanySlugChanged: take(),
    h.CompanySettingsChanged: take(),
    h.CompanyArchived: take(),
    a.RoleDefined: take(),
    a.RoleChanged: take(),
    a.RoleRetired: take(),
    t.TeamCreated: take(),
    t.TeamRenamed: take(),
    t.TeamMemberAdded: take(),
    t.TeamMemberRemoved: take(),
    t.TeamRetired: take(),
    pl.PipelineCreated: take(),
    pl.PipelineChanged: take(),
    pl.PipelineRetired: take(),
    pl.PipelinesOrdered: take(),
    q.QualificationRulesPublished: take(rules="number"),
    q.QualificationRulesWithdrawn: take(rules="number"),
    sv.ServiceAdded: take(),
    sv.ServiceChanged: take(),
    sv.ServiceRetired: take(),
    px.PixelAdded: take("pixel centurion"),
    px.PixelChanged: take("pixel centurion"),
    px.PixelRetired: take("pixel"),
    px.PixelTokenSet: take("pixel"),
    px.PixelHeld: take("pixel reason"),
    px.PixelReleased: take("pixel reason"),
    px.PixelCaughtUp: take("pixel"),
    p.InvitationIssued: take(kind="role"),
    p.InvitationMailed: take(),
    p.InvitationAskedAgain: take(),
    p.InvitationRevoked: take(),
    p.InvitationAccepted: take(),
    p.EmailClaimed: take(),
    p.EmailReleased: take(),
    p.UserRegistered: take(),
    p.UserRenamed: take(),
    p.TermsAccepted: take(),
    p.UserDisabled: take(),
    p.UserEnabled: take(),
    p.UserErased: take(),
    p.UserForgotten: take(),
    p.MemberAdded: take(kind="role"),
    p.MemberRoleChanged: take(kind="role"),
    p.MemberRemoved: take(kind="role"),
    s.AccountActed: take(kind="act"),
    s.FailuresSummarised: take(),
    s.PersonalDataRead: take(kind="what"),
    n.CenturionCreated: take("centurion"),
    n.CenturionVersionPublished: take("centurion", centurion_version="number"),
    n.CenturionPaused: take("centurion"),
    n.CenturionResumed: take("centurion"),
    i.InstanceCreated: take("instance channel centurion"),
    i.CenturionAssigned: take("instance centurion"),
    i.ConnectionChanged: take("instance status code"),
    i.InstanceItemRecorded: take("instance kind status code"),
    ld.LeadCreated: take(channel="source"),
    ld.AliasLinked: take(kind="scheme"),
    ld.ContactUpdated: take(),
    ld.OptOutRecorded: take("message"),
    ld.LeadAssigned: take("reason"),
    ld.LeadContacted: take("reason"),
    ld.LeadEngaged: take("reason"),
    ld.LeadQualificationStarted: take("reason"),
    ld.LeadQualified: take("reason rules score"),
    ld.LeadDisqualified: take("reason"),
    ld.LeadOptedOut: take("reason"),
    ld.SilenceAwaited: take(),
    ld.LeadDormant: take("reason"),
    ld.LeadReopened: take("reason", status="state"),
    ld.LeadHandedOff: take("deal reason"),
    ld.HandoffUndone: take("deal reason", status="state"),
    ld.LeadWon: take("deal"),
    ld.LeadLost: take("deal"),
    ld.LeadFactsRecorded: take(kind="by", code="intent"),
    ld.LeadTouched: take(channel="touch.source", campaign="touch.campaign", ad_set="touch.ad_set", ad="touch.ad"),
    ld.ConsentRecorded: take(kind="purpose"),
    d.DealOpened: take("deal pipeline stage", **_VALUE),
    d.DealMoved: take("deal pipeline stage"),
    d.DealHeldBack: take("deal pipeline stage"),
    d.DealValued: take("deal", **_VALUE),
    d.DealWon: take("deal reason"),
    d.DealLost: take("deal reason"),
    d.DealReopened: take("deal"),
    d.DealWithdrawn: take("deal"),
    d.DealBriefed: take("deal", **_USAGE),
    d.ActivityAdded: take("deal kind"),
    d.ActivityDone: take("deal"),
    tp.TemplateCreated: take(),
    tp.TemplateVersionPublished: take(),
    tp.TemplateRetired: take(),
    k.ContractDrafted: take("contract deal sandbox"),
    k.ContractSendAsked: take("contract"),
    k.ContractAttempted: take("contract"),
    k.ContractNotCalled: take("contract"),
    k.ContractRejected: take("contract code"),
    k.ContractSent: take("contract", status="how"),
    k.ContractFailed: take("contract code"),
    k.ContractOutcomeUnknown: take("contract"),
    k.ContractSearchAsked: take("contract"),
    k.ContractNeverMade: take("contract"),
    k.ContractHinted: take("contract kind"),
    k.ContractChecked: take("contract"),
    k.ContractViewed: take("contract signer"),
    k.ContractSignerSigned: take("contract signer"),
    k.ContractSigned: take("contract deal"),
    k.ContractRefused: take("contract signer"),
    k.ContractExpired: take("contract"),
    k.ContractCancelAsked: take("contract"),
    k.ContractCancelRefused: take("contract code"),
    k.ContractCancelled: take("contract", status="by"),
    k.ContractResendAsked: take("contract signer"),
    k.ContractResent: take("contract signer code"),
    k.ContractLinkAsked: take("contract"),
    k.ContractLinkWritten: take("contract conversation"),
    k.ContractLinkNotSent: take("contract code"),
    v.ConversionRequested: take("conversion reason", kind="happened.milestone"),
    v.ConversionHeld: take("conversion pixel", kind="happened.milestone"),
    v.ConversionAttempted: take("conversion pixel name", kind="milestone", channel="action_source", **_VALUE),
    v.ConversionAccepted: take("conversion name"),
    v.ConversionRefused: take("conversion", kind="milestone", status="by", code="cause"),
    v.ConversionSkipped: take("conversion pixel reason", kind="milestone"),
    v.ConversionExpired: take("conversion", kind="milestone"),
    v.ConversionOutcomeUnknown: take("conversion reason"),
    ld.JourneyClosed: take(),
    ld.MessageMoved: take("instance"),
    ld.MessageRerun: take(),
    ld.LeadErased: take("reason"),
    ld.LeadForgotten: take(),
    ld.ErasureCompleted: take(),
    c.ConversationStarted: take("conversation instance channel"),
    c.MessageReceived: take("conversation message kind late", **_TURN, centurion="handling.centurion"),
    c.MessageEdited: take("conversation"),
    c.MessageDeleted: take("conversation"),
    c.ReactionReceived: take("conversation"),
    c.HumanMessageSent: take("conversation message kind"),
    c.FloorTaken: take("conversation reason"),
    c.FloorGivenBack: take("conversation", **_TURN),
    c.HumanAsked: take("conversation reason"),
    c.TurnClosed: take("conversation turn reply cancels centurion centurion_version", messages="#messages"),
    c.TurnRead: take("conversation reply rules", **_USAGE),
    c.TurnDropped: take("conversation turn reason"),
    c.ReplyGenerated: take("conversation turn reply centurion centurion_version", **_USAGE, **_REPLY),
    c.NoticeWritten: take("conversation", reply="notice", **_REPLY),
    c.ReplyCancelled: take("conversation reply reason"),
    c.ReplyDiscarded: take("conversation reply", **_USAGE),
    c.ReplyFailed: take("conversation turn reply code", **_REPLY),
    c.ReplyFinished: take("conversation reply sent", **_TURN),
    c.ChunkAttempted: take("conversation chunk"),
    c.ChunkNotCalled: take("conversation chunk"),
    c.ChunkRejected: take("conversation chunk code"),
    c.ChunkSent: take("conversation chunk", status="how"),
    c.ChunkFailed: take("conversation chunk code"),
    c.ChunkOutcomeUnknown: take("conversation chunk"),
    c.ReceiptRecorded: take("conversation status code"),
    c.ReceiptParked: take("conversation status code"),
    x.EffectExpired: take("kind"),
    x.EffectAbandoned: take("kind code"),
}
