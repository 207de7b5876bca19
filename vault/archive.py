"""One encrypted file that is written and read as a stream: the envelope of a backup.

    14 bytes   MAGIC
    2 bytes    length of the wrapped file key, big-endian
    …          a random file key, wrapped by a key-encryption key (`vault.kek`)
    frames     4 bytes length (big-endian), then AES-256-GCM-SIV of at most 1 MiB under the file key:
               nonce = the frame's number (12 bytes, big-endian), associated data = 01 for the last frame, else 00

Frames cannot be changed, left out, reordered or cut off unseen. The key-encryption key is not in the file.
"""

from __future__ import annotations

from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from domain.kernel.errors import Corrupt
from vault.cipher import NONCE_BYTES, TAG_BYTES, new_key
from vault.framing import framed
from vault.kek import KeyEncryptionKeys

MAGIC: Final = b"LEGION-VAULT\x001"
FRAME: Final = 1 << 20
PLACE: Final = framed("backup", "file_key")


class ArchiveBroken(Corrupt):
    """Not an archive, cut off, or changed."""

    default_code = "archive_broken"


class ArchiveWriter:
    """`write` any amounts, then `finish` once. Holds at most one frame in memory."""

    def __init__(self, file: BinaryIO, kek: KeyEncryptionKeys) -> None:
        key = new_key()
        wrapped = kek.wrap(key, PLACE)
        file.write(MAGIC + len(wrapped).to_bytes(2, "big") + wrapped)
        self._file = file
        self._cipher = AESGCMSIV(key)
        self._held = bytearray()
        self._frames = 0

    def write(self, data: bytes) -> int:
        self._held += data
        # One byte more than a frame: what is left for `finish` is then never empty by accident.
        while len(self._held) > FRAME:
            self._frame(bytes(self._held[:FRAME]), last=False)
            del self._held[:FRAME]
        return len(data)

    def finish(self) -> None:
        self._frame(bytes(self._held), last=True)

    def _frame(self, data: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._frames), data, bytes((last,)))
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)
        self._frames += 1


class ArchiveReader:
    """`read` as from a file. Raises ArchiveBroken at the first byte that is not what was written."""

    def __init__(self, file: BinaryIO, kek: KeyEncryptionKeys) -> None:
        if file.read(len(MAGIC)) != MAGIC:
            raise ArchiveBroken(detail="not a backup of a vault")
        self._file = file
        self._cipher = AESGCMSIV(kek.unwrap(self._exactly(int.from_bytes(self._exactly(2), "big")), PLACE))
        self._held = bytearray()
        self._frames = 0
        self._ended = False

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; fewer only at the end."""
        while len(self._held) < size and not self._ended:
            self._next_frame()
        data = bytes(self._held[:size])
        del self._held[:size]
        return data

    def finish(self) -> None:
        """Reads what is left: a file that was cut off behind its last interesting byte shows here."""
        while self.read(FRAME):
            pass
        if self._file.read(1):
            raise ArchiveBroken(detail="something follows the last frame")

    def _next_frame(self) -> None:
        length = int.from_bytes(self._exactly(4), "big")
        if length > FRAME + TAG_BYTES:
            raise ArchiveBroken(detail=f"frame {self._frames} is too long")
        sealed = self._exactly(length)
        for last in (False, True):  # only the last frame is decrypted twice
            try:
                self._held += self._cipher.decrypt(_nonce(self._frames), sealed, bytes((last,)))
            except InvalidTag:
                continue
            self._frames += 1
            self._ended = last
            return
        raise ArchiveBroken(detail=f"frame {self._frames} was changed")

    def _exactly(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) != size:
            raise ArchiveBroken(detail="cut off")
        return data


def _nonce(frame: int) -> bytes:
    return frame.to_bytes(NONCE_BYTES, "big")
