"""What the streams process is given: plain values and opened parts. Made by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from eventlog.dlq import Dlq
from eventlog.producer import CommandLog
from eventlog.topics import PARTITIONS, Topics
from gateways.autentique.client import AutentiqueClient
from gateways.chat.client import ChatClient
from gateways.chat.prices import Prices
from gateways.mail.mailer import Mailer
from gateways.meta.client import MetaClient
from gateways.typst.renderer import Renderer
from projections.read.db import ReadDb
from projections.read.listener import Listener
from streams.effects.channel import Channels
from streams.runner.core import LEASE
from vault.db import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamsConfig:
    """bootstrap: host:port[,…]. partitions: of [events]. group: consumer group, one for all streams processes.

    late_after: a message older than this opens no turn. default_model: of Centurions that name none. lease: how soon
    others take over what a dead process was at. ai_rest_s: how long an AI that fails again and again is left alone.
    prices: of models; the cost of others is recorded as 0, not known. dlq_alarm: more dead letters than this that
    nobody has looked after raise an alarm. links_url: base URL of the pages that mails link to.
    """

    bootstrap: str
    topics: Topics
    default_model: str
    links_url: str
    partitions: int = PARTITIONS
    group: str = "legion.streams"
    late_after: timedelta = timedelta(hours=2)
    lease: timedelta = LEASE
    ai_rest_s: float = 30.0
    prices: Prices = field(default_factory=dict)
    dlq_alarm: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamsParts:
    """Opened, and closed by who opened them. reads, listener: of the active generation, as the runner role.

    autentique: of no account: each company's token is used. provision: makes a company's schema of views, idempotent.
    """

    vault: Vault
    reads: ReadDb
    listener: Listener
    commands: CommandLog
    dlq: Dlq
    channels: Channels
    chat: ChatClient
    mailer: Mailer
    autentique: AutentiqueClient
    renderer: Renderer
    meta: MetaClient
    provision: Callable[[str], Awaitable[None]]
