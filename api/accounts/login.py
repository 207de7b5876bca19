"""Logging in: the same steps, the same answer and the same time for whoever is not let in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.accounts.addresses import SCHEME
from api.services import Services
from api.watch import Watch
from domain.kernel.errors import Forbidden, Limited, Unauthenticated
from domain.kernel.ids import HOLDING_TENANT
from domain.security.records import Failure
from projections.read.people import Membership, User, memberships, user
from vault.accounts.logins import Login
from vault.accounts.sessions import Granted
from vault.accounts.throttle import Attempt, attempt_of

NOBODY: Final = "nobody"
"""Asked for in the place of a user that is not there, so that the steps are the same."""


@dataclass(frozen=True, slots=True)
class Entered:
    """Who is in, where they begin, and what else they belong to."""

    granted: Granted
    user: User
    memberships: tuple[Membership, ...]

    @property
    def role(self) -> str:
        """In the company of the session."""
        return role_in(self.memberships, self.granted.session.company)


@dataclass(frozen=True, slots=True)
class Proofs:
    """What somebody shows. email: canonical. code: of the second factor."""

    email: str
    password: str
    code: str | None


@dataclass(frozen=True, slots=True)
class From:
    """Where a call comes from. address: of the client; prefix, agent: for the list of sessions."""

    address: str
    prefix: str
    agent: str


@dataclass(frozen=True, slots=True)
class Tried:
    """A password that was shown. user: `NOBODY` of who is not known: then the keyed hash of what was typed counts.
    company: whose auditors are told."""

    watch: Watch
    address: str
    user: str
    company: str
    attempt: Attempt

    def in_vain(self, failure: Failure) -> None:
        account = self.attempt.account.hex() if self.user == NOBODY else self.user
        self.watch.failed(failure, company=self.company, account=account, host=self.address)


async def log_in(services: Services, proofs: Proofs, source: From, company: str | None) -> Entered:
    """company: to begin in; None: the first one. Raises Limited `login_throttled`, Unauthenticated `login_failed` or
    (after the right password) `second_factor_needed`, Forbidden `tenant_mismatch`, Unavailable."""
    vault = services.vault
    attempt = await counted(services, proofs.email, source.address)
    user_id = await vault.aliases.find(HOLDING_TENANT, [(SCHEME, proofs.email)]) or NOBODY
    login = await vault.logins.find(user_id)
    async with services.reads.system() as conn:
        person, belongs = await user(conn, user_id), await memberships(conn, user_id)
    right = await services.passwords.matches(login.password if login else None, proofs.password)
    tried = Tried(services.watch, source.address, user_id, first_company(belongs, None), attempt)
    if login is None or person is None or not right or not _may_log_in(person):
        tried.in_vain(Failure.LOGIN_FAILED)
        raise Unauthenticated("login_failed", "address, password or code are not right")
    await _second_factor(services, login, proofs.code, tried)
    await vault.throttle.passed(attempt)
    if services.passwords.is_old(login.password):
        await vault.logins.rehash(user_id, login.password, await services.passwords.hash(proofs.password))
    begun = await vault.sessions.begin(
        user_id, first_company(belongs, company), address=source.prefix, agent=source.agent
    )
    return Entered(begun, person, belongs)


async def counted(services: Services, email: str, address: str) -> Attempt:
    """An attempt to show a password, before it is looked at. Raises Limited `login_throttled`."""
    attempt = attempt_of(await services.vault.links.key(), email, address)
    wait = await services.vault.throttle.attempt(attempt)
    if wait:
        Tried(services.watch, address, NOBODY, HOLDING_TENANT, attempt).in_vain(Failure.LOGIN_THROTTLED)
        raise Limited("login_throttled", f"too many attempts: again in {wait} s", retry_after_s=wait)
    return attempt


async def _second_factor(services: Services, login: Login, code: str | None, tried: Tried) -> None:
    if not login.has_totp:
        return
    if code is None:
        raise Unauthenticated("second_factor_needed", "code: of the authenticator app, or a recovery code")
    if not await services.vault.logins.check_second(login.user_id, code):
        tried.in_vain(Failure.SECOND_FACTOR_FAILED)
        raise Unauthenticated("login_failed", "address, password or code are not right")


def _may_log_in(person: User) -> bool:
    return person.registered_at is not None and not person.disabled and not person.erased


def first_company(belongs: tuple[Membership, ...], wished: str | None) -> str:
    """Where a session begins; the holding's reserved tenant for who belongs to none. Raises Forbidden
    `tenant_mismatch`."""
    known = [each.company_id for each in belongs]
    if wished is None:
        return known[0] if known else HOLDING_TENANT
    if wished not in known and HOLDING_TENANT not in known:
        raise Forbidden("tenant_mismatch", "no member of that company")
    return wished


def role_in(belongs: tuple[Membership, ...], company: str) -> str:
    """The holding's counts everywhere; "" where there is none."""
    roles = {each.company_id: each.role for each in belongs}
    return roles.get(HOLDING_TENANT) or roles.get(company, "")
