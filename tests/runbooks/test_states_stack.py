"""Each book on a real stack that is in the state that the book is about: its symptom shows, its commands cure.

One stack for all, in the order of the tests; each leaves it well.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import orjson
import psycopg
import pytest

from cli.demo.client import INSTANCE
from proof.ground.stack import operate, processes_of
from proof.servers import data_folder
from tests.runbooks.book import blocks
from tests.runbooks.field import GONE_S, Field

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(1200)]

ROOM = "1400m"
"""Of the volume that the stack stands on: some times what it takes."""


@contextmanager
def volume(folder: Path) -> Iterator[bool]:
    """The folder is a small volume of its own, where we may mount one; whether it is."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=711", "none", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, check=False, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(scope="module")
def small() -> Iterator[tuple[Path, bool]]:
    with data_folder("states") as folder, volume(folder) as mounted:
        yield folder, mounted


@pytest.fixture(scope="module")
def field(small: tuple[Path, bool]) -> Iterator[Field]:
    made = Field(small[0])
    try:
        made.start()
        made.seed()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def kept(field: Field) -> Path:
    """Copies, made as restore.md says."""
    folder = field.folder / "kept"
    folder.mkdir()
    field.run(blocks("restore.md", "")[0], BACKUP=str(folder))
    return folder


def pid_of(field: Field, words: str) -> int:
    (pid,) = [pid for pid, command in processes_of(field.data).items() if words in command]
    return pid


def body(text: str) -> bytes:
    key = {"remoteJid": f"55119{uuid4().int % 10**8:08d}@s.whatsapp.net", "fromMe": False, "id": uuid4().hex}
    said = int(datetime.now(UTC).timestamp())
    data = {"key": key, "message": {"conversation": text}, "messageTimestamp": said}
    return orjson.dumps({"event": "messages.upsert", "instance": INSTANCE, "data": data})


def column(field: Field, query: str) -> list[object]:
    """The first one of what the shown read database answers."""
    admin = orjson.loads((field.data / "stack.json").read_bytes())
    where = f"host=127.0.0.1 port={admin['LEGION_POSTGRES_PORT']} user=postgres"
    password = admin["LEGION_POSTGRES_ADMIN_PASSWORD"]
    with psycopg.connect(where, password=password, dbname="legion_vault") as vault:
        ((number,),) = vault.execute("select n from generation where state = 'active'").fetchall()
    with psycopg.connect(where, password=password, dbname=f"legion_g{number}", autocommit=True) as conn:
        cursor = conn.execute(query.encode())
        return [row[0] for row in cursor.fetchall()] if cursor.description else []


def arrives(field: Field, text: str) -> None:
    deadline = time.monotonic() + GONE_S
    while text not in column(field, "select text from core.messages"):
        assert time.monotonic() < deadline, text
        time.sleep(0.2)


def test_broker_gone(field: Field) -> None:
    os.kill(pid_of(field, "kafka.Kafka"), signal.SIGSTOP)  # it runs and does not answer
    field.until_reason("log cannot be asked")
    field.run(*blocks("broker-gone.md", "")[:1], *blocks("broker-gone.md", "broken"))
    field.cured("broker-gone.md")
    assert field.posts(body("after the broker")) == 200
    arrives(field, "after the broker")


def test_projector_stuck(field: Field) -> None:
    os.kill(pid_of(field, "cli projector"), signal.SIGSTOP)
    assert field.posts(body("while it was stuck")) == 200
    field.until_reason("postgres has not moved")
    field.run(*blocks("projector-stuck.md", "")[:1], *blocks("projector-stuck.md", "broken"))
    field.cured("projector-stuck.md")
    arrives(field, "while it was stuck")


def test_poison_dead_letter(field: Field) -> None:
    assert field.stack is not None
    assert field.posts(body("mended").replace(b'"data":', b'"dada":')) == 200
    found: list[dict[str, object]] = []
    while not found:
        told = operate(field.stack, "dlq", "list", "--waiting", "--json").stdout
        found = [orjson.loads(line) for line in told.splitlines()]
    mend = blocks("poison.md", "broken")[0]
    field.run(mend, POSITION=str(found[0]["position"]), BODY=str(field.folder / "body"))
    arrives(field, "mended")
    assert operate(field.stack, "dlq", "list", "--waiting").stdout.strip() == b"0 dead letters"


