"""R7: webhooks several times, in any order, late, cut off and forged."""

from __future__ import annotations

import asyncio
import random
import time
from base64 import b64decode
from collections import Counter
from dataclasses import replace
from typing import Final

import orjson
import psycopg

from proof.claim import Claim, Stage
from proof.ground.agents import agents
from proof.ground.edge import records
from proof.ground.history import Author, History, body
from proof.ground.shop import SETTINGS, Shop, open_shop
from proof.ground.whole import whole
from proof.ground.world import SECRET, Ground, until
from proof.harm.deliveries import CONTENT_TYPE, FORGED, Parcel, Postman, shuffled
from proof.oracle.quiet import all_commands_applied
from proof.oracle.timelines import Faults, judge
from proof.tally import EXAMPLES, Tally
from simulators.evolution.state import OWNER_NUMBER, Instance

SHOPS: Final = 4
"""The same histories in each: in the first as they happened, in the others in an order of its own."""

STEPS: Final = 10
AGO_S: Final = 600
AT_ONCE: Final = 6
SETTLE_S: Final = 180.0


async def play(stage: Stage) -> Tally:
    """A round is one permutation of one history in one company."""
    rng = stage.rng("histories")
    count = -(-stage.rounds // (SHOPS - 1))
    began = int(time.time()) - AGO_S
    histories = [Author(rng, began).write(STEPS) for _ in range(count)]
    bug = "proof.bugs.random_ids" if stage.control else None
    async with whole() as legion:
        # Turns stay open: no runner is there to close them, and who answers is not what is compared.
        settings = replace(SETTINGS, window_ms=4_000, cap_ms=20_000)
        shops = [await open_shop(legion, settings) for _ in range(SHOPS)]
        with agents(legion.places, stage.folder, bug=bug):
            return await _delivered(legion, stage, shops, histories)


async def _delivered(legion: Ground, stage: Stage, shops: list[Shop], histories: list[History]) -> Tally:
    room, statuses, cut = asyncio.Semaphore(AT_ONCE), Counter[tuple[bool, int]](), Counter[str]()

    async def one(number: int, shop: Shop, history: History) -> None:
        rng = stage.rng(f"{number}/{history.phone}")
        instance = Instance(shop.name, shop.instance, "", OWNER_NUMBER, "open")
        bodies = [body(instance, event, data, time.time()) for event, data in history.told]
        parcels = [Parcel(each) for each in bodies]
        if number:
            parcels = _with_forgeries(rng, instance, history, shuffled(rng, bodies))
            cut[shop.instance] += 1
        url = f"{legion.ingress_url}/ingress/evolution/{shop.name}"
        postman = Postman(legion.http, url, SECRET)
        async with room:
            await postman.delivers(rng, parcels)
        statuses.update(postman.statuses)

    async with asyncio.TaskGroup() as group:
        for history in histories:
            for number, shop in enumerate(shops):
                group.create_task(one(number, shop, history))
    for shop in shops:
        await _marked(legion, shop)
    await all_commands_applied(legion, shops[0].company)
    faults = Faults()
    async with await psycopg.AsyncConnection.connect(legion.places.superuser_dsn) as conn:
        for shop in shops:
            for history in histories:
                await judge(conn, shop.company, history, faults)
    accepted = statuses[True, 200] + len(shops)
    stands = await _standing(legion)
    unanswered = sum(n for (honest, status), n in statuses.items() if honest and status != 200)  # may be there as well
    if stands < accepted:
        faults.say("lost", accepted - stands, f"{stands} of {accepted} bodies")
    if stands > accepted + unanswered:
        faults.say("phantom", stands - accepted - unanswered, f"{stands} of {accepted} bodies, {unanswered} unanswered")
    if taken := sum(n for (honest, status), n in statuses.items() if not honest and status != 503):
        faults.say("phantom", taken, f"{taken} forged bodies were not refused")
    await _judge_letters(legion, cut, faults)
    return Tally(
        n=len(histories) * (SHOPS - 1),
        lost=faults.lost,
        doubled=faults.doubled,
        phantom=faults.phantom,
        facts={
            "bodies_delivered": statuses[True, 200],
            "things_told": sum(len(each.told) for each in histories),
            "forged_refused": statuses[False, 503],
            "cut_bodies": sum(cut.values()),
            "tries_not_accepted": unanswered,
        },
        examples=tuple(faults.examples[:EXAMPLES]),
    )


def _with_forgeries(rng: random.Random, instance: Instance, history: History, parcels: list[Parcel]) -> list[Parcel]:
    """What a stranger would say in the lead's name: a message and an edit of a true one."""
    _, first = history.told[0]
    said = {
        **first,
        "key": {**first["key"], "id": f"{FORGED}-{rng.getrandbits(64)}"},
        "message": {"conversation": FORGED},
    }
    edit = {"key": first["key"], "type": "MESSAGE_EDIT", "editedMessage": {"conversation": FORGED}}
    for event, data in (("messages.upsert", said), ("messages.edited", edit)):
        forged = Parcel(body(instance, event, data, time.time()), honest=False)
        parcels.insert(rng.randrange(len(parcels) + 1), forged)
    return parcels


async def _standing(legion: Ground) -> int:
    """How many of the postmen's bodies stand in [ingress]; the simulator sends words of its own there."""
    found = await records(legion.places.kafka, legion.places.topics.ingress)
    return sum(("content-type", CONTENT_TYPE.encode()) in each.headers for each in found)


async def _marked(legion: Ground, shop: Shop) -> None:
    """A last message of a lead of its own: bodies of one instance are taken in order, so all before it are taken."""
    instance = Instance(shop.name, shop.instance, "", OWNER_NUMBER, "open")
    talk, mark = shop.talk(), "mark"
    data = {
        "key": {"remoteJid": f"{talk.phone}@s.whatsapp.net", "fromMe": False, "id": f"{mark}-{shop.instance}"},
        "message": {"conversation": mark},
        "messageTimestamp": int(time.time()),
    }
    parcel = Parcel(body(instance, "messages.upsert", data, time.time()))
    postman = Postman(legion.http, f"{legion.ingress_url}/ingress/evolution/{shop.name}", SECRET)
    await postman.delivers(random.Random(0), [parcel])

    async def seen() -> bool:
        return "MessageReceived" in await talk.topics()

    await until("the last message", seen, SETTLE_S)


async def _judge_letters(legion: Ground, cut: Counter[str], faults: Faults) -> None:
    """Each cut body that was signed is one dead letter, and nothing else is one."""
    letters = [orjson.loads(each.value) for each in await records(legion.places.kafka, legion.places.topics.dlq)]
    found = Counter(b64decode(each["key"]).decode() for each in letters if each["processor"] == "normalise")
    for instance in found.keys() | cut.keys():
        if more := found[instance] - cut[instance]:
            faults.say("doubled" if more > 0 else "lost", abs(more), f"{found[instance]} letters of {cut[instance]}")


CLAIM = Claim(
    id="R7",
    says=(
        "Evolution's webhooks (messages of several kinds, our own, edits, reactions, deletions, receipts) come once to"
        " five times each, in any order, late, some cut off, some forged: each thing that was told is one event, the"
        " state is the one that the provider told, whatever the order; a cut body is one dead letter; a forged one is"
        " refused and leaves no trace. The order counts in three places, by intent: the first message of a lead comes"
        " before what is said about it (a change of an unknown conversation is refused), of two edits within one second"
        " of the provider's clock the one that came last stands, and of edits without a time that go back and forth the"
        " last is lost. When things came (turns, places on the timeline, unread) follows arrival and is not compared."
    ),
    unit="permutations",
    rounds=150,
    leg=75,
    quick=9,
    control_rounds=12,
    bug="The normaliser's commands have random ids.",
    play=play,
    slow_control=True,
)
