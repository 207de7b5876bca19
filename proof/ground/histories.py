"""A log of several partitions, and stories to put into it: what a writer would have made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from domain.centurion import events as ce
from domain.centurion.settings import CenturionSettings
from domain.conversation import events as c
from domain.conversation.parts import CancelReason, Chunk, Turn
from domain.holding import events as h
from domain.instance import events as i
from domain.kernel.actor import BOOTSTRAP
from domain.kernel.command import EventMeta
from domain.kernel.event import Event
from domain.kernel.ids import (
    HOLDING,
    HOLDING_TENANT,
    conversation_id,
    derived,
    event_id,
    lead_journey,
    partition_of,
    tenant_journey,
)
from domain.kernel.sealed import Sealed
from domain.kernel.usage import Usage
from domain.lead import events as ld
from eventlog.assemble import build_commit
from eventlog.codec import Codec
from eventlog.model import Anchor, Commit, LogRecord, Recorded, Refusal
from eventlog.reader import Reader
from projections.engine.seen import Key
from vault.keys import Tombstone
from vault.sealing import seal

START = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
CLUSTER, TOPIC = "cluster", "legion.events"
COMPANY = derived("company", "acme")
OTHER = derived("company", "other")
INSTANCE = derived("instance", "one")
CENTURION = derived("centurion", "one")


class Keys:
    """The vault's subject keys, in memory."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, str], Key] = {}
        self.queries = 0

    def of(self, company: str, journey: str) -> bytes:
        return derived("key", company, journey).encode()[:32]

    def destroy(self, company: str, journey: str) -> None:
        self.keys[company, journey] = Tombstone(START, "erased")

    async def open_pairs(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Key]:
        self.queries += 1
        return {pair: self.keys.get(pair, self.of(*pair)) for pair in pairs}


class Log:
    """Commits of a chain, as a verified reader yields them. Time passes a second with each.

    codec: that writes and reads it, None: today's. cluster, topic: what the chain begins with.
    """

    def __init__(
        self,
        partitions: int = 3,
        *,
        at: datetime = START,
        topic: str = TOPIC,
        cluster: str = CLUSTER,
        codec: Codec | None = None,
    ) -> None:
        self.partitions = partitions
        self.topic = topic
        self.cluster = cluster
        self.at = at
        self.codec = codec
        self.keys = Keys()
        self.records: list[LogRecord] = []
        self.commits: list[Commit] = []
        self.versions: dict[str, int] = {}
        self._readers = [Reader(anchor, codec) for anchor in self.genesis()]
        self._commands = 0

    def genesis(self) -> list[Anchor]:
        return [Anchor.genesis(cluster_id=self.cluster, topic=self.topic, partition=p) for p in range(self.partitions)]

    def command_id(self) -> str:
        self._commands += 1
        return str(UUID(int=self._commands))

    def event(self, stream: str, cls: type[Event], *, version: int | None = None, **own: Any) -> Event:
        """The stream's next event."""
        self.versions[stream] = self.versions.get(stream, 0) + 1 if version is None else version
        return cls(originator_id=stream, originator_version=self.versions[stream], timestamp=self.at, **own)

    def commit(self, tenant: str, journey: str, *events: Event, command: str | None = None) -> Commit:
        command = command or self.command_id()
        body = [
            Recorded(
                EventMeta(
                    event_id=event_id(command, index), tenant=tenant, journey=journey, stream=e.originator_id,
                    version=e.originator_version, command_id=command, actor=BOOTSTRAP.without_grant(), at=e.timestamp,
                ),
                e,
            )
            for index, e in enumerate(events)
        ]  # fmt: skip
        return self._append(journey, body)

    def refuse(self, tenant: str, journey: str, code: str = "nothing_to_do", *, command: str | None = None) -> Commit:
        refusal = Refusal(
            command_id=command or self.command_id(), command_topic="CloseTurn", journey=journey, tenant=tenant,
            code=code, detail="said no", actor=BOOTSTRAP.without_grant(), at=self.at,
        )  # fmt: skip
        return self._append(journey, refusal)

    def _append(self, journey: str, body: Sequence[Recorded] | Refusal) -> Commit:
        partition = partition_of(journey, self.partitions)
        reader = self._readers[partition]
        built = build_commit(reader.anchor.head, 0, reader.anchor.last_command_offset + 1, body, self.codec)
        records = [
            LogRecord(partition, reader.next_offset + n, 0, *outgoing) for n, outgoing in enumerate(built.records)
        ]
        (commit,) = reader.feed(records)
        self.records += records
        self.commits.append(commit)
        self.at += timedelta(seconds=1)
        return commit


