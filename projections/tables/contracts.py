"""Contracts of leads, and who signs them."""

from __future__ import annotations

from domain.contract import events as k
from domain.contract.parts import ContractState
from domain.kernel.sealed import ContractValues, RefusalWords, SignerContact, SignLink
from projections.engine.columns import Bool, Int, Text, Time, Words, WordsJson
from projections.engine.ops import Ops, change, put
from projections.engine.seen import Seen
from projections.engine.table import Table


class Contracts(Table):
    """state: `ContractState`. values: what stands in the variables. document: the provider's id. code: why it failed,
    was put off or was not cancelled. file_id, sha256, size: of the signed PDF in the vault. link_notice, link_code: how
    the link went to the lead, or why it did not."""

    ERASED_BY = "lead_id"
    INDEXES = (
        "(company_id, deal_id)",
        "(company_id, lead_id)",
        "(company_id, document) where document is not null",
        "(company_id, created_at, id)",
        "(company_id) where state in ('sending', 'searching')",
    )

    id: Text
    lead_id: Text
    deal_id: Text
    template_id: Text
    template_version: Int
    state: Text = ContractState.DRAFTED.value
    values: WordsJson
    locale: Text
    ordered: Bool
    sandbox: Bool
    reminder: Text | None
    deadline_at: Time | None
    document: Text | None
    code: Text | None
    file_id: Text | None
    sha256: Text | None
    size: Int | None
    link_notice: Text | None
    link_code: Text | None
    created_at: Time
    sent_at: Time | None
    signed_at: Time | None
    checked_at: Time | None
    ended_at: Time | None

    def ContractDrafted(self, e: Seen[k.ContractDrafted]) -> Ops:
        event = e.event
        return put(
            event.contract,
            lead_id=event.lead,
            deal_id=event.deal,
            template_id=event.template,
            template_version=event.template_version,
            values=e.json(ContractValues, event.values),
            locale=event.locale,
            ordered=event.ordered,
            sandbox=event.sandbox,
            reminder=event.reminder,
            deadline_at=event.deadline_at,
            created_at=e.at,
        )

    def ContractSendAsked(self, e: Seen[k.ContractSendAsked]) -> Ops:
        return change(e.event.contract, state=ContractState.SENDING, code=None)

    def ContractRejected(self, e: Seen[k.ContractRejected]) -> Ops:
        return change(e.event.contract, code=e.event.code)

    def ContractFailed(self, e: Seen[k.ContractFailed]) -> Ops:
        return change(e.event.contract, state=ContractState.FAILED, code=e.event.code)

    def ContractOutcomeUnknown(self, e: Seen[k.ContractOutcomeUnknown]) -> Ops:
        return change(e.event.contract, state=ContractState.OUTCOME_UNKNOWN)

    def ContractSearchAsked(self, e: Seen[k.ContractSearchAsked]) -> Ops:
        return change(e.event.contract, state=ContractState.SEARCHING)

    def ContractNeverMade(self, e: Seen[k.ContractNeverMade]) -> Ops:
        return change(e.event.contract, state=ContractState.DRAFTED)

    def ContractSent(self, e: Seen[k.ContractSent]) -> Ops:
        document = e.event.document
        return change(e.event.contract, state=ContractState.SENT, document=document, code=None, sent_at=e.at)

    def ContractChecked(self, e: Seen[k.ContractChecked]) -> Ops:
        return change(e.event.contract, checked_at=e.at)

    def ContractViewed(self, e: Seen[k.ContractViewed]) -> Ops:
        return change(e.event.contract, state=ContractState.VIEWED) if e.event.first else None

    def ContractSignerSigned(self, e: Seen[k.ContractSignerSigned]) -> Ops:
        return change(e.event.contract, state=ContractState.SIGNED)

    def ContractSigned(self, e: Seen[k.ContractSigned]) -> Ops:
        event = e.event
        return change(
            event.contract,
            state=ContractState.COMPLETED,
            file_id=event.file,
            sha256=event.sha256,
            size=event.size,
            signed_at=event.signed_at,
            ended_at=e.at,
        )

    def ContractRefused(self, e: Seen[k.ContractRefused]) -> Ops:
        return change(e.event.contract, state=ContractState.REFUSED, ended_at=e.at)

    def ContractExpired(self, e: Seen[k.ContractExpired]) -> Ops:
        return change(e.event.contract, state=ContractState.EXPIRED, ended_at=e.at)

    def ContractCancelRefused(self, e: Seen[k.ContractCancelRefused]) -> Ops:
        return change(e.event.contract, code=e.event.code)

    def ContractCancelled(self, e: Seen[k.ContractCancelled]) -> Ops:
        return change(e.event.contract, state=ContractState.CANCELLED, ended_at=e.at)

    def ContractLinkWritten(self, e: Seen[k.ContractLinkWritten]) -> Ops:
        return change(e.event.contract, link_notice=e.event.notice, link_code=None)

    def ContractLinkNotSent(self, e: Seen[k.ContractLinkNotSent]) -> Ops:
        return change(e.event.contract, link_code=e.event.code)


class ContractSigners(Table):
    """number: from 1, their order. contact: `{name, email, phone, cpf}`. link: where they sign. resent_code: of the
    last time that they were asked again, None: they were."""

    KEY = ("contract_id", "signer")
    ERASED_BY = "lead_id"
    INDEXES = ("(company_id, lead_id)",)

    contract_id: Text
    signer: Text
    lead_id: Text
    number: Int
    role: Text
    reach: Text
    contact: WordsJson
    link: Words
    viewed_at: Time | None
    signed_at: Time | None
    refused_at: Time | None
    reason: Words
    resent_at: Time | None
    resent_code: Text | None

    def ContractDrafted(self, e: Seen[k.ContractDrafted]) -> Ops:
        return tuple(
            put(
                e.event.contract,
                each.signer,
                lead_id=e.event.lead,
                number=number,
                role=each.role,
                reach=each.reach,
                contact=e.json(SignerContact, each.contact),
            )
            for number, each in enumerate(e.event.signers, 1)
        )

    def ContractSent(self, e: Seen[k.ContractSent]) -> Ops:
        return tuple(change(e.event.contract, each.signer, link=e.text(SignLink, each.link)) for each in e.event.links)

    def ContractViewed(self, e: Seen[k.ContractViewed]) -> Ops:
        return change(e.event.contract, e.event.signer, viewed_at=e.event.viewed_at)

    def ContractSignerSigned(self, e: Seen[k.ContractSignerSigned]) -> Ops:
        return change(e.event.contract, e.event.signer, signed_at=e.event.signed_at)

    def ContractRefused(self, e: Seen[k.ContractRefused]) -> Ops:
        return change(
            e.event.contract,
            e.event.signer,
            refused_at=e.event.refused_at,
            reason=e.text(RefusalWords, e.event.reason),
        )

    def ContractResent(self, e: Seen[k.ContractResent]) -> Ops:
        return change(e.event.contract, e.event.signer, resent_at=e.at, resent_code=e.event.code)
