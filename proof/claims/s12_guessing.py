"""S12: guessing passwords is bounded, and nobody learns which accounts there are."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import Final
from uuid import uuid4

from proof.claim import Claim, Stage
from proof.ground.patience import patient_stack
from proof.ground.people import PASSWORD, Person, join, made_company
from proof.ground.running import Running
from proof.ground.world import until
from proof.harm.guessing import (
    AT_ONCE,
    Answered,
    addresses,
    allowed,
    at_once,
    for_an_hour,
    forget_all,
    forgets,
    last_mail,
    let_pass,
    tries,
)
from proof.oracle.timing import SURE, told_apart
from proof.tally import Tally
from vault.accounts.throttle import LOCKED_S
from vault.db import open_vault
from vault.provision import DATABASE, ROLE

PEOPLE: Final = 4
EACH: Final = {"login": 40, "forgotten": 3 * PEOPLE}
"""Pairs before the counts are forgotten: no account is throttled meanwhile."""

STRANGE: Final = "@example.com"
"""As long as where people are, and nobody is there."""


async def play(stage: Stage) -> Tally:
    """Rounds: pairs, for each kind, of what is asked of an account that is there and of one that is not."""
    bugs = {"api": "proof.bugs.open_door"} if stage.control else {}
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(patient_stack(stage.folder, bugs))
        settings = running.settings
        vault = await stack.enter_async_context(open_vault(settings.dsn(ROLE, DATABASE), settings.keks))
        company = await made_company(running)
        people = [await join(running, vault.links, company, "viewer") for _ in range(PEOPLE)]
        await forget_all(running)
        guessed = await _guessed(running, people[0])
        pairs = [await _paired(running, people, stage, kind) for kind in EACH]
    tallies = (guessed, *pairs)
    n = sum(each.n for each in tallies)
    if stage.control and not all(each.faults for each in tallies):
        return Tally(n)  # each must be found
    return Tally(
        n,
        lost=guessed.lost,
        phantom=sum(each.phantom for each in tallies),
        facts={name: value for each in tallies for name, value in each.facts.items()},
        examples=tuple(itertools.chain.from_iterable(each.examples for each in tallies)),
    )


async def _guessed(running: Running, owner: Person) -> Tally:
    """phantom: more tries in an hour than the waits allow. lost: the owner is not let in when the time is over."""
    sources, strangers = addresses(), _strangers()
    one = next(sources)
    ways = {
        "both": lambda: (owner.email, one),
        "account": lambda: (owner.email, next(sources)),
        "address": lambda: (next(strangers), one),
    }
    facts, over, shut = dict[str, float](), list[str](), list[str]()
    for kind, who in ways.items():
        looked = await for_an_hour(running, who, limit := allowed(kind))
        facts[f"tries_in_an_hour_by_{kind}"] = float(looked)
        if looked > limit:
            over.append(f"by {kind}: {looked} tries in an hour, {limit} are documented")
        await let_pass(running, LOCKED_S)
        answered = await tries(running, owner.email, next(sources), PASSWORD)
        if answered.status != HTTPStatus.OK:
            shut.append(f"after {LOCKED_S} s of {kind}: the owner is answered {answered.status}")
        await forget_all(running)
    burst = await at_once(running, owner.email, list(itertools.islice(sources, AT_ONCE)))
    facts["tries_of_a_burst"] = float(burst)
    if burst > (most := allowed("account", 1)):
        over.append(f"{burst} of {AT_ONCE} tries at once, {most} are documented")
    await forget_all(running)
    return Tally(int(sum(facts.values())), lost=len(shut), phantom=len(over), facts=facts, examples=(*over, *shut))


async def _paired(running: Running, people: list[Person], stage: Stage, kind: str) -> Tally:
    """phantom: answers that differ, and one when their times do. kind: of `EACH`, what is asked for."""
    rng, sources, strangers = stage.rng(kind), addresses(), _strangers()
    ask = tries if kind == "login" else _forgets
    told, times = list[str](), list[tuple[float, float]]()
    for number in range(stage.rounds):
        if number % EACH[kind] == 0:
            await forget_all(running)
        emails = [people[number % PEOPLE].email, next(strangers)]
        order = rng.sample((0, 1), 2)
        answered = {which: await ask(running, emails[which], next(sources)) for which in order}
        times.append((answered[0].seconds, answered[1].seconds))
        if answered[0].told != answered[1].told:
            told.append(f"{kind}: {answered[0].told} of one that is there, {answered[1].told} of one that is not")
    apart = told_apart(times)
    if abs(apart) > SURE:
        told.append(f"{kind}, by their times: {apart:.1f} standard deviations of {len(times)} pairs")
    facts = {f"{kind}_time_tells_by_deviations": apart}
    return Tally(2 * stage.rounds, phantom=len(told), facts=facts, examples=tuple(told))


async def _forgets(running: Running, email: str, address: str) -> Answered:
    """The mail that it brings is sent before the next call is timed."""
    before = await last_mail(running)
    answered = await forgets(running, email, address)
    if not email.endswith(STRANGE):

        async def sent() -> bool:
            return await last_mail(running) not in {before, None}

        await until(f"a mail for {email}", sent)
    return answered


def _strangers() -> Iterator[str]:
    """Addresses of nobody, as long as those of people."""
    return (f"{uuid4().hex[:12]}{STRANGE}" for _ in itertools.count())


CLAIM = Claim(
    id="S12",
    says=(
        "Passwords are tried at one account from one address, at one account from ever new addresses, from one address"
        " at ever new accounts, and sixty at once, by who waits exactly as long as they are told: in an hour no more"
        " are looked at than the documented waits allow, and 15 minutes later the owner is let in. A login of an"
        " account that is there and of one that is not have the same status, body and headers; their times, taken in"
        " pairs, are not told apart by a sign test (one in ten thousand)."
    ),
    unit="logins that fail, and mails asked for",
    rounds=240,
    leg=240,
    quick=20,
    control_rounds=60,
    bug="The API counts no attempts, looks at no password where there is no account, and puts mails before it answers.",
    play=play,
    slow_control=True,
)
