"""A link opens one file of one company for five minutes, and nothing that was not made here opens anything."""

from __future__ import annotations

import string
from collections.abc import Iterator
from uuid import uuid4

import pytest

from vault.db import Vault, open_vault
from vault.file_links import LASTS_S, FileLinks, Opened
from vault.kek import KeyEncryptionKeys

pytestmark = pytest.mark.stack

NOW = 1_796_000_000.5
LETTERS = string.ascii_letters + string.digits + "-_"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def forged(token: str) -> Iterator[str]:
    """Each character of the signature changed, in every way that the alphabet has; and cut, lengthened, rearranged."""
    company, until, signature = token.split(".")
    for at, letter in enumerate(signature):
        for other in LETTERS.replace(letter, ""):
            yield f"{company}.{until}.{signature[:at]}{other}{signature[at + 1 :]}"
    for later in (int(until) + 1, int(until) + LASTS_S, 10**12, 10**13, -1, "0" + until, f" {until}", "٣", ""):
        yield f"{company}.{later}.{signature}"
    for other in (str(uuid4()), company.upper(), company.replace("-", ""), "", "\udcff" * 36, "é" * 36, company + "\0"):
        yield f"{other}.{until}.{signature}"
    yield from (token[:-1], token + "A", token + "=", token + "\n", " " + token, "", "..", token.replace(".", ""))
    yield f"{company}.{until}"


async def test_a_link_opens_its_file_until_it_is_over(vault: Vault, company: str) -> None:
    clock, file = Clock(), str(uuid4())
    links = FileLinks(vault.links, clock=clock)
    link = await links.make(company, file)
    assert link.until == int(NOW) + LASTS_S
    assert await links.open(link.token, file) == Opened(company, LASTS_S)
    clock.now = NOW + LASTS_S - 1
    assert await links.open(link.token, file) == Opened(company, 1)
    clock.now = float(link.until)
    assert await links.open(link.token, file) is None
    clock.now = NOW
    assert await links.open(link.token, str(uuid4())) is None, "of another file"


async def test_no_forged_link_opens_anything(vault: Vault, company: str) -> None:
    file = str(uuid4())
    links = FileLinks(vault.links, clock=Clock())
    token = (await links.make(company, file)).token
    tried = list(forged(token))
    assert len(tried) > 43 * 63
    assert [each for each in tried if await links.open(each, file) is not None] == []
    assert await links.open(token, file) is not None  # the control


async def test_links_hold_in_every_process_of_this_vault_and_in_no_other(
    vault: Vault, own_vault: Vault, vault_dsn: str, kek: KeyEncryptionKeys, company: str
) -> None:
    file = str(uuid4())
    token = (await vault.file_links.make(company, file)).token
    async with open_vault(vault_dsn, kek) as other:
        assert await other.file_links.open(token, file) is not None
    assert await own_vault.file_links.open(token, file) is None


async def test_an_invitations_token_is_no_signature_of_a_file(vault: Vault, company: str) -> None:
    """One key, two labels."""
    links, file = FileLinks(vault.links, clock=Clock()), str(uuid4())
    company_, until, signature = (await links.make(company, file)).token.split(".")
    assert await links.open(f"{company_}.{until}.{signature}", file) is not None  # the control
    for name in (file, company, until, f"{company}{file}{until}"):
        assert await links.open(f"{company_}.{until}.{await vault.links.token(name)}", file) is None
