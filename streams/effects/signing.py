"""What all effects of a contract need: its draft as the log has it, the company's account, who is who in a document.

Whatever is personal comes from the log and is opened here; documents come from the provider and are not believed beyond
what they say of signers that we asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.access.sight import WHOLE
from domain.contract import events as e
from domain.contract.parts import Reach, SignerLink, SignerRole, SignerSeen
from domain.contract.parts import Signer as Asked
from domain.kernel.errors import Unavailable
from domain.kernel.ids import id_of
from eventlog.model import Recorded
from gateways.autentique.account import PROVIDER, TOKEN
from gateways.autentique.client import AutentiqueClient, NewDocument
from gateways.autentique.documents import Document, Signature
from gateways.autentique.signers import Action, Place, Signer
from gateways.typst.render import Rendered
from gateways.typst.renderer import Renderer
from gateways.typst.template import parsed
from projections.read.contracts import Contract, contract
from projections.read.db import ReadDb
from projections.read.effects import EffectRow
from projections.read.events import EventReader
from projections.read.templates import template
from streams import labels
from vault.codec import SubjectSealer
from vault.credentials import Credentials
from vault.keys import SubjectKeys

_ACTIONS: Final[Mapping[SignerRole, Action]] = {
    SignerRole.SIGN: "SIGN",
    SignerRole.WITNESS: "SIGN_AS_A_WITNESS",
    SignerRole.APPROVE: "APPROVE",
}


@dataclass(frozen=True, slots=True)
class Accounts:
    """client: of any account; each company's own token is used. Who made the client closes it."""

    client: AutentiqueClient
    credentials: Credentials

    @property
    def timeout_ms(self) -> int:
        """The longest that one call may take."""
        return int(self.client.timeouts.total * 1000)

    async def open(self, company: str) -> AutentiqueClient:
        """Raises Unavailable `provider_not_configured`: a token may come."""
        credential = await self.credentials.get(company, PROVIDER, company)
        token = credential.values.get(TOKEN) if credential else None
        if not token:
            raise Unavailable("provider_not_configured", "the company has no token for Autentique")
        return self.client.using(token)


@dataclass(frozen=True, slots=True)
class Draft:
    """recorded: the event that drafted it. event: the same. contacts: who signs, opened: `{name, email, phone, cpf}`,
    by signer."""

    recorded: Recorded
    event: e.ContractDrafted
    values: Mapping[str, Any]
    contacts: Mapping[str, Mapping[str, str]]
    sealer: SubjectSealer

    def part_of(self, document: Document) -> dict[str, Signature]:
        """By signer: by their address, then by their place among those that no address told."""
        left = [each for each in document.signatures if each.action is not None]
        found: dict[str, Signature] = {}
        for asked in self.event.signers:
            same = next((each for each in left if self._is(asked, each)), None)
            if same is not None:
                found[asked.signer] = same
                left.remove(same)
        rest = [asked.signer for asked in self.event.signers if asked.signer not in found]
        return {**found, **dict(zip(rest, left, strict=False))}

    def seen(self, document: Document) -> tuple[SignerSeen, ...]:
        """What it says of each that it knows."""
        parts = self.part_of(document)
        return tuple(
            SignerSeen(
                signer=signer,
                viewed_at=part.viewed_at,
                signed_at=part.signed_at,
                refused_at=part.rejected_at,
                reason=self.sealer.text(labels.REFUSAL, part.rejected_reason) if part.rejected_reason else None,
            )
            for signer, part in parts.items()
        )

    def links(self, document: Document) -> tuple[SignerLink, ...]:
        """Where those sign whom the provider does not mail."""
        parts = self.part_of(document)
        return tuple(
            SignerLink(signer=asked.signer, link=self.sealer.text(labels.SIGN_LINK, part.short_link))
            for asked in self.event.signers
            if asked.reach is not Reach.EMAIL
            and (part := parts.get(asked.signer)) is not None
            and part.short_link is not None
        )

    def document(self, title: str, rendered: Rendered) -> NewDocument:
        """What the provider is to make."""
        event = self.event
        return NewDocument(
            title=title,
            reference=event.contract,
            pdf=rendered.pdf,
            signers=tuple(self._signer(asked, rendered) for asked in event.signers),
            sandbox=event.sandbox,
            sortable=event.ordered,
            reminder=None if event.reminder is None else ("DAILY" if event.reminder == "daily" else "WEEKLY"),
            deadline_at=event.deadline_at,
        )

    def _signer(self, asked: Asked, rendered: Rendered) -> Signer:
        contact = self.contacts[asked.signer]
        mailed = asked.reach is Reach.EMAIL
        places = tuple(Place(each.x, each.y, each.page) for each in rendered.places if each.signer == asked.signer)
        return Signer(
            "email" if mailed else "link", contact["email" if mailed else "name"], _ACTIONS[asked.role], places
        )

    def _is(self, asked: Asked, part: Signature) -> bool:
        contact = self.contacts[asked.signer]
        if asked.reach is Reach.EMAIL:
            return part.email is not None and part.email.casefold() == contact["email"].casefold()
        return part.name is not None and part.name == contact["name"]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where contracts are worked on. renderer: shared by all."""

    events: EventReader
    reads: ReadDb
    keys: SubjectKeys
    accounts: Accounts
    renderer: Renderer

    async def draft(self, row: EffectRow) -> Draft:
        """Raises Unavailable `moved` when the journal does not hold it (yet), SubjectErased."""
        recorded = await self.events.event_at(row.journey, row.stream, 1)
        if recorded is None or not isinstance(recorded.event, e.ContractDrafted):
            raise Unavailable("moved")
        opener = await self.keys.opener(row.company_id, row.journey)
        event = recorded.event
        return Draft(
            recorded,
            event,
            opener.json(labels.VALUES, event.values),
            {each.signer: opener.json(labels.SIGNER, each.contact) for each in event.signers},
            await self.keys.sealer(row.company_id, row.journey),
        )

    async def new_document(self, row: EffectRow, draft: Draft) -> NewDocument:
        """Rendered: the same bytes each time. Raises InvalidInput, TooLarge, Unavailable."""
        event = draft.event
        async with self.reads.company(row.company_id, WHOLE) as conn:
            found = await template(conn, row.company_id, event.template, event.template_version)
        if found is None:
            raise Unavailable("template_not_projected")
        made_of = parsed(found.text)
        rendered = await self.renderer.render(made_of, draft.values, event.locale, draft.recorded.at)
        return draft.document(made_of.title, rendered)

    async def head(self, row: EffectRow) -> Contract:
        """As it is projected. Raises Unavailable `moved`."""
        async with self.reads.company(row.company_id, WHOLE) as conn:
            found = await contract(conn, row.company_id, id_of(row.stream))
        if found is None:
            raise Unavailable("moved")
        return found

    async def now(self) -> datetime:
        return await self.reads.now()
