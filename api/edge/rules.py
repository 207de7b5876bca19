"""Request rules: what an operator blocks, counts or lets through, without a new version of the code. Pure.

    [{"id": "no-scanner", "action": "block", "headers": {"user-agent": "*sqlmap*"}},
     {"id": "office", "action": "allow", "addresses": ["203.0.113.0/24"]},
     {"id": "logins", "action": "block", "mode": "simulate", "path": "/v1/auth/*",
      "rate": {"requests": 20, "seconds": 60}}]

All conditions of a rule must hold. The first `block` or `allow` that matches in mode `enforce` ends the matter; `count`
and whatever is in mode `simulate` is counted, and the next rule is looked at. `allow` ends the rules alone, no limit.

Patterns are globs (`*`, `?`, `[…]`), never regular expressions: they are matched in time linear in the text for each
`*`, whatever somebody sends.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Annotated, Any, Final, Literal, Protocol

import orjson
from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, TypeAdapter, ValidationError, model_validator

MOST: Final = 100
"""Rules. Each is looked at for each request: about a microsecond."""

LONGEST_S: Final = 3600
"""Of a rate's window, seconds."""

MAX_VALUE: Final = 2_000
"""Characters of a header that are looked at."""

Glob = Annotated[str, Field(min_length=1, max_length=200)]


class Rate(BaseModel):
    """More than so many requests of one address in so many seconds, in this process."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    requests: int = Field(ge=1, le=1_000_000)
    seconds: int = Field(ge=1, le=LONGEST_S)


class Rule(BaseModel):
    """path: glob over the whole path, `*` also over slashes. headers: name → glob over its value; one that is not there
    matches nothing. countries: by the header of a trusted proxy. addresses: of the client, networks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
    action: Literal["block", "count", "allow"]
    mode: Literal["enforce", "simulate"] = "enforce"
    path: Glob | None = None
    headers: dict[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}$")], Glob] = {}
    countries: tuple[Annotated[str, Field(pattern=r"^[A-Z0-9]{2}$")], ...] = ()
    addresses: tuple[IPvAnyNetwork, ...] = ()
    rate: Rate | None = None

    @model_validator(mode="after")
    def _says_when(self) -> Rule:
        if not (self.path or self.headers or self.countries or self.addresses or self.rate):
            raise ValueError("needs a condition: path, headers, countries, addresses or rate")
        return self


@dataclass(frozen=True, slots=True)
class Seen:
    """One request. headers: names in lower case. country: "" where no trusted proxy says it."""

    path: str
    headers: Mapping[str, str]
    country: str
    address: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """matched: in order, with whatever ended the matter as the last. blocked_by: it, if it is a block."""

    matched: tuple[Rule, ...]
    blocked_by: Rule | None


class Counts(Protocol):
    def hit(self, key: Hashable, amount: int, window_s: float) -> bool: ...


def judge(rules: tuple[Rule, ...], seen: Seen, counts: Counts) -> Judgement:
    """counts: of requests by rule and address."""
    matched: list[Rule] = []
    for rule in rules:
        if matches(rule, seen, counts):
            matched.append(rule)
            if rule.mode == "enforce" and rule.action != "count":
                return Judgement(tuple(matched), rule if rule.action == "block" else None)
    return Judgement(tuple(matched), None)


def matches(rule: Rule, seen: Seen, counts: Counts) -> bool:
    """The rate comes last: only what meets the other conditions is counted."""
    return (
        (rule.path is None or fnmatchcase(seen.path, rule.path))
        and (not rule.countries or seen.country in rule.countries)
        and (not rule.addresses or _within(rule, seen.address))
        and all(_header_matches(seen.headers.get(name), glob) for name, glob in rule.headers.items())
        and (rule.rate is None or not counts.hit((rule.id, seen.address), rule.rate.requests, rule.rate.seconds))
    )


def _header_matches(value: str | None, glob: str) -> bool:
    return value is not None and fnmatchcase(value[:MAX_VALUE], glob)


def _within(rule: Rule, address: str) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in rule.addresses)


@lru_cache(10_000)
def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """None of what is no address: a server that does not say."""
    try:
        return ip_address(address)
    except ValueError:
        return None


RULES: Final[TypeAdapter[tuple[Rule, ...]]] = TypeAdapter(tuple[Rule, ...])


def parse_rules(text: str) -> tuple[Rule, ...]:
    """Of the JSON. Raises ValueError that says which rule, which field, and why."""
    try:
        found: Any = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(found, list):
        raise ValueError("a JSON list of rules is wanted")
    try:
        rules = RULES.validate_python(tuple(found))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        index, *place = first["loc"]
        one = found[index] if isinstance(index, int) else None
        name = one.get("id", "") if isinstance(one, dict) else ""
        where = ".".join(map(str, place))
        raise ValueError(f"rule {index} ({name!s:.40}){': ' if where else ''}{where}: {first['msg']}") from None
    if len(rules) > MOST:
        raise ValueError(f"{len(rules)} rules, at most {MOST}")
    ids = [rule.id for rule in rules]
    if twice := sorted({id_ for id_ in ids if ids.count(id_) > 1}):
        raise ValueError(f"id {twice[0]} is used twice")
    return rules
