"""What clients were told, beside what a reader of the chain finds in the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from domain.centurion.events import CenturionVersionPublished
from domain.conversation.events import MessageReceived
from eventlog.consumer import LogConsumer
from eventlog.model import Anchor, Commit
from eventlog.topics import Topics, cluster_id
from proof.ground.clients import MARK, Clients
from proof.ground.running import Running
from proof.tally import Tally


async def log_of(running: Running) -> list[Commit]:
    """All commits that count, of every partition, read from genesis by the chain rule."""
    settings = running.settings
    cluster, topic = await cluster_id(settings.kafka_bootstrap), Topics(settings.topic_prefix).events
    anchors = [Anchor.genesis(cluster_id=cluster, topic=topic, partition=p) for p in range(settings.partitions)]
    consumer = LogConsumer(settings.kafka_bootstrap, topic, anchors, cluster=cluster)
    await consumer.start()
    try:
        ends, found = await consumer.end_offsets(), list[Commit]()
        while not await consumer.caught_up(ends):
            for commits in (await consumer.poll()).values():
                found += commits
        return found
    finally:
        await consumer.stop()


def acknowledged_tally(clients: Clients, log: Sequence[Commit], n: int) -> Tally:
    """lost: webhooks without an event. unresolved: commands without an outcome. doubled: webhooks, accepted or not,
    with more than one event, and commands with more than one outcome. phantom: messages of ours that nobody sent,
    outcomes that are not what was asked for or answered, and commands refused because their journey was quarantined."""
    received, outcomes, wrong = Counter[str](), Counter[str](), list[str]()
    for commit in log:
        for recorded in commit.events:
            if isinstance(recorded.event, MessageReceived) and (recorded.event.provider_id or "").startswith(MARK):
                received[recorded.event.provider_id or ""] += 1
        if commit.command_id in clients.commands:
            outcomes[commit.command_id] += 1
            if not _as_asked(clients, commit):
                wrong.append(f"command {commit.command_id} at {commit.partition}:{commit.first_offset} is not as asked")
    lost = sorted(clients.accepted - received.keys())
    open_ = sorted(clients.outcomes.keys() - outcomes.keys())
    doubled = [name for name, times in [*received.items(), *outcomes.items()] if times > 1]
    foreign = sorted(received.keys() - clients.webhooks)
    return Tally(
        n,
        lost=len(lost),
        doubled=sum(times - 1 for times in [*received.values(), *outcomes.values()]),
        phantom=len(foreign) + len(wrong) + len(clients.held),
        unresolved=len(open_),
        facts={
            "webhooks_acknowledged": float(len(clients.accepted)),
            "commands_acknowledged": float(len(clients.outcomes)),
            "calls_cut": float(clients.answers["cut"]),
            "calls_answered_503": float(clients.answers["503"]),
            "never_acknowledged_but_there": float(
                len(received.keys() - clients.accepted) + len(outcomes.keys() - clients.outcomes.keys())
            ),
        },
        examples=(
            *(f"webhook {id_} was answered 200 and is no event" for id_ in lost[:2]),
            *(f"{id_} is there more than once" for id_ in doubled[:2]),
            *(f"message {id_} was never sent" for id_ in foreign[:1]),
            *wrong[:2],
            *(f"command {id_} was refused: its journey is in quarantine" for id_ in sorted(clients.held)[:1]),
            *(f"command {id_} was acknowledged and has no outcome" for id_ in open_[:2]),
        ),
    )


def _as_asked(clients: Clients, commit: Commit) -> bool:
    """The one event that was asked for, and the ids that a 200 named."""
    id_ = commit.command_id or ""
    names = [e.event.settings.name for e in commit.events if isinstance(e.event, CenturionVersionPublished)]
    told = clients.outcomes.get(id_)
    return names == [clients.commands[id_]] and (not told or told == tuple(e.meta.event_id for e in commit.events))
