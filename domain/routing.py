"""Which command goes to which streams of which journey, and who decides: all that Legion can be asked.

Importing this completes the registries of commands and of aggregates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from domain.access import commands as ac
from domain.access import decide as access
from domain.access.given import is_built_in
from domain.centurion import commands as ce
from domain.centurion import decide as centurion
from domain.contract import calling, link, watching
from domain.contract import commands as k
from domain.contract import decide as contract
from domain.conversation import chunk, floor, outcome, own, reading, receipts, receive, reply, touch, turn
from domain.conversation import commands as c
from domain.conversion import commands as vc
from domain.conversion import decide as conversion
from domain.deal import activities, handoff
from domain.deal import commands as dc
from domain.deal import decide as deal
from domain.effect import commands as x
from domain.effect import decide as effect
from domain.holding import commands as h
from domain.holding import decide as holding
from domain.instance import commands as i
from domain.instance import decide as instance
from domain.kernel.command import Command
from domain.kernel.deciding import Route
from domain.kernel.ids import (
    HOLDING,
    HOLDING_TENANT,
    lead_journey,
    security_journey,
    stream_name,
    tenant_journey,
)
from domain.lead import advance, assign, erase, know, origin, silence
from domain.lead import commands as ld
from domain.lead import decide as lead
from domain.people import commands as pc
from domain.people import decide as people
from domain.pipeline import commands as pl
from domain.pipeline import decide as pipeline
from domain.pixel import commands as px
from domain.pixel import decide as pixel
from domain.qualification import commands as qc
from domain.qualification import decide as qualification
from domain.security import commands as sc
from domain.security import decide as security
from domain.security.day import day_stream
from domain.service import commands as sv
from domain.service import decide as service
from domain.team import commands as tc
from domain.team import decide as team
from domain.template import commands as tp
from domain.template import decide as template


def _holding(_command: Command) -> str:
    return HOLDING


def _lead(command: Any) -> str:
    return lead_journey(command.lead)


def _company(command: Any) -> str:
    return tenant_journey(command.company)


def _security(command: Any) -> str:
    return security_journey(command.company)


def _security_day(command: Any) -> tuple[str, ...]:
    return (day_stream(command.company, command.day),)


def _envelope(_command: Command) -> None:
    """The fields do not say it; the deciders check the envelope's word."""


def _own(category: str) -> Callable[[Any], tuple[str, ...]]:
    """The one stream that the command's field of the category's name says."""
    return lambda command: (stream_name(category, getattr(command, category)),)


def _company_and_slug(command: h.CreateCompany | h.ChangeCompanySlug) -> tuple[str, ...]:
    return f"company-{command.company}", f"slug-{command.slug}"


def _role_and_members(command: ac.RetireRole) -> tuple[str, ...]:
    return f"role-{command.role}", f"members-{command.company}"


def _custom(*roles: str) -> tuple[str, ...]:
    return tuple(f"role-{role}" for role in roles if not is_built_in(role))


def _invited(command: pc.InviteMember) -> tuple[str, ...]:
    own = f"invitation-{command.invitation}", f"email-{command.email_hash}"
    return *own, f"members-{command.company}", f"company-{command.company}", *_custom(command.role)


def _accepted(command: pc.AcceptInvitation) -> tuple[str, ...]:
    own = f"invitation-{command.invitation}", f"user-{command.user}", f"email-{command.email_hash}"
    return *own, f"members-{command.company}", *_custom(command.role)


def _user_and_email(command: pc.EraseUser) -> tuple[str, ...]:
    return f"user-{command.user}", f"email-{command.email_hash}"


def _user_and_holding(command: pc.DisableUser) -> tuple[str, ...]:
    return f"user-{command.user}", f"members-{HOLDING_TENANT}"


def _members_and_teams(command: pc.RemoveMember) -> tuple[str, ...]:
    return f"members-{command.company}", f"teams-{command.company}", *_custom(command.role)


def _members_and_roles(command: pc.ChangeMemberRole) -> tuple[str, ...]:
    return f"members-{command.company}", *_custom(command.role, command.before)


def _teams(command: Any) -> tuple[str, ...]:
    return (f"teams-{command.company}",)


def _pipelines(command: Any) -> tuple[str, ...]:
    return (f"pipelines-{command.company}",)


def _qualification(command: Any) -> tuple[str, ...]:
    return (f"qualification-{command.company}",)


def _services(command: Any) -> tuple[str, ...]:
    return (f"services-{command.company}",)


