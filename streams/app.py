"""The streams process: Faust's agents, the normaliser and the effect runner, from start to a graceful stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Final

import structlog

from domain.effect.kinds import EffectKind
from domain.kernel.errors import Unavailable
from eventlog.topics import cluster_id
from gateways.breaker import Breaker
from projections.read.effects import EffectStore
from projections.read.events import EventReader
from projections.read.outcomes import Outcomes
from streams.aging import Aging
from streams.commander import Commander
from streams.config import StreamsConfig, StreamsParts
from streams.conversion.dispatch import Dispatch
from streams.effects.ai import Asker
from streams.effects.brief import BriefEffect
from streams.effects.check_contract import CheckContractEffect
from streams.effects.chunk import ChunkEffect
from streams.effects.contract import ContractEffect
from streams.effects.contract_acts import CancelContractEffect, ResendContractEffect
from streams.effects.contract_link import ContractLinkEffect
from streams.effects.conversion import ConversionEffect
from streams.effects.dormancy import DormancyEffect
from streams.effects.erase import CompleteErasureEffect, EraseEffect
from streams.effects.extract import ExtractEffect
from streams.effects.forget_user import ForgetUserEffect
from streams.effects.invite import InviteEffect
from streams.effects.release import ReleaseEffect
from streams.effects.reply import ReplyEffect
from streams.effects.resolve import ResolveEffect
from streams.effects.resolve_contract import ResolveContractEffect
from streams.effects.signing import Accounts, Desk
from streams.effects.simple import CloseTurnEffect, GivingUp, ProvisionEffect, RerunEffect
from streams.faust_app import make_app
from streams.faust_run import FaustRun
from streams.ingress_log import IngressLog
from streams.letters import watch_letters
from streams.mails import Mailing
from streams.normalise.contracts import ContractHints
from streams.normalise.edge import Edge
from streams.normalise.intake import Intake
from streams.normalise.normaliser import Normaliser
from streams.relay import Relay
from streams.runner.gate import pass_end
from streams.runner.job import Handler
from streams.runner.runner import Runner

DRAIN_S: Final = 3.5
"""For what is under way at a stop: with Faust's own stop it stays below five seconds."""

RETRY_S: Final = 1.0

log = structlog.get_logger()


def make_normaliser(config: StreamsConfig, parts: StreamsParts) -> Normaliser:
    return Normaliser(
        vault=parts.vault,
        edge=Edge(parts.vault, parts.reads),
        commands=parts.commands,
        dlq=parts.dlq,
        contracts=ContractHints(parts.reads),
        topic=config.topics.ingress,
        late_after=config.late_after,
    )


def make_handlers(config: StreamsConfig, parts: StreamsParts, normaliser: Normaliser) -> dict[EffectKind, Handler]:
    """Which handler carries out which kind of effect."""
    events, reads, keys = EventReader(parts.reads), parts.reads, parts.vault.keys
    commander = Commander(parts.commands, Outcomes(reads, parts.listener))
    ingress = IngressLog(config.bootstrap, config.topics.ingress)
    desk = Desk(events, reads, keys, Accounts(parts.autentique, parts.vault.credentials), parts.renderer)
    asker = Asker(parts.chat, config.default_model, breaker=Breaker(open_s=config.ai_rest_s))
    return {
        EffectKind.CLOSE_TURN: CloseTurnEffect(events, commander),
        EffectKind.REPLY: ReplyEffect(events, reads, keys, commander, asker, config.prices),
        EffectKind.CHUNK: ChunkEffect(events, reads, keys, commander, parts.channels),
        EffectKind.RESOLVE: ResolveEffect(events, reads, keys, commander, parts.channels),
        EffectKind.RERUN: RerunEffect(events, commander, normaliser, ingress.record),
        EffectKind.PROVISION: ProvisionEffect(events, commander, parts.provision),
        EffectKind.ERASE: EraseEffect(events, commander, parts.vault.erasure),
        EffectKind.COMPLETE_ERASURE: CompleteErasureEffect(events, commander, Aging(parts.vault)),
        EffectKind.INVITE: InviteEffect(
            events=events,
            reads=reads,
            keys=keys,
            links=parts.vault.links,
            commander=commander,
            mailer=parts.mailer,
            links_url=config.links_url,
        ),
        EffectKind.FORGET_USER: ForgetUserEffect(events, commander, parts.vault.erasure),
        EffectKind.EXTRACT: ExtractEffect(events, reads, keys, commander, asker, config.prices),
        EffectKind.DORMANCY: DormancyEffect(events, reads, commander),
        EffectKind.BRIEF: BriefEffect(events, reads, keys, commander, asker, config.prices),
        EffectKind.CONTRACT: ContractEffect(desk, commander),
        EffectKind.RESOLVE_CONTRACT: ResolveContractEffect(desk, commander),
        EffectKind.CHECK_CONTRACT: CheckContractEffect(desk, commander, parts.vault.files),
        EffectKind.CANCEL_CONTRACT: CancelContractEffect(desk, commander),
        EffectKind.RESEND_CONTRACT: ResendContractEffect(desk, commander),
        EffectKind.CONTRACT_LINK: ContractLinkEffect(desk, commander),
        EffectKind.CONVERSION: ConversionEffect(
            events=events,
            reads=reads,
            keys=keys,
            credentials=parts.vault.credentials,
            commander=commander,
            dispatch=Dispatch(parts.meta),
        ),
        EffectKind.RELEASE: ReleaseEffect(events, reads, commander),
    }


