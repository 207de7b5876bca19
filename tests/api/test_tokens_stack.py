"""S5. Forged and stale access tokens: what was not signed by us, for this, now, is nobody's."""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from joserfc import jwe, jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from api.tokens import AUDIENCE, LIFETIME_S, SKEW_S, TYPE, AccessTokens, Claims
from domain.kernel.errors import Unauthenticated
from vault.accounts.sessions import Session
from vault.accounts.signing import SigningKey
from vault.db import Vault

pytestmark = pytest.mark.stack
ISSUER = "https://legion.example"
NOW = datetime.now(UTC)
SESSION = Session("s1", "u1", "c1", "192.0.2.0/24", "Firefox", NOW, NOW)
EVERYTHING = [
    "none", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512",
    "EdDSA", "Ed25519",
]  # fmt: skip


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(vault: Vault, clock: Clock) -> AccessTokens:
    return AccessTokens(vault.signing, ISSUER, clock=clock)


def text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def part(value: Any) -> str:
    return text(json.dumps(value).encode())


def ours(key: SigningKey) -> OKPKey:
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": text(key.public), "d": text(key.private)})


class Forger:
    """key: the one that signs. Whatever is not said is as in a good token."""

    def __init__(self, key: SigningKey, now: float) -> None:
        self.key = key
        self.header: dict[str, Any] = {"alg": "Ed25519", "typ": TYPE, "kid": key.id}
        self.claims: dict[str, Any] = {
            "iss": ISSUER, "aud": AUDIENCE, "sub": "u1", "session": "s1", "company": "c1", "role": "sdr", "jti": "j",
            "iat": int(now), "nbf": int(now), "exp": int(now) + LIFETIME_S,
        }  # fmt: skip

    def make(self, header: dict[str, Any] | None = None, signer: Any = None, **claims: Any) -> str:
        """A header or claim of None is left out."""
        head = {name: value for name, value in (self.header | (header or {})).items() if value is not None}
        body = {name: value for name, value in (self.claims | claims).items() if value is not Missing}
        registry = jws.JWSRegistry(algorithms=EVERYTHING, strict_check_header=False)
        return jws.serialize_compact(head, json.dumps(body), signer or ours(self.key), registry=registry)

    def raw(self, header: Any, claims: Any, signature: bytes | None = None) -> str:
        signed = f"{part(header)}.{part(claims)}"
        made = Ed25519PrivateKey.from_private_bytes(self.key.private).sign(signed.encode())
        return f"{signed}.{text(made if signature is None else signature)}"


Missing = object()
STRANGER = Ed25519PrivateKey.generate()
Make = Callable[[Forger], str]


def stranger() -> OKPKey:
    return OKPKey.import_key(
        {"kty": "OKP", "crv": "Ed25519", "x": text(STRANGER.public_key().public_bytes_raw()),
         "d": text(STRANGER.private_bytes_raw())}
    )  # fmt: skip


def pem(f: Forger) -> bytes:
    public = Ed25519PrivateKey.from_private_bytes(f.key.private).public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def algorithm(name: str) -> Make:
    """Signed with another kind of key, some of them made of our public key."""

    def make(f: Forger) -> str:
        if name == "none":
            return f"{part(f.header | {'alg': 'none'})}.{part(f.claims)}."
        if name.startswith("HS"):
            return f.make({"alg": name}, OctKey.import_key(f.key.public))
        if name[:2] in {"RS", "PS"}:
            return f.make({"alg": name}, RSAKey.import_key(generate_rsa(65537, 2048)))
        return f.make({"alg": name}, ECKey.import_key(generate_private_key(SECP256R1())))

    return make


def claim(**changed: Any) -> Make:
    return lambda f: f.make(**changed)


def header(**changed: Any) -> Make:
    return lambda f: f.make(changed)


def by_the_clock(**changed: float) -> Make:
    return lambda f: f.make(None, None, **{name: int(f.claims["iat"] + seconds) for name, seconds in changed.items()})