def _pixels(command: Any) -> tuple[str, ...]:
    return (f"pixels-{command.company}",)


def _teams_and_company(command: tc.CreateTeam) -> tuple[str, ...]:
    return f"teams-{command.company}", f"company-{command.company}"


def _teams_and_members(command: tc.AddTeamMember) -> tuple[str, ...]:
    return f"teams-{command.company}", f"members-{command.company}"


def _instance_and_centurion(command: Any) -> tuple[str, ...]:
    own_stream = f"instance-{command.instance}"
    return (own_stream,) if command.centurion is None else (own_stream, f"centurion-{command.centurion}")


def _talk(command: Any) -> tuple[str, ...]:
    return f"lead-{command.lead}", f"conversation-{command.conversation}"


def _facts(command: ld.RecordFacts) -> tuple[str, ...]:
    own_stream = f"lead-{command.lead}"
    return (own_stream,) if command.handoff is None else (own_stream, f"deal-{command.handoff.deal}")


def _silence(command: ld.EndSilence) -> tuple[str, ...]:
    return f"lead-{command.lead}", *(f"conversation-{each.conversation}" for each in command.seen)


def _reading(command: c.RecordReading) -> tuple[str, ...]:
    return _talk(command) if command.handoff is None else (*_talk(command), f"deal-{command.handoff.deal}")


def _deal(command: Any) -> tuple[str, ...]:
    return f"deal-{command.deal}", f"lead-{command.lead}"


def _lead_and_deal(command: Any) -> tuple[str, ...]:
    return f"lead-{command.lead}", f"deal-{command.deal}"


def _contract(command: Any) -> tuple[str, ...]:
    return f"contract-{command.contract}", f"lead-{command.lead}"


def _contract_and_deal(command: Any) -> tuple[str, ...]:
    return *_contract(command), f"deal-{command.deal}"


def _contract_and_talk(command: k.SayContractLink) -> tuple[str, ...]:
    return *_contract(command), f"conversation-{command.conversation}"


def _conversion(command: Any) -> tuple[str, ...]:
    return f"conversion-{command.conversion}", f"lead-{command.lead}"


