"""Checkpoints: where every chain of the log stood at a moment, signed. Pure; the bytes are in README.md.

One checkpoint is one line of JSON: `{"signed": text, "signature": hex, "key": hex}`. What is signed is the text as it
stands, so that nobody has to agree on how JSON is written; the text is JSON itself.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from typing import Any, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from domain.kernel.errors import Corrupt
from eventlog.model import Anchor

FORMAT: Final = "legion.checkpoint.1"
CONTEXT: Final = b"legion.checkpoint.1\n"
"""Stands before the text when it is signed: a signature of ours can be nothing but a checkpoint's."""

NO_PREVIOUS: Final = bytes(32)
"""`previous` of the first checkpoint."""


class CheckpointForged(Corrupt):
    """Not signed by the key that it should be signed by."""

    default_code = "checkpoint_forged"


class CheckpointMalformed(Corrupt):
    """Not a checkpoint of this format."""

    default_code = "checkpoint_malformed"


@dataclass(frozen=True, slots=True)
class Place:
    """The log that is meant."""

    cluster: str
    topic: str
    epoch: int
    partitions: int

    def genesis(self) -> list[Anchor]:
        """Where every partition begins."""
        return [
            Anchor.genesis(cluster_id=self.cluster, topic=self.topic, partition=number, epoch=self.epoch)
            for number in range(self.partitions)
        ]


@dataclass(frozen=True, slots=True)
class Head:
    """One partition: its anchor, and size and root of the tree over its commits."""

    anchor: Anchor
    size: int
    root: bytes

    def as_json(self) -> dict[str, Any]:
        anchor = self.anchor
        return {
            "partition": anchor.partition,
            "size": self.size,
            "root": self.root.hex(),
            "head": anchor.head.hex(),
            "next_offset": anchor.next_offset,
            "command_offset": anchor.last_command_offset,
            "commit_offset": anchor.commit_offset,
            "commit_prev": anchor.commit_prev.hex(),
        }

    @classmethod
    def of_json(cls, epoch: int, told: Mapping[str, Any]) -> Self:
        """Raises KeyError, TypeError, ValueError."""
        anchor = Anchor(
            epoch=epoch,
            partition=int(told["partition"]),
            next_offset=int(told["next_offset"]),
            head=bytes.fromhex(told["head"]),
            last_command_offset=int(told["command_offset"]),
            commit_offset=int(told["commit_offset"]),
            commit_prev=bytes.fromhex(told["commit_prev"]),
        )
        return cls(anchor, int(told["size"]), bytes.fromhex(told["root"]))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """number: 1, 2, 3 …. previous: SHA-256 of the text of the one before. at: the signer's clock, UTC.

    heads: of all partitions, in their order.
    """

    number: int
    previous: bytes
    at: datetime
    place: Place
    heads: tuple[Head, ...]

    def text(self) -> str:
        """What is signed."""
        return json.dumps(
            {
                "format": FORMAT,
                "number": self.number,
                "previous": self.previous.hex(),
                "at": self.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
                "cluster": self.place.cluster,
                "topic": self.place.topic,
                "epoch": self.place.epoch,
                "partitions": [head.as_json() for head in self.heads],
            },
            separators=(",", ":"),
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises CheckpointMalformed."""
        try:
            told = json.loads(text)
            if told["format"] != FORMAT:
                raise ValueError(f"format {told['format']}")
            heads = tuple(Head.of_json(int(told["epoch"]), head) for head in told["partitions"])
            if [head.anchor.partition for head in heads] != list(range(len(heads))):
                raise ValueError("partitions are not 0, 1, 2 …")
            return cls(
                number=int(told["number"]),
                previous=bytes.fromhex(told["previous"]),
                at=datetime.fromisoformat(told["at"]),
                place=Place(str(told["cluster"]), str(told["topic"]), int(told["epoch"]), len(heads)),
                heads=heads,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointMalformed(detail=f"{type(error).__name__}: {error}") from None


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint and its signature. key: the public key, 32 bytes, that it says it was signed with."""

    checkpoint: Checkpoint
    text: str
    signature: bytes
    key: bytes

    @classmethod
    def sign(cls, checkpoint: Checkpoint, key: Ed25519PrivateKey) -> Self:
        text = checkpoint.text()
        return cls(checkpoint, text, key.sign(CONTEXT + text.encode()), key.public_key().public_bytes_raw())

    @property
    def digest(self) -> bytes:
        """`previous` of the one that follows."""
        return sha256(self.text.encode()).digest()

    def line(self, **beside: Any) -> bytes:
        """beside: what is not signed and stands in the same line."""
        told = {"signed": self.text, "signature": self.signature.hex(), "key": self.key.hex(), **beside}
        return json.dumps(told, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes, trusted: Collection[bytes] = ()) -> Self:
        """trusted: the keys one of which must have signed; none: the one that the line names, which proves only that
        the line is whole. Raises CheckpointForged, CheckpointMalformed."""
        try:
            told = json.loads(line)
            text, signature, key = str(told["signed"]), bytes.fromhex(told["signature"]), bytes.fromhex(told["key"])
            public = Ed25519PublicKey.from_public_bytes(key)
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointMalformed(detail=f"{type(error).__name__}: {error}") from None
        if trusted and key not in trusted:
            raise CheckpointForged(detail=f"signed with the key {key.hex()}, which is not trusted")
        try:
            public.verify(signature, CONTEXT + text.encode())
        except InvalidSignature:
            raise CheckpointForged(detail="the signature is not of this text") from None
        return cls(Checkpoint.parse(text), text, signature, key)


def read_lines(lines: Iterable[bytes], trusted: Collection[bytes] = ()) -> list[Signed]:
    """Checkpoints one a line, as the signer's file has them. Empty lines are skipped.

    They need not begin with the first nor be all (who keeps every hundredth may), but what is there must fit together.
    Raises CheckpointForged, CheckpointMalformed, Corrupt `checkpoints_disagree`.
    """
    read: list[Signed] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                read.append(Signed.read(line, trusted))
            except Corrupt as error:
                raise type(error)(error.code, f"line {number}: {error.detail}") from None
    for before, after in pairwise(read):
        check_succession(before, after)
    return read


def check_succession(before: Signed, after: Signed) -> None:
    """Raises Corrupt `checkpoints_disagree` where one signer cannot have said both, in this order. The same checkpoint
    twice is well: a signer whose broker did not answer publishes again. Another key is another signer."""
    if before.text == after.text or before.key != after.key:
        return
    old, new = before.checkpoint, after.checkpoint
    linked = new.number != old.number + 1 or new.previous == before.digest
    grown = all(b.size < a.size or b == a for b, a in zip(old.heads, new.heads, strict=False))
    if old.place != new.place or new.number <= old.number or not linked or not grown:
        raise Corrupt("checkpoints_disagree", f"checkpoint {new.number} does not follow checkpoint {old.number}")
