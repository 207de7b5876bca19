"""A new password, or an account unlocked, for who reads the account's mails.

What an address has to do with an account is looked up after the answer: nobody learns by asking which accounts exist.
"""

from __future__ import annotations

from api.accounts.audit import as_user, puts_of
from api.accounts.owner import Owner, locale_of, owner_by_token, owner_of, unknown_token
from api.services import Services
from domain.kernel.actor import WATCH
from domain.security.records import Act
from vault.accounts.mails import MailKind
from vault.accounts.one_time import Purpose
from vault.accounts.outbox import Put
from vault.accounts.passwords import check_strength
from vault.accounts.throttle import Attempt, account_key, reset_mail_of, unlock_mail_of


async def forgotten(services: Services, email: str, address: str) -> None:
    """A mail, if there is an account and there were not too many already. email: canonical. address: of the client.
    Raises Unavailable."""
    if await services.vault.throttle.attempt(reset_mail_of(await services.vault.links.key(), email, address)) == 0:
        services.later.start(_mail(services, MailKind.NEW_PASSWORD, email))


async def failed(services: Services, attempt: Attempt, email: str) -> None:
    """After a login that failed: who owns the account gets a mail when that locked it, one in each lock. Raises
    Unavailable."""
    throttle = services.vault.throttle
    if await throttle.locked(attempt) and not await throttle.attempt(
        unlock_mail_of(await services.vault.links.key(), email)
    ):
        services.later.start(_mail(services, MailKind.LOCKED, email))


async def reset(services: Services, token: str, password: str) -> None:
    """A password that is too weak does not use the token up. Raises NotFound `unknown_token`, InvalidInput,
    Unavailable."""
    owner = await owner_by_token(services, Purpose.RESET, token)
    known = [owner.user.name, owner.user.email, *(each.company_name for each in owner.memberships)]
    check_strength(password, [word or "" for word in known])
    hashed = await services.passwords.hash(password)
    if not await services.vault.recovery.reset(
        token, hashed, await _account(services, owner), _by(owner, Act.PASSWORD_RESET)
    ):
        raise unknown_token()


async def unlock(services: Services, token: str) -> None:
    """Raises NotFound `unknown_token`, Unavailable."""
    owner = await owner_by_token(services, Purpose.UNLOCK, token)
    if not await services.vault.recovery.unlock(token, await _account(services, owner), _by(owner, Act.UNLOCKED)):
        raise unknown_token()


async def _mail(services: Services, kind: MailKind, email: str) -> None:
    owner = await owner_of(services, email)
    if owner is not None and owner.user.email:
        locale = await locale_of(services, owner)
        locked = puts_of(WATCH, Act.LOCKED, owner.user.id, owner.memberships) if kind is MailKind.LOCKED else ()
        await services.vault.recovery.mail(kind, owner.user.id, address=owner.user.email, locale=locale, puts=locked)


def _by(owner: Owner, act: Act) -> tuple[Put, ...]:
    return puts_of(as_user(owner.user.id), act, owner.user.id, owner.memberships)


async def _account(services: Services, owner: Owner) -> bytes:
    """As logins count it."""
    return account_key(await services.vault.links.key(), owner.user.email or owner.user.id)
