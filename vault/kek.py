"""Key-encryption keys: the only secret that lives outside the vault's database.

They come from settings and wrap every key and secret that the database holds. Several may be live: new rows are
wrapped by the current one, old rows name theirs.

    byte 0      length of the key's id
    then        the id (UTF-8)
    then        a box of vault.cipher under that key
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import Final

from domain.kernel.errors import Corrupt, Misconfigured
from vault.cipher import KEY_BYTES, decrypt, encrypt, new_key

ID_BYTES: Final = 255
"""The length of an id is written in one byte."""


def generate() -> str:
    """A new key-encryption key as it stands in settings: base64 of 32 random bytes."""
    return b64encode(new_key()).decode()


class KeyEncryptionKeys:
    """The live keys by id and which of them is current. Raises Misconfigured when they cannot be used."""

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        if current not in keys:
            raise Misconfigured("kek_current_missing", f"the current key-encryption key {current!r} is not among them")
        for id_, key in keys.items():
            if not 0 < len(id_.encode()) <= ID_BYTES or len(key) != KEY_BYTES:
                raise Misconfigured("kek_invalid", f"key-encryption key {id_!r} is not 32 bytes with an id")
        self._keys = dict(keys)
        self.current = current

    @classmethod
    def from_settings(cls, keys: Mapping[str, str], current: str) -> KeyEncryptionKeys:
        """`keys`: id → base64 of 32 bytes."""
        decoded: dict[str, bytes] = {}
        for id_, text in keys.items():
            try:
                decoded[id_] = b64decode(text, validate=True)
            except (Base64Error, ValueError):
                raise Misconfigured("kek_invalid", f"key-encryption key {id_!r} is not base64") from None
        return cls(decoded, current)

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(self._keys)

    @property
    def name(self) -> bytes:
        """What begins everything that the current key wraps: the length of its id, and the id."""
        return _name(self.current)

    def wrap(self, secret: bytes, aad: bytes, *, by: str | None = None) -> bytes:
        """Wraps under the key `by` (None: the current one). `aad` names the row: it opens nowhere else."""
        id_ = by or self.current
        return _name(id_) + encrypt(self._keys[id_], secret, aad)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """What `wrap` took. Raises Misconfigured `kek_missing` when its key is not live, SealBroken otherwise."""
        if not wrapped:
            raise Corrupt("wrapped_empty")
        end = 1 + wrapped[0]
        id_ = wrapped[1:end].decode(errors="replace")
        if id_ not in self._keys:
            raise Misconfigured("kek_missing", f"the vault needs key-encryption key {id_!r}")
        return decrypt(self._keys[id_], wrapped[end:], aad)

    def __repr__(self) -> str:
        return f"KeyEncryptionKeys(ids={sorted(self._keys)}, current={self.current!r})"


def _name(id_: str) -> bytes:
    encoded = id_.encode()
    return bytes((len(encoded),)) + encoded