def encrypted(f: Forger) -> str:
    key = OctKey.import_key(f.key.public)
    return jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM", "typ": TYPE}, json.dumps(f.claims), key)


def by_hmac(f: Forger, secret: bytes) -> str:
    """The library would not."""
    signed = f"{part(f.header | {'alg': 'HS256'})}.{part(f.claims)}"
    return f"{signed}.{text(hmac.new(secret, signed.encode(), 'sha256').digest())}"


def cut(where: slice) -> Make:
    return lambda f: f.make()[where]


def moved(f: Forger) -> str:
    """Another's claims under a good signature."""
    good = f.make().split(".")
    return f"{good[0]}.{part(f.claims | {'sub': 'u2'})}.{good[2]}"


FORGED: dict[str, Make] = {
    **{f"algorithm {name}": algorithm(name) for name in ("none", "HS256", "HS384", "HS512", "RS256", "PS256", "ES256")},
    "HMAC with our public key as PEM": lambda f: by_hmac(f, pem(f)),
    "HMAC with our public key as hex": lambda f: f.make({"alg": "HS256"}, OctKey.import_key(f.key.public.hex())),
    "the older name of the algorithm": header(alg="EdDSA"),
    "no algorithm": lambda f: f.raw({"typ": TYPE, "kid": f.key.id}, f.claims),
    "algorithm in small letters": lambda f: f.raw(f.header | {"alg": "ed25519"}, f.claims),
    "algorithm is a list": lambda f: f.raw(f.header | {"alg": ["Ed25519"]}, f.claims),
    "algorithm is null": lambda f: f.raw(f.header | {"alg": None}, f.claims),
    "another key under our id": lambda f: f.make(signer=stranger()),
    "another key under its own id": lambda f: f.make({"kid": "another"}, stranger()),
    "a key in the header": lambda f: f.make({"jwk": stranger().as_dict(private=False), "kid": "mine"}, stranger()),
    "a key in the header under our id": lambda f: f.make({"jwk": stranger().as_dict(private=False)}, stranger()),
    "a key elsewhere": lambda f: f.make({"jku": "http://127.0.0.1:1/jwks.json"}, stranger()),
    "a certificate elsewhere": lambda f: f.make({"x5u": "http://127.0.0.1:1/cert"}, stranger()),
    "no key id": header(kid=None),
    "key id is empty": header(kid=""),
    "key id is a number": lambda f: f.raw(f.header | {"kid": 1}, f.claims),
    "key id is a list": lambda f: f.raw(f.header | {"kid": [f.key.id]}, f.claims),
    "key id is a path": header(kid="../../../../dev/null"),
    "key id is SQL": header(kid="x' or '1'='1"),
    "key id with a NUL": header(kid="a\x00b"),
    "no type": header(typ=None),
    "an ID token": header(typ="JWT"),
    "type in capitals": header(typ="AT+JWT"),
    "something critical": lambda f: f.raw(f.header | {"crit": ["exp"], "exp": 1}, f.claims),
    "critical and unknown": lambda f: f.raw(f.header | {"crit": ["x"], "x": 1}, f.claims),
    "payload not encoded": lambda f: f.raw(f.header | {"b64": False, "crit": ["b64"]}, f.claims),
    "another issuer": claim(iss="https://evil.example"),
    "issuer with a slash": claim(iss=ISSUER + "/"),
    "issuer is a list": claim(iss=[ISSUER]),
    "no issuer": claim(iss=Missing),
    "another audience": claim(aud="someone-else"),
    "audience is a list": claim(aud=[AUDIENCE]),
    "no audience": claim(aud=Missing),
    "no subject": claim(sub=Missing),
    "empty subject": claim(sub=""),
    "subject is null": claim(sub=None),
    "subject is a number": claim(sub=1),
    "subject is an object": claim(sub={"id": "u1"}),
    "no session": claim(session=Missing),
    "empty session": claim(session=""),
    "no company": claim(company=Missing),
    "company is a list": claim(company=["c1"]),
    "no end": claim(exp=Missing),
    "end is null": claim(exp=None),
    "end is text": claim(exp="9999999999"),
    "end is true": claim(exp=True),
    "end is a fraction": claim(exp=9999999999.5),
    "end is not a number": lambda f: f.make().replace(".", ".e30", 1),
    "it is over": by_the_clock(iat=-700, nbf=-700, exp=-SKEW_S),
    "over for long": by_the_clock(iat=-(10**6), nbf=-(10**6), exp=-(10**6) + 600),
    "end is negative": claim(exp=-1),
    "not yet": by_the_clock(nbf=SKEW_S + 60),
    "made in the future": by_the_clock(iat=SKEW_S + 60),
    "no beginning": claim(nbf=Missing),
    "no time of making": claim(iat=Missing),
    "no claims": lambda f: f.raw(f.header, {}),
    "claims are a list": lambda f: f.raw(f.header, []),
    "claims are text": lambda f: f.raw(f.header, "u1"),
    "claims are no JSON": lambda f: f"{part(f.header)}.{text(b'{')}.{text(b'x' * 64)}",
    "header is no JSON": lambda f: f"{text(b'{')}.{part(f.claims)}.{text(b'x' * 64)}",
    "header is a list": lambda f: f.raw([], f.claims),
    "no signature": lambda f: f.raw(f.header, f.claims, b""),
    "signature of zeros": lambda f: f.raw(f.header, f.claims, bytes(64)),
    "signature too short": cut(slice(0, -4)),
    "signature too long": lambda f: f.make() + "AAAA",
    "claims of another": moved,
    "two parts": lambda f: f.make().rpartition(".")[0],
    "four parts": lambda f: f.make() + ".x",
    "encrypted": encrypted,
    "JSON form": lambda f: json.dumps({"payload": part(f.claims), "protected": part(f.header)}),
    "not ASCII": lambda f: f.make()[:-1] + "ß",
    "surrogate": lambda f: f.make()[:-1] + "\udcff",
    "padded": lambda f: f.make() + "==",
    "very long": lambda f: f.make(filler="x" * 5_000),
    "nothing": lambda f: ".",
    "dots": lambda f: "..",
    "a word": lambda f: "token",
}