def make_runner(config: StreamsConfig, parts: StreamsParts, handlers: Mapping[EffectKind, Handler]) -> Runner:
    commander = Commander(parts.commands, Outcomes(parts.reads, parts.listener))
    ending = GivingUp(EventReader(parts.reads), commander)
    return Runner(
        EffectStore(parts.reads),
        parts.listener,
        handlers,
        give_up=ending.abandon,
        expire=ending.expire,
        lease=config.lease,
    )


async def run_streams(config: StreamsConfig, parts: StreamsParts, stop: asyncio.Event) -> None:
    """Until `stop` (set by signal handlers that are installed before). Raises what must not be survived: the
    supervisor starts the process anew."""
    broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def fail(error: Exception) -> None:
        if not broken.done():
            broken.set_exception(error)

    normaliser = make_normaliser(config, parts)
    runner = make_runner(config, parts, make_handlers(config, parts, normaliser))
    intake = Intake(normaliser, fail)
    faust = FaustRun(make_app(config, take=intake.take, hint=runner.hint, kick=runner.kick))
    running = {
        asyncio.create_task(_run_runner(config, parts, runner), name="runner"),
        asyncio.create_task(faust.run(), name="faust"),
        asyncio.create_task(_until_broken(broken), name="intake"),
        asyncio.create_task(watch_letters(config), name="letters"),
        asyncio.create_task(Aging(parts.vault).run(), name="aging"),
        asyncio.create_task(Mailing(parts.vault.mails, parts.mailer, config.links_url).run(), name="mails"),
        asyncio.create_task(_relay(parts).run(), name="relay"),
    }
    stopping = asyncio.create_task(stop.wait())
    try:
        ended, _ = await asyncio.wait({*running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in ended - {stopping}:
            task.result()
    finally:
        stopping.cancel()
        await _stop(faust, intake, running)


def _relay(parts: StreamsParts) -> Relay:
    return Relay(parts.vault, parts.commands, Outcomes(parts.reads, parts.listener))


async def _until_broken(broken: asyncio.Future[None]) -> None:
    await broken


async def _run_runner(config: StreamsConfig, parts: StreamsParts, runner: Runner) -> None:
    await pass_end(
        parts.reads,
        parts.listener,
        bootstrap=config.bootstrap,
        events=config.topics.events,
        partitions=config.partitions,
        cluster=await _cluster(config.bootstrap),
    )
    await runner.run()


async def _cluster(bootstrap: str) -> str:
    while True:
        try:
            return await cluster_id(bootstrap)
        except (Unavailable, OSError) as away:
            log.info("broker_away", error=type(away).__name__)
            await asyncio.sleep(RETRY_S)


async def _stop(faust: FaustRun, intake: Intake, running: set[asyncio.Task[None]]) -> None:
    """The runner and the intake end what they have begun, and Faust its start, side by side; then Faust commits what
    was acknowledged."""
    began = time.monotonic()
    for task in running:
        task.cancel()
    ending = {asyncio.create_task(intake.drain()), asyncio.create_task(faust.begun())}
    await asyncio.wait(running | ending, timeout=DRAIN_S)
    for task in ending:
        task.cancel()
    await faust.stop()
    log.info("streams_stopped", seconds=round(time.monotonic() - began, 2))
