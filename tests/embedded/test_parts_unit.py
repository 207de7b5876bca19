"""Ports, locks, jars, accounts and configurations, without servers."""

from __future__ import annotations

import json
import os
import platform
import socket
import struct
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from embedded import jars, kafka_probe, ports, postgres, postgres_account
from embedded.jars import Jar, JarMismatch, JarUnavailable
from embedded.kafka_config import KafkaConfig, format_argv, properties, render, server_argv
from embedded.locks import FolderInUse, hold
from embedded.natives import unpack_zstd
from embedded.ports import PortUnavailable
from embedded.postgres_account import UNSHARE, Account, NoAccount

HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"  # pragma: allowlist secret


def test_a_taken_port_is_named_with_what_to_set() -> None:
    with socket.socket() as taken:
        taken.bind((ports.LOOPBACK, ports.find_free()))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortUnavailable, match=rf"port {port} .* is taken .* set KAFKA_PORT"):
            ports.require_free(port, setting="KAFKA_PORT")
        with pytest.raises(PortUnavailable):
            ports.find_free([port])
    ports.require_free(port, setting="KAFKA_PORT")


def test_a_port_of_outgoing_connections_is_refused() -> None:
    with pytest.raises(PortUnavailable, match="below 32768"):
        ports.require_free(40000, setting="KAFKA_PORT")
    assert not set(ports.OURS) & set(ports.EPHEMERAL)


def test_a_folder_has_one_holder_until_that_ends(tmp_path: Path) -> None:
    descriptor = hold(tmp_path / "data", wait_s=0)
    with pytest.raises(FolderInUse, match="in use"):
        hold(tmp_path / "data", wait_s=0.1)
    os.close(descriptor)
    os.close(hold(tmp_path / "data", wait_s=0))


def test_the_lock_goes_with_the_last_process_that_inherited_it(tmp_path: Path) -> None:
    descriptor = hold(tmp_path, wait_s=0)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False)
    os.close(descriptor)
    with pytest.raises(FolderInUse):
        hold(tmp_path, wait_s=0)
    child.kill()
    child.wait()
    os.close(hold(tmp_path, wait_s=0))


def test_the_lock_lists_every_jar_once_with_its_hash() -> None:
    locked = jars.read_lock()
    assert len({jar.filename for jar in locked}) == len(locked) == 45
    assert all(len(jar.sha256) == 64 and int(jar.sha256, 16) for jar in locked)
    assert {("org.apache.kafka", "kafka_2.13"), ("org.slf4j", "slf4j-simple")} <= {
        (jar.group, jar.artifact) for jar in locked
    }
    rows = json.loads(jars.LOCK_FILE.read_text())
    assert [[jar.group, jar.artifact, jar.version, jar.sha256] for jar in locked] == rows


def test_a_cached_jar_that_is_the_locked_one_is_used(tmp_path: Path) -> None:
    jar = Jar("group", "hello", "1", HELLO)
    (tmp_path / jar.filename).write_bytes(b"hello")
    assert jars.ensure_jars(tmp_path, [jar]) == [tmp_path / "hello-1.jar"]


def test_a_jar_that_is_another_is_deleted_and_refused(tmp_path: Path) -> None:
    jar = Jar("group", "hello", "1", HELLO)
    (tmp_path / jar.filename).write_bytes(b"hullo")
    with pytest.raises(JarMismatch, match=r"hello-1\.jar: SHA-256 .* was deleted"):
        jars.ensure_jars(tmp_path, [jar])
    assert not (tmp_path / jar.filename).exists()


def test_a_jar_that_cannot_be_fetched_is_named_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # the discard port: refused at once
    with pytest.raises(JarUnavailable, match=r"hello-1\.jar cannot be fetched: .*refused"):
        jars.ensure_jars(tmp_path, [Jar("group", "hello", "1", HELLO)])
    assert jars.absent_jars(tmp_path, [Jar("group", "hello", "1", HELLO)])


def test_kafka_keeps_metadata_apart_and_makes_no_topics_by_itself(tmp_path: Path) -> None:
    config = KafkaConfig(tmp_path, 20000, 20001, heap_mb=256)
    settings = properties(config)
    assert not settings["metadata.log.dir"].startswith(settings["log.dirs"])
    assert settings["auto.create.topics.enable"] == "false"
    assert settings["log.retention.ms"] == "-1"
    assert "log.dirs=" + settings["log.dirs"] + "\n" in render(settings)
    assert render({"a": "C:\\x"}) == "a=C:\\\\x\n"
    paths = [tmp_path / "a.jar", tmp_path / "b.jar"]
    command = server_argv(Path("java"), paths, config)
    assert "-Xmx256m" in command
    assert command[command.index("-cp") + 1] == os.pathsep.join(map(str, paths))
    assert "--ignore-formatted" in format_argv(Path("java"), paths, config, "id")


def test_the_probe_reads_brokers_and_cluster_id() -> None:
    def string(text: str) -> bytes:
        return struct.pack(">h", len(text)) + text.encode()

    broker = struct.pack(">i", 1) + string("host") + struct.pack(">i", 9) + struct.pack(">h", -1)
    answer = struct.pack(">ii", 7, 1) + broker + string("cluster") + struct.pack(">i", 1)
    assert kafka_probe.parse(answer) == (1, "cluster")
    with pytest.raises(struct.error):
        kafka_probe.parse(struct.pack(">ii", 8, 0))


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "postgres").touch()
    return folder


def test_a_plain_user_runs_postgres_directly(programs: Path, tmp_path: Path) -> None:
    assert postgres_account.choose(programs, tmp_path / "pgdata", is_root=False) == Account()


def test_below_a_closed_folder_root_takes_a_user_namespace(programs: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    account = postgres_account.choose(programs, closed / "pgdata", is_root=True, has_namespaces=lambda: True)
    assert account == Account(prefix=UNSHARE)
    with pytest.raises(NoAccount, match="does not run as root"):
        postgres_account.choose(programs, closed / "pgdata", is_root=True, has_namespaces=lambda: False)


def test_postgres_listens_on_loopback_tcp_alone_and_urls_are_quoted(tmp_path: Path) -> None:
    config = postgres.PostgresConfig(tmp_path, 20000, "p:a@s/s%", settings={"fsync": "off"})
    command = postgres.server_argv(config)
    assert {"listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "port=20000"} <= set(command)
    escaped = "postgresql://postgres:p%3Aa%40s%2Fs%25@127.0.0.1:20000/a%20b"  # pragma: allowlist secret
    assert config.dsn("a b") == escaped
    assert "p:a@s/s%" not in repr(config)
    assert postgres.settings_from(["a=b=c"]) == {"a": "b=c"}


def test_a_machine_that_kafkas_zstd_does_not_know_is_left_to_the_broker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar = tmp_path / "zstd-jni-1.jar"
    with ZipFile(jar, "w") as archive:
        archive.mkdir("linux/amd64")
        archive.writestr("linux/amd64/libzstd-jni-1.so", b"code")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    unpacked = unpack_zstd([tmp_path / "kafka.jar", jar], tmp_path / "temp")
    assert unpacked is not None
    assert unpacked.read_bytes() == b"code"
    monkeypatch.setattr(platform, "machine", lambda: "vax")
    assert unpack_zstd([jar], tmp_path / "temp") is None
    assert unpack_zstd([], tmp_path / "temp") is None
