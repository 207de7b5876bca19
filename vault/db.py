"""The vault: its parts by name, over one pool."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from domain.kernel.errors import Misconfigured
from vault.accounts.api_keys import ApiKeys
from vault.accounts.counts import Counts
from vault.accounts.denials import Denials
from vault.accounts.links import Links
from vault.accounts.logins import Logins
from vault.accounts.mails import Mails
from vault.accounts.one_time import OneTimeTokens
from vault.accounts.outbox import Outbox
from vault.accounts.recovery import Recovery
from vault.accounts.sessions import Sessions
from vault.accounts.signing import SigningKeys
from vault.accounts.throttle import Throttle
from vault.aliases import AliasMap
from vault.bodies import Bodies
from vault.canary import check_keys
from vault.credentials import Credentials
from vault.daykeys import DayKeys
from vault.erasure import Erasure, is_behind
from vault.file_links import FileLinks
from vault.files import Files
from vault.generations import Generations
from vault.kek import KeyEncryptionKeys
from vault.keys import SubjectKeys
from vault.migrate import applied, migrations, pending
from vault.pepper import Peppers
from vault.pool import open_pool
from vault.rates import Rates
from vault.rewrap import Rewrap
from vault.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Vault:
    """Everything that must be forgettable or is secret (design §7)."""

    keys: SubjectKeys
    pepper: Peppers
    aliases: AliasMap
    daykeys: DayKeys
    bodies: Bodies
    credentials: Credentials
    tokens: Tokens
    generations: Generations
    erasure: Erasure
    logins: Logins
    sessions: Sessions
    one_time: OneTimeTokens
    throttle: Throttle
    links: Links
    denials: Denials
    outbox: Outbox
    counts: Counts
    signing: SigningKeys
    mails: Mails
    api_keys: ApiKeys
    rewrap: Rewrap
    recovery: Recovery
    rates: Rates
    files: Files
    file_links: FileLinks


@asynccontextmanager
async def open_vault(dsn: str, kek: KeyEncryptionKeys, *, behind: bool = False) -> AsyncIterator[Vault]:
    """The vault of a migrated database. behind: also one that was restored and not brought up to the log yet.

    Raises Unavailable when the server is away, Misconfigured `vault_not_migrated` or `vault_behind_log`, and what
    `check_keys` raises when the key-encryption keys are not this vault's.
    """
    async with open_pool(dsn) as pool:
        async with pool.connection() as connection:
            missing = pending(migrations(), await applied(connection))
            if missing:
                raise Misconfigured("vault_not_migrated", f"{len(missing)} migrations are pending")
            if not behind and await is_behind(connection):
                raise Misconfigured("vault_behind_log", "restored from a backup: run `legion setup`")
            await check_keys(connection, kek)
        pepper = Peppers(pool, kek)
        daykeys = DayKeys(pool, kek)
        keys = SubjectKeys(pool, kek)
        mails = Mails(pool, kek)
        links = Links(pool, kek)
        yield Vault(
            keys=keys,
            pepper=pepper,
            aliases=AliasMap(pool, pepper),
            daykeys=daykeys,
            bodies=Bodies(pool, daykeys),
            credentials=Credentials(pool, kek),
            tokens=Tokens(pool),
            generations=Generations(pool),
            erasure=Erasure(pool, keys),
            logins=Logins(pool, kek),
            sessions=Sessions(pool),
            one_time=OneTimeTokens(pool),
            throttle=Throttle(pool),
            links=links,
            denials=Denials(pool),
            outbox=Outbox(pool),
            counts=Counts(pool),
            signing=SigningKeys(pool, kek),
            api_keys=ApiKeys(pool),
            rewrap=Rewrap(pool, kek),
            mails=mails,
            recovery=Recovery(pool, mails),
            rates=Rates(pool),
            files=Files(pool, kek),
            file_links=FileLinks(links),
        )
