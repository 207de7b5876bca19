"""The signer's process: reads [events] by the one rule, signs, keeps, publishes. Refuses and alarms, never guesses.

    consumer ─▶ Signer.take ─▶ every `every_s` ─▶ Signer.sign ─▶ file (fsync) ─▶ [checkpoints]

The file comes first: nothing is published that the signer could forget.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog
from prometheus_client import Counter, Gauge

from cli.audit.topic import values
from cli.signer.folder import SignerFolder
from domain.kernel.errors import Corrupt, Unavailable
from eventlog.checkpoint import Place, Signed
from eventlog.producer import RawLog
from eventlog.signer import Signer
from eventlog.topics import Topics, cluster_id
from eventlog.watchful import WatchfulConsumer

log = structlog.get_logger()

SIGNED: Final = Counter("legion_signer_checkpoints_total", "Checkpoints signed")
AT: Final = Gauge("legion_signer_signed_at", "When the last checkpoint was signed, Unix seconds")
REFUSED: Final = Gauge("legion_signer_refused", "1: it signs nothing until a person has looked")

POLL_MS: Final = 250
PAUSE_S: Final = (0.2, 5.0)
"""First and longest wait for a broker that is away."""

STUCK_S: Final = 60.0
"""A chain that does not go on for so long is told of: a writer that decides anew takes seconds."""

ALARM_S: Final = 60.0
"""How often a refusal is said again."""

SEEN: Final = 64
"""Youngest records of [checkpoints] that are looked at in the beginning: only the last few can be missing there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerConfig:
    """every_s: seconds between checkpoints while something happens. anew: begin a new signer although [checkpoints]
    knows an elder one."""

    bootstrap: str
    topics: Topics
    partitions: int
    every_s: float
    anew: bool = False


async def run_signer(config: SignerConfig, folder: SignerFolder, stop: asyncio.Event) -> None:
    """Until `stop`. What must not be signed is alarmed once a minute; a restart looks again."""
    pause = PAUSE_S[0]
    REFUSED.set(0)
    out = RawLog(config.bootstrap)
    try:
        while not stop.is_set():
            began = time.monotonic()
            try:
                await _sign(config, folder, out, stop)
            except Unavailable as away:
                log.warning("signer_waits", code=away.code, detail=away.detail)
                pause = PAUSE_S[0] if time.monotonic() - began > PAUSE_S[1] else min(pause * 2, PAUSE_S[1])
                await _wait(stop, pause)
            except Corrupt as broken:
                REFUSED.set(1)
                while not stop.is_set():
                    log.error("signer_refused", code=broken.code, detail=broken.detail)
                    await _wait(stop, ALARM_S)
    finally:
        await out.stop()


async def _sign(config: SignerConfig, folder: SignerFolder, out: RawLog, stop: asyncio.Event) -> None:
    cluster = await cluster_id(config.bootstrap)
    place = Place(cluster, config.topics.events, 0, config.partitions)
    told = await _told(config)
    if folder.is_new:
        if told and not config.anew:
            raise Corrupt("signer_file_lost", f"{folder.path} is empty, [checkpoints] is not")
        folder.create()
    key = folder.key()
    signer = Signer(key, place, folder.last())
    public = key.public_key().public_bytes_raw()
    await _publish_missed(config, folder, signer.last, [one for one in told if one.key == public], out)
    consumer = WatchfulConsumer(config.bootstrap, config.topics.events, signer.anchors, cluster=cluster)
    await consumer.start()
    try:
        await _follow(config, folder, signer, consumer, out, stop)
    finally:
        await consumer.stop()


async def _told(config: SignerConfig) -> list[Signed]:
    """The youngest that [checkpoints] holds. Whoever may write there can write anything: what is none is told of and
    left to `legion audit verify`."""
    told: list[Signed] = []
    async for offset, value in values(config.bootstrap, config.topics.checkpoints, last=SEEN):
        try:
            told.append(Signed.read(value))
        except Corrupt as error:
            log.warning("checkpoint_ignored", offset=offset, code=error.code, detail=error.detail)
    return told


async def _publish_missed(
    config: SignerConfig, folder: SignerFolder, last: Signed | None, told: list[Signed], out: RawLog
) -> None:
    """What the file has and the topic has not. told: of this signer's key, in the topic. Raises Corrupt
    `signer_rolled_back` when the topic knows more than the file."""
    newest = max((one.checkpoint.number for one in told), default=0)
    ends = last.checkpoint.number if last else 0
    if newest > ends:
        raise Corrupt("signer_rolled_back", f"[checkpoints] knows checkpoint {newest}, the file ends with {ends}")
    if last and any(one.checkpoint.number == ends and one.text != last.text for one in told):
        raise Corrupt("signer_rolled_back", f"checkpoint {ends} was signed twice")
    for line in folder.lines() if newest < ends else ():
        signed = Signed.read(line)
        if signed.checkpoint.number > newest:
            await out.append(config.topics.checkpoints, None, signed.line(), (), partition=0)


async def _follow(
    config: SignerConfig,
    folder: SignerFolder,
    signer: Signer,
    consumer: WatchfulConsumer,
    out: RawLog,
    stop: asyncio.Event,
) -> None:
    signed_at, well_at = 0.0, time.monotonic()
    while not stop.is_set():
        for partition, commits in (await consumer.poll(POLL_MS)).items():
            signer.take(partition, commits)
        now = time.monotonic()
        stuck = [number for number in range(config.partitions) if not consumer.goes_on(number)]
        if stuck and now - well_at > STUCK_S:
            where = ", ".join(f"partition {n} at offset {consumer.anchor(n).next_offset}" for n in stuck)
            log.error("signer_refused", code="chain_does_not_go_on", detail=where)
        if not stuck or now - well_at > STUCK_S:
            well_at = now
        if not stuck and signer.due and now - signed_at >= config.every_s:
            line = signer.sign(datetime.now(UTC))
            folder.append(line)
            signed_at = now
            SIGNED.inc()
            AT.set_to_current_time()
            await out.append(config.topics.checkpoints, None, Signed.read(line).line(), (), partition=0)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
