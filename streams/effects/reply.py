"""The effect `reply`: one considered answer to a closed turn, or the stated end of trying."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import structlog

from domain.access.sight import WHOLE
from domain.centurion.settings import CenturionSettings, OnFailure
from domain.conversation import commands as k
from domain.conversation import events as c
from domain.conversation.parts import Chunk
from domain.kernel.command import Command
from domain.kernel.errors import LegionError
from domain.kernel.ids import derived
from gateways.chat.prices import Prices
from gateways.errors import ChatRefused
from projections.read.centurions import centurion
from projections.read.db import ReadDb
from projections.read.effects import EffectRow
from projections.read.events import EventReader
from streams import labels
from streams.chunking import cut
from streams.commander import Commander
from streams.effects.ai import Asker, usage_of
from streams.effects.opened import lead_of, opened
from streams.effects.said import said_until
from streams.effects.simple import ended
from streams.effects.unanswered import ANSWERLESS
from streams.prompt import build
from streams.runner.core import Again, Ended
from streams.runner.job import Job
from vault.codec import SubjectSealer
from vault.keys import SubjectKeys

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Material:
    """What a reply is made of beside the words said."""

    turn: c.TurnClosed
    settings: CenturionSettings
    sealer: SubjectSealer


@dataclass(frozen=True, slots=True)
class ReplyEffect:
    events: EventReader
    reads: ReadDb
    keys: SubjectKeys
    commander: Commander
    asker: Asker
    prices: Prices

    async def __call__(self, job: Job) -> Ended:
        row = job.row
        cause = await opened(self.events, row, (c.TurnClosed,))
        if cause is None:
            return Again("moved")
        recorded, turn = cause
        async with self.reads.company(row.company_id, WHOLE) as conn:
            found = await centurion(conn, row.company_id, turn.centurion, version=turn.centurion_version)
        if found is None:
            return Again("centurion_not_projected")
        sealer = await self.keys.sealer(row.company_id, row.journey)
        command = await self._answer(job, Material(turn, found.settings, sealer))
        return ended(await self.commander.settle(recorded, row, str(uuid4()), command))

    async def _answer(self, job: Job, made_of: Material) -> Command:
        """RecordReply or RecordReplyFailure: never silence without an event."""
        turn, settings = made_of.turn, made_of.settings
        try:
            row = job.row
            said = await said_until(self.events, row.journey, row.stream, row.opened_version, made_of.sealer)
            prompt = build(settings, said)  # what came later has cancelled this reply, or waits for its end
            with job.interruptible():
                result = await self.asker.ask(prompt, settings)
        except ANSWERLESS as error:
            return _failure(job.row, made_of, error)
        chunks = _chunks(made_of, result.text)
        if not chunks:
            return _failure(job.row, made_of, ChatRefused("chat_empty"))
        parameters = self.asker.parameters(settings)
        return k.RecordReply(
            lead=lead_of(job.row),
            conversation=turn.conversation,
            reply=turn.reply,
            prompt_version=prompt.version,
            prompt_hash=prompt.hash,
            parameters=parameters,
            context=prompt.context,
            usage=usage_of((result,), parameters["model"], self.prices),
            chunks=chunks,
        )


def _failure(row: EffectRow, made_of: Material, error: LegionError) -> k.RecordReplyFailure:
    log.warning("reply_failed", reply=made_of.turn.reply, code=error.code, detail=error.detail)
    settings = made_of.settings
    stated = settings.fallback_text if settings.on_failure is OnFailure.FALLBACK_MESSAGE else ""
    return k.RecordReplyFailure(
        lead=lead_of(row),
        conversation=made_of.turn.conversation,
        reply=made_of.turn.reply,
        code=error.code,
        fallback=_chunks(made_of, stated),
    )


def _chunks(made_of: Material, text: str) -> tuple[Chunk, ...]:
    sealer = made_of.sealer
    return tuple(
        Chunk(
            chunk=derived("chunk", made_of.turn.reply, seq),
            seq=seq,
            text=sealer.text(labels.TEXT, piece.text),
            tag=sealer.tag(piece.text),
            typing_ms=piece.typing_ms,
        )
        for seq, piece in enumerate(cut(text, made_of.settings.pacing))
    )
