"""Apache Kafka in KRaft mode, one process: its properties and command lines. Pure."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

MIB = 1024 * 1024
JVM_FLAGS = (
    "-XX:+UseSerialGC",
    # A broker out of memory is restarted, not left half alive.
    "-XX:+ExitOnOutOfMemoryError",
    # No files outside our folder (/tmp/hsperfdata_*).
    "-XX:-UsePerfData",
    # Both silence warnings of Java 24+ about what zstd-jni and lz4 do.
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Djava.awt.headless=true",
)


class Door(NamedTuple):
    """A listener more: the broker listens at `port` and tells whoever comes in there to come back to `advertised`,
    where a proxy stands. Without it clients would go around the proxy as soon as they know the broker's address."""

    port: int
    advertised: int


@dataclass(frozen=True, slots=True)
class KafkaConfig:
    """Where one broker keeps its data and listens (loopback only). `heap_mb` is -Xmx in MiB; `whole_heap`: all of it
    from the start, so that the process's memory tells what it needs beside its heap."""

    data: Path
    port: int
    controller_port: int
    host: str = "127.0.0.1"
    heap_mb: int = 384
    whole_heap: bool = False
    doors: tuple[Door, ...] = ()

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def metadata(self) -> Path:
        return self.data / "metadata"

    @property
    def temp(self) -> Path:
        return self.data / "tmp"

    @property
    def properties_file(self) -> Path:
        return self.data / "server.properties"

    @property
    def cluster_id_file(self) -> Path:
        return self.data / "cluster.id"


def properties(config: KafkaConfig) -> dict[str, str]:
    """Broker settings. `flush.messages` is the topic owner's to set: a topic configuration."""
    doors = [(f"DOOR{number}", door) for number, door in enumerate(config.doors)]
    listeners = [f"PLAINTEXT://{config.host}:{config.port}", f"CONTROLLER://{config.host}:{config.controller_port}"]
    listeners += [f"{name}://{config.host}:{door.port}" for name, door in doors]
    advertised = [listeners[0], *(f"{name}://{config.host}:{door.advertised}" for name, door in doors)]
    protocols = [f"{name}:PLAINTEXT" for name in ("PLAINTEXT", "CONTROLLER", *(name for name, _ in doors))]
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{config.host}:{config.controller_port}",
        "listeners": ",".join(listeners),
        "advertised.listeners": ",".join(advertised),
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": ",".join(protocols),
        "log.dirs": str(config.logs),
        # Apart from log.dirs: then a second broker on the same folder refuses to start.
        "metadata.log.dir": str(config.metadata),
        # Recovery after kill -9 in 3 s; with the defaults 11-12 s.
        "broker.session.timeout.ms": "2000",
        "broker.heartbeat.interval.ms": "400",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        "auto.create.topics.enable": "false",
        "num.partitions": "1",
        "default.replication.factor": "1",
        "min.insync.replicas": "1",
        "offsets.topic.num.partitions": "1",
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.num.partitions": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        # For ever, unless a topic says otherwise.
        "log.retention.ms": "-1",
        "log.segment.bytes": str(64 * MIB),
    }


def render(settings: Mapping[str, str]) -> str:
    """Java properties text, one `key=value` a line; backslashes (paths elsewhere) doubled."""
    return "".join(f"{key}={value.replace(chr(92), chr(92) * 2)}\n" for key, value in settings.items())


def java_argv(java: Path, jars: Sequence[Path], config: KafkaConfig, main: str, *args: str) -> list[str]:
    """Command line for one of Kafka's main classes."""
    class_path = os.pathsep.join(map(str, jars))
    first = (f"-Xms{config.heap_mb}m", "-XX:+AlwaysPreTouch") if config.whole_heap else ("-Xms64m",)
    memory = (*first, f"-Xmx{config.heap_mb}m")
    return [
        *(str(java), *memory, *JVM_FLAGS, f"-Djava.io.tmpdir={config.temp}"),
        *("-cp", class_path, main, *args),
    ]


def format_argv(java: Path, jars: Sequence[Path], config: KafkaConfig, cluster_id: str) -> list[str]:
    """The command that prepares an empty folder, once."""
    where = ("-t", cluster_id, "-c", str(config.properties_file), "--ignore-formatted")
    command = java_argv(java, jars, config, "kafka.tools.StorageTool", "format", *where)
    # It lives for a second: code compiled well would come too late.
    return [command[0], "-XX:TieredStopAtLevel=1", *command[1:]]


def server_argv(java: Path, jars: Sequence[Path], config: KafkaConfig, *, zstd: Path | None = None) -> list[str]:
    """The command that is the broker. zstd: its library, where it was unpacked already."""
    command = java_argv(java, jars, config, "kafka.Kafka", str(config.properties_file))
    return [command[0], f"-DZstdNativePath={zstd}", *command[1:]] if zstd else command