class Story:
    """One lead on one instance, told by what happens."""

    def __init__(self, log: Log, name: str = "ana", *, company: str = COMPANY, instance: str = INSTANCE) -> None:
        self.log = log
        self.company = company
        self.instance = instance
        self.lead = derived("lead", company, name)
        self.journey = lead_journey(self.lead)
        self.conversation = conversation_id(self.lead, instance)
        self.lead_stream = f"lead-{self.lead}"
        self.stream = f"conversation-{self.conversation}"
        self.key = log.keys.of(company, self.journey)
        self.count = 0

    def sealed(self, label: str, words: str) -> Sealed:
        return seal(self.key, self.company, self.journey, label, words.encode(), nonce=bytes(12))

    def id(self, kind: str, n: int) -> str:
        return derived(kind, self.lead, n)

    def commit(self, *events: Event, command: str | None = None) -> Commit:
        return self.log.commit(self.company, self.journey, *events, command=command)

    def on(self, cls: type[Event], **own: Any) -> Event:
        """The conversation's next event."""
        return self.log.event(self.stream, cls, conversation=self.conversation, **own)

    def arrives(self, name: str = "Ana") -> Commit:
        return self.commit(
            self.log.event(self.lead_stream, ld.LeadCreated, lead=self.lead, company=self.company, source="whatsapp"),
            self.log.event(
                self.lead_stream, ld.AliasLinked, lead=self.lead, scheme="phone", alias_hash="ab" * 32,
                value=self.sealed("alias.value", "+5511999990000"),
            ),
            self.log.event(
                self.lead_stream, ld.ContactUpdated, lead=self.lead, name=self.sealed("contact.name", name),
                name_digest="d",
            ),
            self.on(
                c.ConversationStarted, lead=self.lead, company=self.company, instance=self.instance, channel="whatsapp"
            ),
        )  # fmt: skip

    def turn(self, n: int = 1, *, wait: timedelta = timedelta(seconds=4)) -> Turn:
        now = int(self.log.at.timestamp() * 1e6)
        due = now + int(wait.total_seconds() * 1e6)
        return Turn(turn=self.id("turn", n), first_us=now, last_us=now, due_us=due, last_message=self.last_message)

    @property
    def last_message(self) -> str:
        return self.id("message", self.count)

    def received(self, words: str = "Oi", *, turn: int | None = 1, content: str | None = '{"media":[]}') -> Event:
        self.count += 1
        return self.on(
            c.MessageReceived, message=self.last_message, provider_id=f"in-{self.lead[:8]}-{self.count}", kind="text",
            provider_at=self.log.at, text=self.sealed("message.text", words),
            content=None if content is None else self.sealed("message.content", content), quoted_id=None,
            address=self.sealed("conversation.address", "5511999990000@s.whatsapp.net"), late=False,
            turn=None if turn is None else self.turn(turn),
        )  # fmt: skip

    def writes(self, words: str = "Oi", *, turn: int | None = 1) -> Commit:
        return self.commit(self.received(words, turn=turn))

    def turn_closes(self, n: int = 1, *, rules: int = 0) -> Commit:
        return self.commit(
            self.on(
                c.TurnClosed, turn=self.id("turn", n), reply=self.id("reply", n), messages=(self.last_message,),
                centurion=CENTURION, centurion_version=1, cancels=0, rules=rules,
            )
        )  # fmt: skip

    def chunk(self, n: int, seq: int) -> str:
        return self.id("chunk", n * 100 + seq)

    def replied(self, n: int = 1, chunks: int = 3) -> Event:
        return self.on(
            c.ReplyGenerated, reply=self.id("reply", n), turn=self.id("turn", n), centurion=CENTURION,
            centurion_version=1, prompt_version="1", prompt_hash="00" * 32, parameters={"temperature": "0.4"},
            context=("e",), usage=usage(),
            chunks=tuple(
                Chunk(
                    chunk=self.chunk(n, seq), seq=seq, text=self.sealed("message.text", f"Parte {seq}"), tag="t",
                    typing_ms=900,
                )
                for seq in range(chunks)
            ),
        )  # fmt: skip

    def replies(self, n: int = 1, chunks: int = 3) -> Commit:
        return self.commit(self.replied(n, chunks))

    def cancels(self, n: int = 1) -> Commit:
        return self.commit(
            self.on(
                c.ReplyCancelled, reply=self.id("reply", n), reason=CancelReason.NEW_MESSAGE,
                by_message=self.last_message,
            )
        )  # fmt: skip

    def attempts(self, n: int, seq: int, claim: str = "claim") -> Commit:
        return self.commit(
            self.on(
                c.ChunkAttempted, chunk=self.chunk(n, seq), claim=claim,
                resolve_at=self.log.at + timedelta(seconds=40),
            )
        )  # fmt: skip

    def sends(self, n: int, seq: int, claim: str = "claim") -> Commit:
        return self.commit(
            self.on(
                c.ChunkSent, chunk=self.chunk(n, seq), claim=claim, provider_id=f"out-{self.lead[:8]}-{n}-{seq}",
                how="answer",
            )
        )  # fmt: skip


def usage() -> Usage:
    return Usage(model="m", prompt_tokens=10, completion_tokens=5, cost_micros=7, latency_ms=800)


def set_up(log: Log, company: str = COMPANY, *, instance: str = INSTANCE, slug: str = "acme") -> None:
    """A company with a Centurion and a connected instance."""
    log.commit(
        HOLDING_TENANT, HOLDING,
        log.event(f"slug-{slug}", h.SlugClaimed, slug=slug, company=company),
        log.event(
            f"company-{company}", h.CompanyCreated, company=company, slug=slug, name="Acme",
            timezone="America/Sao_Paulo", locale="pt-BR",
        ),
    )  # fmt: skip
    journey = tenant_journey(company)
    settings = CenturionSettings(name="Clara", persona="You sell.", model="m")
    log.commit(company, journey, log.event(f"centurion-{CENTURION}", ce.CenturionCreated, centurion=CENTURION,
                                           settings=settings))  # fmt: skip
    log.commit(company, journey, log.event(
        f"instance-{instance}", i.InstanceCreated, instance=instance, channel="whatsapp", provider="evolution",
        external_name="acme-1", centurion=CENTURION))  # fmt: skip
    log.commit(company, journey, log.event(
        f"instance-{instance}", i.ConnectionChanged, instance=instance, status="open", code=None, provider_at=None,
    ))  # fmt: skip
