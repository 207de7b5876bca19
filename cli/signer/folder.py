"""What the signer keeps outside of broker and PostgreSQL: its key, and every checkpoint that it ever signed.

    signer.key         Ed25519, PEM (PKCS 8), 0600
    signer.pub         its public key, PEM: give it to whoever is to verify
    checkpoints.jsonl  one checkpoint a line, 0600, only ever appended to; the last line is where the signer goes on

Key and file belong together: where only one of them is, nothing is signed.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from cli.private_file import write_private
from domain.kernel.errors import Corrupt, Misconfigured, Unavailable

KEY: Final = "signer.key"
PUBLIC: Final = "signer.pub"
CHECKPOINTS: Final = "checkpoints.jsonl"


class SignerFolder:
    """Raises Corrupt `signer_key_lost`, `signer_file_lost` when half of it is gone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path / CHECKPOINTS

    @property
    def is_new(self) -> bool:
        return not (self.path / KEY).exists() and not self._file.exists()

    def create(self) -> None:
        """A key of its own and an empty file. The file comes first: a crash between leaves half, which is refused and
        never taken for a signer that has signed nothing."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)
        write_private(self._file, b"")
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        write_private(self.path / PUBLIC, public)
        write_private(self.path / KEY, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def key(self) -> Ed25519PrivateKey:
        if not (self.path / KEY).exists():
            raise Corrupt("signer_key_lost", str(self.path / KEY))
        if not self._file.exists():
            raise Corrupt("signer_file_lost", str(self._file))
        try:
            key = load_pem_private_key((self.path / KEY).read_bytes(), None)
        except ValueError as error:
            raise Corrupt("signer_key_lost", f"{self.path / KEY}: {error}") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise Corrupt("signer_key_lost", f"{self.path / KEY} is not an Ed25519 key")
        return key

    def last(self) -> bytes | None:
        """The last whole line. What a crash left half written was never published: it is cut off."""
        self._mend()
        with self._file.open("rb") as file:
            found = deque(file, maxlen=1)
        return found[0] if found else None

    def lines(self) -> Iterator[bytes]:
        with self._file.open("rb") as file:
            yield from file

    def append(self, line: bytes) -> None:
        """On disk when this returns. Raises Unavailable when the disk does not take it: `last` mends what it took."""
        try:
            with self._file.open("ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Unavailable("signer_disk", f"{self._file}: {error.strerror}") from error

    def _mend(self) -> None:
        with self._file.open("r+b") as file:
            whole = 0
            for line in file:
                if line.endswith(b"\n"):
                    whole += len(line)
            file.truncate(whole)


def public_key(path: Path) -> bytes:
    """The 32 bytes of an Ed25519 public key, from PEM or from 64 hex digits. Raises Misconfigured."""
    try:
        content = path.read_bytes()
        if content.lstrip().startswith(b"-----BEGIN"):
            key = load_pem_public_key(content)
            if isinstance(key, Ed25519PublicKey):
                return key.public_bytes_raw()
        elif len(raw := bytes.fromhex(content.decode().strip())) == 32:
            return raw
    except (OSError, ValueError) as error:
        raise Misconfigured("public_key_unreadable", f"{path}: {error}") from None
    raise Misconfigured("public_key_unreadable", f"{path} is not an Ed25519 public key")
