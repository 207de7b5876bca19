"""D1: the provider of contracts makes a document and its answer is lost; the search finds it, or it does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.contract.parts import ContractState, Reach
from proof.bugs import makes_again
from proof.claim import Claim, Stage
from proof.ground.shop import open_shop
from proof.ground.signing import Office, Sale, open_office
from proof.ground.simulator import simulator
from proof.ground.whole import all_servers
from proof.ground.world import ground, streams
from proof.tally import EXAMPLES, Tally, total

TIMEOUT_MS: Final = 1_500
SETTLE_S: Final = 120.0
"""A search begins half a minute after the call's time-out, and an hour is not what a provider takes to list."""

AGAIN_S: Final = 15.0
"""How long whatever would make it again has time to, after nobody knows: runners look each second."""

FOUND: Final[Sequence[dict[str, Any]]] = ({"kind": "timeout_after", "only": ["createDocument"]},)
HIDDEN: Final[Sequence[dict[str, Any]]] = (
    {"kind": "drop"},  # no webhook tells of it either
    {"kind": "lists_late"},
    {"kind": "error_after", "status": 502, "only": ["createDocument"]},
)


@dataclass(frozen=True, slots=True)
class Lost:
    """One contract whose answer was lost."""

    contract: str
    state: str
    billed: int
    attempts: int


async def play(stage: Stage) -> Tally:
    """Half of them with a search that finds, half with one that does not."""
    half = (stage.rounds + 1) // 2
    if stage.control:
        makes_again.plant()
    try:
        async with _office() as office:
            sale = await office.sold_to(office.shop.talk())
            found = await _lost(office, sale, half, FOUND)
            hidden = await _lost(office, sale, stage.rounds - half, HIDDEN)
    finally:
        makes_again.unplant()
    return total([_found(found), _hidden(hidden)])


@asynccontextmanager
async def _office() -> AsyncIterator[Office]:
    with all_servers() as places, simulator("simulators.autentique", "--retry-scale", "0.001") as url:
        signing = replace(places, autentique=url, sign_timeout_ms=TIMEOUT_MS)
        async with ground(signing) as legion, streams(signing):
            yield await open_office(await open_shop(legion), url)


async def _lost(office: Office, sale: Sale, count: int, faults: Sequence[dict[str, Any]]) -> list[Lost]:
    made = [await sale.drafts(("us", Reach.EMAIL)) for _ in range(count)]
    http = office.shop.ground.http
    for fault in faults:
        (await http.post(f"{office.simulator}/_faults", json=fault)).raise_for_status()
    await asyncio.gather(*(sale.sends(each) for each in made))
    await asyncio.gather(*(_ended(sale, each) for each in made))
    await asyncio.sleep(AGAIN_S)  # what must not happen has time to
    (await http.delete(f"{office.simulator}/_faults")).raise_for_status()
    return [await _seen(office, sale, each) for each in made]


async def _ended(sale: Sale, contract: str) -> None:
    try:
        await sale.becomes(
            contract, ContractState.SENT, ContractState.OUTCOME_UNKNOWN, ContractState.FAILED, timeout_s=SETTLE_S
        )
    except AssertionError:
        return  # counted as it is


async def _seen(office: Office, sale: Sale, contract: str) -> Lost:
    attempts = (await sale.topics(contract)).count("ContractAttempted")
    return Lost(contract, str((await sale.contract(contract)).state), await office.billed(contract), attempts)


def _found(lost: Sequence[Lost]) -> Tally:
    """lost: not known as sent although the search finds it. doubled: billed or attempted more than once."""
    unknown = [each for each in lost if each.state != ContractState.SENT or each.billed == 0]
    return _tally(lost, unknown, {"found": float(len(lost) - len(unknown))})


def _hidden(lost: Sequence[Lost]) -> Tally:
    """lost: nobody is told that nobody knows."""
    silent = [each for each in lost if each.state != ContractState.OUTCOME_UNKNOWN]
    return _tally(lost, silent, {"unknown": float(len(lost) - len(silent))})


def _tally(lost: Sequence[Lost], wrong: Sequence[Lost], facts: dict[str, float]) -> Tally:
    doubled = [each for each in lost if each.billed > 1 or each.attempts > 1]
    return Tally(
        len(lost),
        lost=len(wrong),
        doubled=len(doubled),
        facts=facts | {"documents_billed": float(sum(each.billed for each in lost))},
        examples=tuple(str(each) for each in (*wrong, *doubled))[:EXAMPLES],
    )


CLAIM = Claim(
    id="D1",
    says=(
        "The provider makes a contract's document, and its answer never comes: where the search by our reference finds"
        " it, the contract is out and one document was billed; where it does not, the contract says that nobody knows,"
        " at most one was billed, and nobody makes it again by itself."
    ),
    unit="lost answers",
    rounds=100,
    leg=100,
    quick=0,
    control_rounds=4,
    bug="A call without an answer is taken for one that was never made.",
    play=play,
    slow_control=True,
)