ROUTES: Final[dict[type[Command], Route]] = {
    h.CreateCompany: Route(_holding, _company_and_slug, holding.create_company),
    h.ConfirmProvisioned: Route(_holding, _own("company"), holding.confirm_provisioned),
    h.SuspendCompany: Route(_holding, _own("company"), holding.suspend_company),
    h.ReactivateCompany: Route(_holding, _own("company"), holding.reactivate_company),
    h.RenameCompany: Route(_holding, _own("company"), holding.rename_company),
    h.ChangeCompanySlug: Route(_holding, _company_and_slug, holding.change_company_slug),
    h.ChangeCompanySettings: Route(_holding, _own("company"), holding.change_company_settings),
    h.ArchiveCompany: Route(_holding, _own("company"), holding.archive_company),
    ac.DefineRole: Route(_holding, _own("role"), access.define_role),
    ac.ChangeRole: Route(_holding, _own("role"), access.change_role),
    ac.RetireRole: Route(_holding, _role_and_members, access.retire_role),
    pc.InviteMember: Route(_holding, _invited, people.invite_member),
    pc.RecordInvitationMailed: Route(_holding, _own("invitation"), people.record_invitation_mailed),
    pc.AskInvitationAgain: Route(_holding, _own("invitation"), people.ask_invitation_again),
    pc.RevokeInvitation: Route(_holding, _own("invitation"), people.revoke_invitation),
    pc.AcceptInvitation: Route(_holding, _accepted, people.accept_invitation),
    pc.RenameUser: Route(_holding, _own("user"), people.rename_user),
    pc.AcceptTerms: Route(_holding, _own("user"), people.accept_terms),
    pc.DisableUser: Route(_holding, _user_and_holding, people.disable_user),
    pc.EnableUser: Route(_holding, _own("user"), people.enable_user),
    pc.EraseUser: Route(_holding, _user_and_email, people.erase_user),
    pc.ConfirmUserForgotten: Route(_holding, _own("user"), people.confirm_user_forgotten),
    pc.ChangeMemberRole: Route(_holding, _members_and_roles, people.change_member_role),
    sc.RecordAct: Route(_security, _security_day, security.record_act),
    sc.RecordFailures: Route(_security, _security_day, security.record_failures),
    sc.RecordReads: Route(_security, _security_day, security.record_reads),
    pc.RemoveMember: Route(_holding, _members_and_teams, people.remove_member),
    tc.CreateTeam: Route(_holding, _teams_and_company, team.create_team),
    tc.RenameTeam: Route(_holding, _teams, team.rename_team),
    tc.AddTeamMember: Route(_holding, _teams_and_members, team.add_team_member),
    tc.RemoveTeamMember: Route(_holding, _teams, team.remove_team_member),
    tc.RetireTeam: Route(_holding, _teams, team.retire_team),
    pl.CreatePipeline: Route(_company, _pipelines, pipeline.create_pipeline),
    pl.ChangePipeline: Route(_company, _pipelines, pipeline.change_pipeline),
    pl.RetirePipeline: Route(_company, _pipelines, pipeline.retire_pipeline),
    pl.OrderPipelines: Route(_company, _pipelines, pipeline.order_pipelines),
    qc.PublishQualificationRules: Route(_company, _qualification, qualification.publish_rules),
    qc.WithdrawQualificationRules: Route(_company, _qualification, qualification.withdraw_rules),
    sv.AddService: Route(_company, _services, service.add_service),
    sv.ChangeService: Route(_company, _services, service.change_service),
    sv.RetireService: Route(_company, _services, service.retire_service),
    px.AddPixel: Route(_company, _pixels, pixel.add_pixel),
    px.ChangePixel: Route(_company, _pixels, pixel.change_pixel),
    px.RetirePixel: Route(_company, _pixels, pixel.retire_pixel),
    px.SetPixelToken: Route(_company, _pixels, pixel.set_pixel_token),
    px.ReleasePixel: Route(_company, _pixels, pixel.release_pixel),
    px.HoldPixel: Route(_company, _pixels, pixel.hold_pixel),
    px.ConfirmCaughtUp: Route(_company, _pixels, pixel.confirm_caught_up),
    ce.CreateCenturion: Route(_envelope, _own("centurion"), centurion.create_centurion),
    ce.PublishCenturionVersion: Route(_envelope, _own("centurion"), centurion.publish_centurion_version),
    ce.PauseCenturion: Route(_envelope, _own("centurion"), centurion.pause_centurion),
    ce.ResumeCenturion: Route(_envelope, _own("centurion"), centurion.resume_centurion),
    i.CreateInstance: Route(_envelope, _instance_and_centurion, instance.create_instance),
    i.AssignCenturion: Route(_envelope, _instance_and_centurion, instance.assign_centurion),
    i.ReportInstanceItem: Route(_envelope, _own("instance"), instance.report_instance_item),
    ld.UpdateContact: Route(_lead, _own("lead"), lead.update_contact),
    ld.AssignLead: Route(_lead, _own("lead"), assign.assign_lead),
    ld.CloseJourney: Route(_lead, _own("lead"), lead.close_journey),
    ld.ConfirmRerun: Route(_lead, _own("lead"), lead.confirm_rerun),
    ld.EraseLead: Route(_lead, _own("lead"), erase.erase_lead),
    ld.ConfirmForgotten: Route(_lead, _own("lead"), erase.confirm_forgotten, after_end=True),
    ld.CompleteErasure: Route(_lead, _own("lead"), erase.complete_erasure, after_end=True),
    ld.QualifyLead: Route(_lead, _own("lead"), advance.qualify_lead),
    ld.DisqualifyLead: Route(_lead, _own("lead"), advance.disqualify_lead),
    ld.ReopenLead: Route(_lead, _own("lead"), advance.reopen_lead),
    ld.RecordFacts: Route(_lead, _facts, know.record_facts),
    ld.EndSilence: Route(_lead, _silence, silence.end_silence),
    ld.RecordTouch: Route(_lead, _own("lead"), origin.record_touch),
    ld.RecordConsent: Route(_lead, _own("lead"), origin.record_consent),
    dc.HandOffLead: Route(_lead, _lead_and_deal, handoff.hand_off_lead),
    dc.UndoHandoff: Route(_lead, _deal, handoff.undo_handoff),
    dc.MoveDeal: Route(_lead, _deal, deal.move_deal),
    dc.ValueDeal: Route(_lead, _deal, deal.value_deal),
    dc.WinDeal: Route(_lead, _deal, deal.win_deal),
    dc.LoseDeal: Route(_lead, _deal, deal.lose_deal),
    dc.ReopenDeal: Route(_lead, _deal, deal.reopen_deal),
    dc.BriefDeal: Route(_lead, _deal, deal.brief_deal),
    dc.AddActivity: Route(_lead, _deal, activities.add_activity),
    dc.FinishActivity: Route(_lead, _deal, activities.finish_activity),
    vc.RequestConversion: Route(_lead, _conversion, conversion.request_conversion),
    vc.ReleaseConversion: Route(_lead, _conversion, conversion.release_conversion),
    vc.AttemptConversion: Route(_lead, _conversion, conversion.attempt_conversion),
    vc.HoldConversion: Route(_lead, _conversion, conversion.hold_conversion),
    vc.SkipConversion: Route(_lead, _conversion, conversion.skip_conversion),
    vc.ExpireConversion: Route(_lead, _conversion, conversion.expire_conversion),
    vc.RecordConversionAccepted: Route(_lead, _conversion, conversion.record_conversion_accepted),
    vc.RecordConversionRefused: Route(_lead, _conversion, conversion.record_conversion_refused),
    vc.RecordConversionUnknown: Route(_lead, _conversion, conversion.record_conversion_unknown),
    c.ReceiveMessage: Route(_lead, _talk, receive.receive_message),
    c.ReceiveEdit: Route(_lead, _talk, touch.receive_edit),
    c.ReceiveDelete: Route(_lead, _talk, touch.receive_delete),
    c.ReceiveReaction: Route(_lead, _talk, touch.receive_reaction),
    c.ReceiveOwnMessage: Route(_lead, _talk, own.receive_own_message),
    c.ReceiveReceipt: Route(_lead, _talk, receipts.receive_receipt),
    c.TakeFloor: Route(_lead, _talk, floor.take_floor),
    c.GiveFloorBack: Route(_lead, _talk, floor.give_floor_back),
    c.CloseTurn: Route(_lead, _talk, turn.close_turn),
    c.RecordReply: Route(_lead, _talk, reply.record_reply),
    c.RecordReplyFailure: Route(_lead, _talk, reply.record_reply_failure),
    c.RecordReading: Route(_lead, _reading, reading.record_reading),
    c.AttemptChunk: Route(_lead, _talk, chunk.attempt_chunk),
    c.RecordNotCalled: Route(_lead, _talk, chunk.record_not_called),
    c.RecordRejected: Route(_lead, _talk, chunk.record_rejected),
    c.RecordSent: Route(_lead, _talk, outcome.record_sent),
    c.RecordChunkFailed: Route(_lead, _talk, outcome.record_chunk_failed),
    c.RecordOutcomeUnknown: Route(_lead, _talk, outcome.record_outcome_unknown),
    tp.CreateTemplate: Route(_company, _own("template"), template.create_template),
    tp.PublishTemplateVersion: Route(_company, _own("template"), template.publish_template_version),
    tp.RetireTemplate: Route(_company, _own("template"), template.retire_template),
    k.DraftContract: Route(_lead, _contract_and_deal, contract.draft_contract),
    k.SendContract: Route(_lead, _contract_and_deal, contract.send_contract),
    k.CancelContract: Route(_lead, _contract, contract.cancel_contract),
    k.ResendContract: Route(_lead, _contract, contract.resend_contract),
    k.SettleContract: Route(_lead, _contract, contract.settle_contract),
    k.AttemptContract: Route(_lead, _contract, calling.attempt_contract),
    k.RecordContractNotCalled: Route(_lead, _contract, calling.record_contract_not_called),
    k.RecordContractRejected: Route(_lead, _contract, calling.record_contract_rejected),
    k.RecordContractFailed: Route(_lead, _contract, calling.record_contract_failed),
    k.RecordContractSent: Route(_lead, _contract, calling.record_contract_sent),
    k.RecordContractUnknown: Route(_lead, _contract, calling.record_contract_unknown),
    k.HintContract: Route(_lead, _contract, watching.hint_contract),
    k.RecordContractState: Route(_lead, _contract_and_deal, watching.record_contract_state),
    k.RecordContractCancelled: Route(_lead, _contract, watching.record_contract_cancelled),
    k.RecordContractCancelRefused: Route(_lead, _contract, watching.record_contract_cancel_refused),
    k.RecordContractResent: Route(_lead, _contract, watching.record_contract_resent),
    k.SayContractLink: Route(_lead, _contract_and_talk, link.say_contract_link),
    k.RecordContractLinkNotSent: Route(_lead, _contract, link.record_contract_link_not_sent),
    x.ExpireEffect: Route(_envelope, effect.holding_stream, effect.expire_effect),
    x.AbandonEffect: Route(_envelope, effect.holding_stream, effect.abandon_effect),
}
