"""The signer on a real log: what it signs, where it goes on, and everything that it must refuse."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from structlog.testing import capture_logs

from cli.signer.folder import CHECKPOINTS, KEY, PUBLIC, public_key
from eventlog.checkpoint import Signed, read_lines
from eventlog.producer import RawLog
from tests.cli.signing import SignedLog, signed_log, until, write

pytestmark = pytest.mark.stack


@pytest.fixture
async def made(kafka: str, tmp_path: Path) -> SignedLog:
    return await signed_log(kafka, tmp_path)


def lines(made: SignedLog) -> list[bytes]:
    file = made.folder.path / CHECKPOINTS
    return [line for line in file.open("rb") if line.endswith(b"\n")] if file.exists() else []


def covered(made: SignedLog) -> bool:
    """Whether the last line covers the log as it is."""
    ended = lines(made)
    if not ended:
        return False
    heads = Signed.read(ended[-1]).checkpoint.heads
    return sum(head.size for head in heads) == len(made.log.commits)


async def signs(made: SignedLog, *, anew: bool = False) -> None:
    async with made.signer(anew=anew):
        await until(lambda: covered(made))


async def refuses(made: SignedLog) -> str:
    """The code that it alarms with; it stays up."""
    before = lines(made)
    with capture_logs() as logs:
        async with made.signer():
            await until(lambda: any(entry["event"] == "signer_refused" for entry in logs))
    assert lines(made) == before
    return str(next(entry["code"] for entry in logs if entry["event"] == "signer_refused"))


async def test_heads_and_roots_go_to_its_file_and_to_the_topic(made: SignedLog) -> None:
    await signs(made)
    public = public_key(made.folder.path / PUBLIC)
    kept = read_lines(lines(made), [public])
    assert {head.anchor.head for head in kept[-1].checkpoint.heads} >= {made.log.commits[-1].head}
    assert [Signed.read(value, [public]).text for value in await made.published()] == [one.text for one in kept]
    assert {stat.S_IMODE((made.folder.path / name).stat().st_mode) for name in (KEY, CHECKPOINTS)} == {0o600}


async def test_it_goes_on_after_a_restart_and_after_a_half_written_line(made: SignedLog) -> None:
    await signs(made)
    with (made.folder.path / CHECKPOINTS).open("ab") as file:
        file.write(b'{"signed":"{')  # the crash
    made.story.writes("E agora?")
    await made.flush()
    await signs(made)
    kept = read_lines(lines(made), [public_key(made.folder.path / PUBLIC)])
    assert [one.checkpoint.number for one in kept] == list(range(1, len(kept) + 1))
    assert len(kept) >= 2


async def test_what_the_topic_missed_is_published_later(made: SignedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lost(*_: object, **__: object) -> None:
        """The process dies before it publishes; a double: no real one dies at this point on request."""

    with monkeypatch.context() as patch:
        patch.setattr(RawLog, "append", lost)
        await signs(made)
    assert await made.published() == []
    made.story.writes()
    await made.flush()
    await signs(made)
    kept = read_lines(lines(made))
    assert [Signed.read(value).text for value in await made.published()] == [one.text for one in kept]


def key_gone(made: SignedLog) -> None:
    (made.folder.path / KEY).unlink()


def file_gone(made: SignedLog) -> None:
    (made.folder.path / CHECKPOINTS).unlink()


def both_gone(made: SignedLog) -> None:
    key_gone(made)
    file_gone(made)


def rolled_back(made: SignedLog) -> None:
    (made.folder.path / CHECKPOINTS).write_bytes(b"".join(lines(made)[:-1]))


def peaks_altered(made: SignedLog) -> None:
    file = made.folder.path / CHECKPOINTS
    head, _, _ = file.read_bytes().rpartition(b'"peaks"')
    file.write_bytes(head + b'"peaks":[]}\n')


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (key_gone, "signer_key_lost"),
        (file_gone, "signer_file_lost"),
        (both_gone, "signer_file_lost"),
        (rolled_back, "signer_rolled_back"),
        (peaks_altered, "signer_file_broken"),
    ],
)
async def test_with_half_of_what_it_knew_it_signs_nothing(
    harm: Callable[[SignedLog], None], code: str, made: SignedLog
) -> None:
    await signs(made)
    harm(made)
    assert await refuses(made) == code


async def test_a_new_signer_begins_only_when_told_to(made: SignedLog) -> None:
    await signs(made)
    both_gone(made)
    assert await refuses(made) == "signer_file_lost"
    await signs(made, anew=True)
    assert len({Signed.read(value).key for value in await made.published()}) == 2


@pytest.mark.parametrize(("messages", "code"), [(4, "anchor_mismatch"), (1, "log_cut")])
async def test_a_log_that_was_written_anew_is_refused(
    messages: int, code: str, made: SignedLog, kafka_admin: AIOKafkaAdminClient
) -> None:
    """Same topic, same cluster, every chain whole: and not what was signed."""
    for _ in range(3):
        made.story.writes("what was said")
    await made.flush()
    await signs(made)
    await made.rewrite(kafka_admin, messages)
    assert await refuses(made) == code


async def test_a_chain_that_was_altered_is_not_signed_on(made: SignedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.signer.run.STUCK_S", 0.5)
    await signs(made)
    made.story.writes("one")
    altered = made.log.records[-1]
    made.log.records[-1] = altered._replace(value=altered.value[:-1] + bytes([altered.value[-1] ^ 1]))
    made.story.writes("two")
    await made.flush()
    assert await refuses(made) == "chain_does_not_go_on"


async def test_garbage_in_the_topic_does_not_stop_it(made: SignedLog) -> None:
    await signs(made)
    await write(made.bootstrap, made.topics.checkpoints, [made.log.records[0]._replace(partition=0)])
    made.story.writes()
    await made.flush()
    await signs(made)
