"""The checkpoints that the log is held against: those in [checkpoints], and those in a file kept outside."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from cli.audit.topic import values
from cli.settings import Settings
from cli.signer.folder import PUBLIC, public_key
from domain.kernel.errors import Corrupt, NotFound
from eventlog.audit import Finding
from eventlog.checkpoint import Signed, read_lines


@dataclass(frozen=True, slots=True)
class Published:
    """What stands in [checkpoints]. findings: records there that are no checkpoint of a trusted signer."""

    signed: tuple[Signed, ...] = ()
    findings: tuple[Finding, ...] = ()


def trusted_keys(settings: Settings, given: Iterable[Path]) -> tuple[list[bytes], bool]:
    """(public keys, whether they were given): without any, the one in the signer's folder, where this shell sees it."""
    keys = [public_key(path) for path in given]
    if keys:
        return keys, True
    own = settings.signer_folder / PUBLIC
    return ([public_key(own)] if own.exists() else []), False


def outside_checkpoints(file: Path, trusted: Collection[bytes]) -> list[Signed]:
    """Raises CheckpointForged, CheckpointMalformed, Corrupt `checkpoints_disagree`, NotFound `checkpoints_empty`."""
    with file.open("rb") as lines:
        read = read_lines(lines, trusted)
    if not read:
        raise NotFound("checkpoints_empty", str(file))
    return read


async def published_checkpoints(bootstrap: str, topic: str, trusted: Collection[bytes]) -> Published:
    """All of the topic, each once. Raises Unavailable."""
    signed: dict[tuple[bytes, str], Signed] = {}
    findings: list[Finding] = []
    async for offset, value in values(bootstrap, topic):
        try:
            one = Signed.read(value, trusted)
            signed[one.key, one.text] = one
        except Corrupt as error:
            findings.append(Finding(code=error.code, detail=f"{topic} offset {offset}: {error.detail}"))
    return Published(tuple(signed.values()), tuple(findings))
