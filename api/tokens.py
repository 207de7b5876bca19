"""Access tokens: JWTs that say who, in which session and until when. What they may do is looked up, never believed."""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import extract_compact
from pydantic import BaseModel, ConfigDict, Field

from domain.kernel.errors import Unauthenticated
from vault.accounts.sessions import Session
from vault.accounts.signing import SigningKey, SigningKeys

LIFETIME_S: Final = 600
"""Ten minutes: then its owner shows the refresh token. Rights are taken away sooner, by looking (api/access.py)."""

SKEW_S: Final = 5
"""By which the clocks of two API processes may differ."""

ALGORITHM: Final = "Ed25519"
"""EdDSA by its full name: RFC 9864 deprecates the name that leaves the curve open."""

TYPE: Final = "at+jwt"
"""RFC 9068: nothing else that we sign can be taken for an access token."""

AUDIENCE: Final = "legion"

MAX_LENGTH: Final = 2_000
"""Characters. Ours have about 600; longer ones are not looked at."""


@dataclass(frozen=True, slots=True)
class Claims:
    """session, company: as the token was given out for; the session may have ended since."""

    user: str
    session: str
    company: str


class _Told(BaseModel):
    """What a token must say, and as what: a number is no text, and what is missing is not assumed."""

    model_config = ConfigDict(strict=True)

    iss: str
    aud: str
    sub: str = Field(min_length=1)
    session: str = Field(min_length=1)
    company: str = Field(min_length=1)
    iat: int
    nbf: int
    exp: int


class AccessTokens:
    """issuer: the API's public URL. clock: seconds since 1970."""

    def __init__(self, keys: SigningKeys, issuer: str, *, clock: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._issuer = issuer
        self._clock = clock

    async def issue(self, session: Session, role: str) -> str:
        """role: that the user has there; for clients to show, we look it up."""
        key = (await self._keys.live())[0]
        now = int(self._clock())
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": session.user_id,
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME_S,
            "jti": str(uuid4()),
            "session": session.id,
            "company": session.company,
            "role": role,
        }
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": key.id}
        return jwt.encode(header, claims, _jwk(key, private=True), algorithms=[ALGORITHM])

    async def read(self, token: str) -> Claims:
        """Raises Unauthenticated `token_invalid` (whatever is wrong with it), `token_expired`; Unavailable."""
        told = await self._verified(token)
        now = self._clock()
        if (told.iss, told.aud) != (self._issuer, AUDIENCE) or max(told.nbf, told.iat) > now + SKEW_S:
            raise _invalid()
        if told.exp <= now - SKEW_S:
            raise Unauthenticated("token_expired", "the access token is over: refresh it")
        return Claims(told.sub, told.session, told.company)

    async def jwks(self) -> dict[str, Any]:
        """RFC 7517: the live public keys."""
        return {"keys": [_public(key) for key in await self._keys.live()]}

    async def _verified(self, token: str) -> _Told:
        """The key comes from the header's `kid` among ours alone; the algorithm and the type are ours, not the
        header's choice."""
        if len(token) > MAX_LENGTH:
            raise _invalid()
        try:
            header = extract_compact(token.encode()).headers()
            if header.get("alg") != ALGORITHM or header.get("typ") != TYPE or not isinstance(header.get("kid"), str):
                raise _invalid()
            key = await self._keys.find(header["kid"])
            if key is None:
                raise _invalid()
            decoded = jwt.decode(token, _jwk(key, private=False), algorithms=[ALGORITHM])
            return _Told.model_validate(decoded.claims)
        except (JoseError, ValueError, TypeError):
            raise _invalid() from None


def _invalid() -> Unauthenticated:
    return Unauthenticated("token_invalid", "the access token is not valid")


def _jwk(key: SigningKey, *, private: bool) -> OKPKey:
    parameters: dict[str, str | list[str]] = {"kty": "OKP", "crv": "Ed25519", "x": _base64url(key.public)}
    if private:
        parameters["d"] = _base64url(key.private)
    return OKPKey.import_key(parameters)


def _public(key: SigningKey) -> dict[str, Any]:
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": _base64url(key.public),
        "kid": key.id,
        "use": "sig",
        "alg": ALGORITHM,
    }


def _base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
