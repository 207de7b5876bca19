from __future__ import annotations

from base64 import b64encode

import pytest

from domain.kernel.errors import Corrupt, Misconfigured
from vault.cipher import SealBroken, new_key
from vault.kek import KeyEncryptionKeys, generate


def test_a_wrapped_secret_opens_in_its_row_only() -> None:
    kek = KeyEncryptionKeys.from_settings({"k1": generate()}, "k1")
    wrapped = kek.wrap(b"secret", b"row 1")
    assert kek.unwrap(wrapped, b"row 1") == b"secret"
    assert b"secret" not in wrapped
    with pytest.raises(SealBroken):
        kek.unwrap(wrapped, b"row 2")


def test_rows_of_an_older_key_stay_readable_while_it_is_live() -> None:
    old, new = new_key(), new_key()
    wrapped = KeyEncryptionKeys({"old": old}, "old").wrap(b"s", b"")
    both = KeyEncryptionKeys({"old": old, "new": new}, "new")
    assert both.unwrap(wrapped, b"") == b"s"
    assert KeyEncryptionKeys({"new": new}, "new").unwrap(both.wrap(b"t", b""), b"") == b"t"
    with pytest.raises(Misconfigured) as caught:
        KeyEncryptionKeys({"new": new}, "new").unwrap(wrapped, b"")
    assert caught.value.code == "kek_missing"


def test_another_key_under_the_same_id_does_not_open() -> None:
    wrapped = KeyEncryptionKeys({"k": new_key()}, "k").wrap(b"s", b"")
    with pytest.raises(SealBroken):
        KeyEncryptionKeys({"k": new_key()}, "k").unwrap(wrapped, b"")


def test_an_empty_column_is_corrupt() -> None:
    with pytest.raises(Corrupt):
        KeyEncryptionKeys({"k": new_key()}, "k").unwrap(b"", b"")


@pytest.mark.parametrize(
    ("keys", "current", "code"),
    [
        ({}, "k1", "kek_current_missing"),
        ({"k1": generate()}, "k2", "kek_current_missing"),
        ({"k1": "no base64!"}, "k1", "kek_invalid"),
        ({"k1": b64encode(b"short").decode()}, "k1", "kek_invalid"),
        ({"": generate()}, "", "kek_invalid"),
        ({"k" * 256: generate()}, "k" * 256, "kek_invalid"),
    ],
)
def test_keys_that_cannot_be_used_stop_the_start(keys: dict[str, str], current: str, code: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        KeyEncryptionKeys.from_settings(keys, current)
    assert caught.value.code == code


def test_keys_never_show_themselves() -> None:
    text = generate()
    assert repr(KeyEncryptionKeys.from_settings({"k1": text}, "k1")) == "KeyEncryptionKeys(ids=['k1'], current='k1')"
