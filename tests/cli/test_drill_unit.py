"""What a drill counts as sent, and where it may delete without being told so twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from cli.drill.attempts import Attempts
from cli.drill.guard import why_not
from cli.settings import Settings
from proof.ground.histories import Log, Story
from vault.kek import generate


def answered(log: Log, name: str) -> Story:
    story = Story(log, name)
    story.arrives()
    story.writes()
    story.turn_closes()
    story.replies(1, chunks=1)
    story.attempts(1, 0)
    story.sends(1, 0)
    return story


def seen(log: Log, at: int) -> Attempts:
    found = Attempts({0: at})
    for commit in log.commits:
        found.see(commit)
    return found


def test_what_was_called_before_the_loss_is_not_counted_and_what_follows_is() -> None:
    log = Log(1)
    answered(log, "ana")
    lost = len(log.records)
    assert (seen(log, lost).after, seen(log, lost).again) == ([], 0)
    answered(log, "bia")
    found = seen(log, lost)
    assert (len(found.after), found.again) == (1, 0)
    assert found.until({0: lost}) == 0
    assert found.until({0: len(log.records)}) == 1


def test_control_a_chunk_called_again_though_it_had_its_end_is_found() -> None:
    log = Log(1)
    story = answered(log, "ana")
    lost = len(log.records)
    story.attempts(1, 0)
    assert seen(log, lost).again == 1


def settings(folder: Path, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "kafka_bootstrap": "127.0.0.1:9",
        "postgres_host": "127.0.0.1",
        "postgres_port": 5,
        "postgres_role_secret": "r",
        "vault_keks": f"k1:{generate()}",
        "clickhouse_host": "127.0.0.1",
        "clickhouse_port": 8,
        "clickhouse_password": "c",
        "evolution_url": "http://x",
        "evolution_api_key": "e",
        "openai_api_key": "o",
        "data_dir": folder,
    }
    return Settings(_env_file=None, **values | changes)


@pytest.mark.parametrize(
    ("announced", "changes", "why"),
    [
        ({"LEGION_KAFKA_BOOTSTRAP": "127.0.0.1:9", "LEGION_POSTGRES_PORT": "5"}, {}, None),
        ({"LEGION_KAFKA_BOOTSTRAP": "127.0.0.1:9", "LEGION_POSTGRES_PORT": "6"}, {}, "PostgreSQL"),
        ({"LEGION_KAFKA_BOOTSTRAP": "elsewhere:9", "LEGION_POSTGRES_PORT": "5"}, {}, "not the embedded stack"),
        ({}, {}, "not the embedded stack"),
        ({"LEGION_KAFKA_BOOTSTRAP": "127.0.0.1:9"}, {"single_node": False}, "replicated"),
    ],
)
def test_only_the_embedded_stack_that_runs_here_may_be_deleted_at_once(
    tmp_path: Path, announced: dict[str, str], changes: dict[str, Any], why: str | None
) -> None:
    (tmp_path / "stack.json").write_bytes(orjson.dumps(announced))
    found = why_not(settings(tmp_path, **changes))
    assert found is None if why is None else found is not None and why in found