def test_poison_quarantine(field: Field) -> None:
    assert field.posts(body("held")) == 200
    arrives(field, "held")
    # As a projector leaves it that could not apply an event; the code that could not is mended by now.
    column(
        field,
        "insert into core.quarantine (company_id, journey, reason, partition, epoch, log_offset)"
        " select company_id, journey, 'cannot_apply', 0, 0, 0 from core.journeys where journey like 'lead/%' limit 1",
    )
    field.until_reason("quarantine")
    field.run(*blocks("poison.md", "")[2:3], blocks("poison.md", "broken")[1])
    field.cured("poison.md")


def test_read_database_lost_and_the_drill(field: Field) -> None:
    ((number,),) = [column(field, "select n from work.generation")]
    admin = orjson.loads((field.data / "stack.json").read_bytes())
    where = f"host=127.0.0.1 port={admin['LEGION_POSTGRES_PORT']} user=postgres dbname=postgres"
    with psycopg.connect(where, password=admin["LEGION_POSTGRES_ADMIN_PASSWORD"], autocommit=True) as conn:
        conn.execute(f"drop database legion_g{number} with (force)".encode())
    field.until_reason("read database cannot be asked")
    wrong, differing, lost, drill = blocks("rebuild.md", "broken")
    field.run(lost)
    field.cured("rebuild.md")
    told = field.run(wrong, differing)  # of a healthy one: equal, shown
    assert "equal       True" in told
    field.cured("rebuild.md")
    told = field.run(drill)
    assert "equal           True" in told
    field.cured("rebuild.md")


def test_vault_lost(field: Field, kept: Path) -> None:
    admin = orjson.loads((field.data / "stack.json").read_bytes())
    where = f"host=127.0.0.1 port={admin['LEGION_POSTGRES_PORT']} user=postgres dbname=postgres"
    with psycopg.connect(where, password=admin["LEGION_POSTGRES_ADMIN_PASSWORD"], autocommit=True) as conn:
        conn.execute("drop database legion_vault with (force)")
    field.until_reason("read database cannot be asked")
    (backup,) = kept.glob("vault-*")
    field.run(*blocks("vault-lost.md", "")[:1], *blocks("vault-lost.md", "broken"), BACKUP=str(backup))
    field.cured("vault-lost.md")


def test_key_lost(field: Field, kept: Path) -> None:
    field.stop()
    file = field.data / "secrets.json"
    secrets = orjson.loads(file.read_bytes())
    secrets["VAULT_KEKS"] = secrets["VAULT_KEKS"].replace("k1:", "k9:")
    file.write_bytes(orjson.dumps(secrets))
    stack = field.start(ready=False)
    assert stack.process.wait(GONE_S) != 0
    assert "kek_missing" in stack.tail() or "kek_wrong" in stack.tail(), stack.tail()
    field.close()
    field.run(*blocks("key-lost.md", "")[:1], *blocks("key-lost.md", "broken"), KEPT=str(kept / "secrets.json"))
    field.start()
    field.cured("key-lost.md")


def test_disk_full(field: Field, small: tuple[Path, bool]) -> None:
    if not small[1]:
        pytest.skip("takes the right to mount a small volume")
    assert field.stack is not None
    filler = field.folder / "filler"
    # Until there is no room: how much there is changes while the servers write.
    assert subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=1M"], check=False, capture_output=True).returncode
    deadline = time.monotonic() + 2 * GONE_S
    while field.stack.process.poll() is None:
        field.posts(body("x" * 100_000))
        assert time.monotonic() < deadline, field.stack.tail()
        time.sleep(0.2)
    tail = field.stack.tail()
    assert "No space left" in tail, tail
    field.close()
    told = field.run(*blocks("disk-full.md", "")[:1])
    assert "100%" in told
    filler.unlink()  # room is made outside of the folder
    field.run(*blocks("disk-full.md", "broken"))
    field.start()
    field.cured("disk-full.md")


def test_restore(field: Field, kept: Path) -> None:
    """The machine is lost; the folder's place is another one."""
    assert field.posts(body("before the loss")) == 200
    arrives(field, "before the loss")
    before = set(map(str, column(field, "select id from core.messages")))
    field.run(blocks("restore.md", "")[0], BACKUP=str(kept))
    field.stop()
    shutil.copytree(field.data / "kafka", kept / "kafka")
    shutil.rmtree(field.data)
    place, start = blocks("restore.md", "broken")
    field.run(place, BACKUP=str(kept))
    field.start(ready=False)
    field.run(start, BACKUP=str(kept))
    field.cured("restore.md")
    # What was accepted and not yet shown when the machine was lost comes too.
    assert set(map(str, column(field, "select id from core.messages"))) >= before
