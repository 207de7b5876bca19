"""Which command goes to which streams of which journey, and who decides: all that Legion can be asked.

Importing this completes the registries of commands and of aggregates.
"""

from __future__ import annotations

from typing import Any, Final

from domain.centurion import commands as ce
from domain.centurion import decide as centurion
from domain.conversation import chunk, floor, outcome, own, receipts, receive, reply, touch, turn
from domain.conversation import commands as c
from domain.effect import commands as x
from domain.effect import decide as effect
from domain.holding import commands as h
from domain.holding import decide as holding
from domain.instance import commands as i
from domain.instance import decide as instance
from domain.kernel.command import Command
from domain.kernel.deciding import Route
from domain.kernel.ids import HOLDING, lead_journey
from domain.lead import commands as ld
from domain.lead import decide as lead
from domain.lead import erase


def _holding(_command: Command) -> str:
    return HOLDING


def _lead(command: Any) -> str:
    return lead_journey(command.lead)


def _envelope(_command: Command) -> None:
    """The fields do not say it; the deciders check the envelope's word."""


def _company_stream(command: Any) -> tuple[str, ...]:
    return (f"company-{command.company}",)


def _company_and_slug(command: h.CreateCompany) -> tuple[str, ...]:
    return f"company-{command.company}", f"slug-{command.slug}"


def _centurion_stream(command: Any) -> tuple[str, ...]:
    return (f"centurion-{command.centurion}",)


def _instance_stream(command: Any) -> tuple[str, ...]:
    return (f"instance-{command.instance}",)


def _instance_and_centurion(command: Any) -> tuple[str, ...]:
    own_stream = f"instance-{command.instance}"
    return (own_stream,) if command.centurion is None else (own_stream, f"centurion-{command.centurion}")


def _lead_stream(command: Any) -> tuple[str, ...]:
    return (f"lead-{command.lead}",)


def _talk(command: Any) -> tuple[str, ...]:
    return f"lead-{command.lead}", f"conversation-{command.conversation}"


ROUTES: Final[dict[type[Command], Route]] = {
    h.CreateCompany: Route(_holding, _company_and_slug, holding.create_company),
    h.ConfirmProvisioned: Route(_holding, _company_stream, holding.confirm_provisioned),
    h.SuspendCompany: Route(_holding, _company_stream, holding.suspend_company),
    h.ReactivateCompany: Route(_holding, _company_stream, holding.reactivate_company),
    ce.CreateCenturion: Route(_envelope, _centurion_stream, centurion.create_centurion),
    ce.PublishCenturionVersion: Route(_envelope, _centurion_stream, centurion.publish_centurion_version),
    ce.PauseCenturion: Route(_envelope, _centurion_stream, centurion.pause_centurion),
    ce.ResumeCenturion: Route(_envelope, _centurion_stream, centurion.resume_centurion),
    i.CreateInstance: Route(_envelope, _instance_and_centurion, instance.create_instance),
    i.AssignCenturion: Route(_envelope, _instance_and_centurion, instance.assign_centurion),
    i.ReportInstanceItem: Route(_envelope, _instance_stream, instance.report_instance_item),
    ld.UpdateContact: Route(_lead, _lead_stream, lead.update_contact),
    ld.CloseJourney: Route(_lead, _lead_stream, lead.close_journey),
    ld.ConfirmRerun: Route(_lead, _lead_stream, lead.confirm_rerun),
    ld.EraseLead: Route(_lead, _lead_stream, erase.erase_lead),
    ld.ConfirmForgotten: Route(_lead, _lead_stream, erase.confirm_forgotten, after_end=True),
    ld.CompleteErasure: Route(_lead, _lead_stream, erase.complete_erasure, after_end=True),
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
    c.AttemptChunk: Route(_lead, _talk, chunk.attempt_chunk),
    c.RecordNotCalled: Route(_lead, _talk, chunk.record_not_called),
    c.RecordRejected: Route(_lead, _talk, chunk.record_rejected),
    c.RecordSent: Route(_lead, _talk, outcome.record_sent),
    c.RecordChunkFailed: Route(_lead, _talk, outcome.record_chunk_failed),
    c.RecordOutcomeUnknown: Route(_lead, _talk, outcome.record_outcome_unknown),
    x.ExpireEffect: Route(_envelope, effect.holding_stream, effect.expire_effect),
    x.AbandonEffect: Route(_envelope, effect.holding_stream, effect.abandon_effect),
}
