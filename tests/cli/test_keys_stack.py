"""`legion keys` on a real vault, as its operator types it."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from functools import partial
from os import urandom
from pathlib import Path
from typing import Any

import orjson
import pytest

from cli.settings import PREFIX
from embedded import postgres as postgres_parts
from embedded.postgres import PostgresConfig
from proof.embedded_servers import PASSWORD, postgres_server
from proof.servers import data_folder, reserved_port
from tests.api.world import make_settings
from vault.db import open_vault
from vault.migrate import migrate
from vault.provision import ROLE, provision

pytestmark = pytest.mark.stack
ROOT = Path(__file__).parents[2]
OLD, NEW = (b64encode(urandom(32)).decode() for _ in range(2))


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresConfig]:
    """Of the module's own: the vault's role and database have fixed names."""
    with data_folder("keys") as folder, reserved_port() as port:
        config = PostgresConfig(folder / "postgres", port, PASSWORD, settings={"fsync": "off"})
        running = postgres_server(config)
        running.start(partial(postgres_parts.ready, config))
        try:
            yield config
        finally:
            running.stop()


def legion(server: PostgresConfig, keks: str, *argv: str) -> tuple[int, Any]:
    """(exit code, the line that it printed)."""
    settings = make_settings("127.0.0.1:1", server, vault_keks=keks)
    given = {
        f"{PREFIX}{name.upper()}": value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        for name, value in settings
        if value is not None and name != "data_dir"
    }
    env = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    command = [sys.executable, "-m", "cli", "keys", *argv]
    done = subprocess.run(command, cwd=ROOT, env=env | given, capture_output=True, text=True, check=False)
    return done.returncode, orjson.loads(done.stdout or done.stderr)


async def test_keys_are_rewrapped_and_rotated_and_the_old_one_goes(server: PostgresConfig) -> None:
    settings = make_settings("127.0.0.1:1", server, vault_keks=f"k1:{OLD}")
    dsn = await provision(settings.admin_dsn(), settings.role_password(ROLE))
    await migrate(dsn)
    async with open_vault(dsn, settings.keks) as vault:
        kept = await vault.keys.get_or_create("c", "lead/1")
        (first,) = [key.id for key in await vault.signing.live()]
    assert legion(server, f"k2:{NEW}", "rotate")[1]["code"] == "kek_missing"
    both, new = f"k2:{NEW},k1:{OLD}", f"k2:{NEW}"
    code, told = legion(server, both, "rewrap")
    assert (code, told["current"], told["left"]) == (0, "k2", {})
    assert {name: count for name, count in told["rewrapped"].items() if count} == {
        "subject_key.wrapped": 1,
        "signing_key.wrapped": 1,
    }
    code, rotated = legion(server, new, "rotate")
    assert (code, rotated.keys()) == (0, {"key", "signs_from", "old_gone_at"})
    assert legion(server, new, "rotate")[1]["code"] == "rotation_under_way"
    async with open_vault(dsn, make_settings("127.0.0.1:1", server, vault_keks=new).keks) as vault:
        assert await vault.keys.get_or_create("c", "lead/1") == kept
        assert [key.id for key in await vault.signing.live()] == [first, rotated["key"]]
    code, replaced = legion(server, new, "rotate", "--leaked")
    assert code == 0
    async with open_vault(dsn, make_settings("127.0.0.1:1", server, vault_keks=new).keks) as vault:
        assert [key.id for key in await vault.signing.live()] == [replaced["key"]]
