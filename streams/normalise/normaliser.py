"""From a record of [ingress] to commands, or to a dead letter: nothing is dropped in silence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from domain.conversation.parts import SourcePosition
from domain.kernel.errors import LegionError, NotFound, Poison, TooLarge, Unavailable
from eventlog.dlq import DeadLetter, Dlq
from eventlog.ingress import IngressRecord, body_aad
from eventlog.model import LogRecord
from eventlog.producer import CommandLog
from gateways.autentique.account import PROVIDER
from gateways.jsonbody import ENCODING_NOTE, NUL_NOTE, SURROGATE_NOTE
from streams.normalise import plan as core
from streams.normalise.contracts import NOT_OURS, ContractHints
from streams.normalise.edge import Edge
from streams.normalise.plan import Planned
from streams.normalise.providers import is_offline, provider
from streams.normalise.reading import read
from vault.daykeys import open_body
from vault.db import Vault

PROCESSOR: Final = "normalise"
MAX_WHY: Final = 300

_HARMLESS: Final = frozenset({NUL_NOTE, SURROGATE_NOTE, ENCODING_NOTE, "unknown receipt status"})
"""Oddities that cost nothing of what was said: the status stands in the item."""

log = structlog.get_logger()


def _known(run: int | None, record: LogRecord) -> int:
    """The run, or the record's own; 0 where its envelope cannot be read."""
    if run is not None:
        return run
    try:
        return IngressRecord.read(record.value, record.headers).run
    except Poison:
        return 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a record comes to in this run. dead: code and detail, when (a part of) it is for the DLQ."""

    record: LogRecord
    run: int = 0
    commands: tuple[Planned, ...] = ()
    dead: tuple[str, str] | None = None

    @property
    def understood(self) -> bool:
        """Something of it, be it that it concerns nobody here."""
        return self.dead is None or bool(self.commands) or self.dead[0] in NOT_OURS


@dataclass(frozen=True, slots=True, kw_only=True)
class Normaliser:
    """topic: of the records. late_after: see `plan.Edge`."""

    vault: Vault
    edge: Edge
    commands: CommandLog
    dlq: Dlq
    contracts: ContractHints
    topic: str
    late_after: timedelta

    async def prepare(self, record: LogRecord, *, run: int | None = None, only: str | None = None) -> Prepared:
        """Opens, reads, finds people, seals. run: None for the record's own. only: of the items, those of this provider
        id (a re-run moves one).

        Raises Unavailable when a part is away: the same record may be prepared again.
        """
        try:
            return await self._prepare(record, run, only)
        except Unavailable:
            raise
        except LegionError as error:
            return Prepared(record, _known(run, record), dead=(error.code, error.detail))
        except Exception as error:
            log.exception("normalise_failed", partition=record.partition, offset=record.offset)
            return Prepared(record, _known(run, record), dead=("normalise_failed", type(error).__name__))

    async def commit(self, prepared: Prepared) -> bool:
        """Returns after everything is acknowledged; False when something went to the DLQ.

        Raises Unavailable: the same may be committed again, ids make it one.
        """
        dead = prepared.dead
        for meta, command in prepared.commands:
            try:
                await self.commands.submit(meta, command)
            except TooLarge as error:
                dead = dead or (error.code, error.detail)
        if dead is not None:
            await self.bury(prepared.record, *dead, run=prepared.run)
        return dead is None

    async def _prepare(self, record: LogRecord, run: int | None, only: str | None) -> Prepared:
        envelope = IngressRecord.read(record.value, record.headers)
        run = envelope.run if run is None else run
        source = SourcePosition(partition=record.partition, offset=record.offset, run=run)
        first = source
        if envelope.first is not None:
            first = SourcePosition(partition=envelope.first[0], offset=envelope.first[1], run=run)
        if envelope.provider == PROVIDER:
            body, now = await self._body(envelope), await self.edge.now()
            arrived = datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
            hint = await self.contracts.plan(envelope.company, body, source, first, arrived=arrived, now=now)
            return Prepared(record, run, (hint,))
        asked = provider(envelope.provider)
        normalised = asked.normalise(await self._body(envelope))
        readings = read(normalised.items, asked, first)
        if only is not None:
            readings = tuple(each for each in readings if each.provider_id == only)
        if not readings:
            raise Poison("not_understood", (normalised.why or "no items")[:MAX_WHY])
        edge = core.Edge(
            company=envelope.company,
            instance=envelope.instance,
            channel=asked.channel,
            source=source,
            first=first,
            now=await self.edge.now(),
            late_after=self.late_after,
            handling=await self.edge.handling(envelope.company, envelope.instance),
            offline=frozenset(each.index for each in readings if is_offline(asked, each.item)),
            said_at=normalised.said_at,
        )
        people = await self.edge.people(envelope.company, envelope.instance, first, readings)
        prepared = Prepared(record, run, tuple(core.plan(edge, people)))
        lost = [note for note in (normalised.why or "").split("; ") if note and note not in _HARMLESS]
        return replace(prepared, dead=("partly_understood", "; ".join(lost)[:MAX_WHY])) if lost else prepared

    async def _body(self, envelope: IngressRecord) -> bytes:
        """Raises NotFound when it has aged out, Corrupt when it does not open: both for the DLQ."""
        if envelope.ref is not None:
            return await self.vault.bodies.get(envelope.ref)
        if envelope.sealed is None:
            raise NotFound("body_gone")
        key = await self.vault.daykeys.open(envelope.day_key)
        return open_body(key, body_aad(envelope.company, envelope.instance), envelope.sealed)

    async def bury(self, record: LogRecord, code: str, detail: str, *, run: int) -> None:
        """The letter holds no body: [ingress] does, as long as the letter lives."""
        log.warning("dead_letter", code=code, partition=record.partition, offset=record.offset)
        await self.dlq.send(
            DeadLetter(
                processor=PROCESSOR,
                code=code,
                detail=detail,
                topic=self.topic,
                partition=record.partition,
                offset=record.offset,
                key=record.key,
                headers=record.headers,
                run=run,
            )
        )