async def test_there_are_at_least_sixty() -> None:
    assert len(FORGED) >= 60


@pytest.mark.parametrize("what", FORGED)
async def test_a_forged_or_stale_token_is_nobodys(what: str, tokens: AccessTokens, vault: Vault, clock: Clock) -> None:
    forger = Forger((await vault.signing.live())[0], clock.now)
    good = forger.make()
    assert await tokens.read(good) == Claims("u1", "s1", "c1")  # the control: unchanged it is somebody's
    forged = FORGED[what](forger)
    assert forged != good
    with pytest.raises(Unauthenticated) as refused:
        await tokens.read(forged)
    assert refused.value.code == (
        "token_expired" if what in {"it is over", "over for long", "end is negative"} else "token_invalid"
    )
    assert "u1" not in refused.value.detail


async def test_ours_says_who_and_lives_for_ten_minutes(tokens: AccessTokens, clock: Clock) -> None:
    token = await tokens.issue(SESSION, "sdr")
    assert await tokens.read(token) == Claims("u1", "s1", "c1")
    clock.now += LIFETIME_S
    assert (await tokens.read(token)).user == "u1"
    clock.now += SKEW_S + 1
    with pytest.raises(Unauthenticated, match="token_expired"):
        await tokens.read(token)


async def test_what_is_published_is_public(tokens: AccessTokens, vault: Vault) -> None:
    await vault.signing.live()
    await vault.signing.rotate()
    published = (await tokens.jwks())["keys"]
    assert len(published) == 2
    assert all(key.keys() == {"kty", "crv", "x", "kid", "use", "alg"} for key in published)
