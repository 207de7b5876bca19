"""The topics of the log: their names, settings and making."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from domain.kernel.errors import Misconfigured, Unavailable

DAY_MS: Final = 24 * 60 * 60 * 1000
TRANSIENT_DAYS: Final = 14
"""How long bodies, commands and dead letters stay: the erasure promise (day keys are destroyed then)."""

MAX_BATCH_BYTES: Final = 1_048_588
"""`max.message.bytes`, Kafka's default made explicit: the largest batch. A commit must fit (see assemble)."""

PARTITIONS: Final = 12
"""Default of [ingress], [commands] and [events]. The last two must agree: a command and its commit share a number."""

LEADER_WAIT_S: Final = 30.0

METADATA_MS: Final = 5_000
"""How often a group's members ask for the topics anew. A broker that has just come back may know none yet: whoever is
assigned partitions then gets none, and finds out at the next asking (five minutes by the clients' default)."""


@dataclass(frozen=True, slots=True)
class Topics:
    """The five names. `prefix` lets tests and tenants of one cluster live side by side."""

    prefix: str = "legion."

    @property
    def ingress(self) -> str:
        return f"{self.prefix}ingress"

    @property
    def commands(self) -> str:
        return f"{self.prefix}commands"

    @property
    def events(self) -> str:
        return f"{self.prefix}events"

    @property
    def dlq(self) -> str:
        return f"{self.prefix}dlq"

    @property
    def checkpoints(self) -> str:
        return f"{self.prefix}checkpoints"

    def partition_counts(self, partitions: int) -> dict[str, int]:
        """Topic → number of partitions. Dead letters and checkpoints are few: one partition keeps their order."""
        return {self.ingress: partitions, self.commands: partitions, self.events: partitions} | {
            self.dlq: 1,
            self.checkpoints: 1,
        }

    def configs(self, *, single_node: bool) -> dict[str, dict[str, str]]:
        """Topic → settings (design §2). LogAppendTime everywhere: the log's clock is the only clock."""
        base = {
            "cleanup.policy": "delete",
            "message.timestamp.type": "LogAppendTime",
            "max.message.bytes": str(MAX_BATCH_BYTES),
        } | ({} if single_node else {"min.insync.replicas": "2"})
        transient = base | {
            "retention.ms": str(TRANSIENT_DAYS * DAY_MS),
            # a segment is deleted as a whole: the last day's records must not live on for another week
            "segment.ms": str(DAY_MS),
        }
        forever = base | {"retention.ms": "-1", "retention.bytes": "-1"}
        # a lone broker has no replica to rescue what its page cache held at a power loss
        flushed = forever | ({"flush.messages": "1"} if single_node else {})
        return {
            self.ingress: transient,
            self.commands: transient,
            self.events: flushed,
            self.dlq: transient,
            self.checkpoints: flushed,
        }


async def create_topics(bootstrap: str, topics: Topics, partitions: int = PARTITIONS, *, single_node: bool) -> None:
    """Makes the topics that are missing, checks the others' partition counts, waits until all have leaders.

    Raises Misconfigured when a topic exists with another number of partitions (changing it is an epoch's work),
    Unavailable when leaders do not appear in time.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        configs = topics.configs(single_node=single_node)
        counts = topics.partition_counts(partitions)
        response = await admin.create_topics(
            [
                NewTopic(name, count, 1 if single_node else 3, topic_configs=configs[name])
                for name, count in counts.items()
            ]
        )
        for name, code, *rest in response.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise Unavailable("topic_not_made", f"{name}: {error.__name__} {rest}")
        await _wait_for_leaders(admin, counts)
    except KafkaError as error:
        raise Unavailable("kafka_unavailable", str(error)) from error
    finally:
        await admin.close()


async def _wait_for_leaders(admin: AIOKafkaAdminClient, counts: dict[str, int]) -> None:
    deadline = asyncio.get_running_loop().time() + LEADER_WAIT_S
    while True:
        found = {topic["topic"]: topic for topic in await admin.describe_topics(list(counts))}
        ready = 0
        for name, count in counts.items():
            parts = found.get(name, {}).get("partitions", [])
            if parts and len(parts) != count:
                raise Misconfigured("topic_partitions", f"{name} has {len(parts)} partitions, {count} are set")
            ready += bool(parts) and all(part["leader"] >= 0 and not part["error_code"] for part in parts)
        if ready == len(counts):
            return
        if asyncio.get_running_loop().time() > deadline:
            raise Unavailable("topic_without_leader", f"{ready} of {len(counts)} topics are ready")
        await asyncio.sleep(0.05)


async def cluster_id(bootstrap: str) -> str:
    """The cluster's id, part of every chain's genesis. Raises Unavailable."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        described = await admin.describe_cluster()
    except KafkaError as error:
        raise Unavailable("kafka_unavailable", str(error)) from error
    finally:
        await admin.close()
    return str(described["cluster_id"])
