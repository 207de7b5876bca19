"""Random histories: any event in any order, and the same log with its partitions interleaved otherwise."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, Final

from domain.conversation import events as c
from domain.conversation.parts import AskReason, FloorReason
from domain.kernel.event import Event
from domain.kernel.ids import HOLDING, HOLDING_TENANT, tenant_journey
from domain.lead import events as ld
from domain.lead.parts import AssignReason
from domain.people import events as p
from domain.pipeline import events as pl
from domain.pipeline.settings import Reason, Stage
from domain.qualification import events as q
from domain.qualification.settings import AnswerKind, Question
from domain.service import events as sv
from domain.team import events as t
from domain.template import events as tp
from domain.template.parts import TemplateVariable
from eventlog.model import Commit
from proof.ground.contracts import CONTRACT_MOVES
from proof.ground.deals import DEAL_MOVES
from proof.ground.histories import Log, Story, set_up, usage
from proof.ground.reports import ENDS, PIXELS, reported

MOVES = (
    "writes", "writes_twice", "closes", "replies", "cancels", "attempts", "sends", "not_called", "failed", "unknown",
    "human", "floor", "back", "asked", "receipt", "parked", "edited", "deleted", "reaction", "finished", "opt_out",
    "refused", "reply_failed", "moved", "assigned", "joined", "left", "team", "team_ends", "seated", "unseated",
    "pipeline", "pipeline_changes", "pipeline_ends", "pipelines_ordered", "service", "service_changes", "service_ends",
    "rules", "rules_end", "read",
    *DEAL_MOVES, *CONTRACT_MOVES, "template", "template_ends", *PIXELS, *ENDS,
)  # fmt: skip


PEOPLE: Final[dict[str, Callable[[str, str], tuple[str, type[Event], dict[str, Any]]]]] = {
    "joined": lambda user, _: ("members", p.MemberAdded, {"user": user, "role": "sdr"}),
    "left": lambda user, _: ("members", p.MemberRemoved, {"user": user, "role": "sdr"}),
    "team": lambda _, team: ("teams", t.TeamCreated, {"team": team, "name": team}),
    "team_ends": lambda user, team: ("teams", t.TeamRetired, {"team": team, "members": (user,)}),
    "seated": lambda user, team: ("teams", t.TeamMemberAdded, {"team": team, "user": user}),
    "unseated": lambda user, team: ("teams", t.TeamMemberRemoved, {"team": team, "user": user}),
}
"""Of the holding's journey, by a user and a team."""


_QUESTION: Final = Question(
    key="need", label="Need", kind=AnswerKind.TEXT, asks="what they need", required=True, points=3
)


def _stages(*names: str) -> tuple[Stage, ...]:
    return tuple(Stage(id=name, name=name, colour="#1f2937", probability=5, requires=("value",)) for name in names)


SELLING: Final[dict[str, Callable[[str, int], tuple[str, type[Event], dict[str, Any]]]]] = {
    "pipeline": lambda id_, n: ("pipelines", pl.PipelineCreated, {
        "pipeline": id_, "position": n, "name": id_, "stages": _stages(f"{id_}a", f"{id_}b"), "won_reasons": (),
        "lost_reasons": (Reason(id="r", label="Price"),)}),
    "pipeline_changes": lambda id_, n: ("pipelines", pl.PipelineChanged, {
        "pipeline": id_, "name": f"{id_} {n}", "stages": _stages(f"{id_}b", f"{id_}{n}"), "won_reasons": (),
        "lost_reasons": (), "retired_stages": (f"{id_}a",)}),
    "pipeline_ends": lambda id_, _: ("pipelines", pl.PipelineRetired, {"pipeline": id_}),
    "pipelines_ordered": lambda id_, n: ("pipelines", pl.PipelinesOrdered, {"pipelines": (id_, f"p{n}")}),
    "service": lambda id_, n: ("services", sv.ServiceAdded, {
        "service": id_, "name": id_, "price": n, "currency": "BRL"}),
    "service_changes": lambda id_, n: ("services", sv.ServiceChanged, {
        "service": id_, "name": id_, "price": 10 * n, "currency": "JPY"}),
    "service_ends": lambda id_, _: ("services", sv.ServiceRetired, {"service": id_}),
    "rules": lambda _, n: ("qualification", q.QualificationRulesPublished, {
        "company": f"c{n}", "number": n, "before": n - 1, "questions": (_QUESTION,), "threshold": n,
        "intents": ("buy",), "handoff": None, "dormant_after_days": None}),
    "rules_end": lambda _, n: ("qualification", q.QualificationRulesWithdrawn, {"company": f"c{n}", "number": n}),
}  # fmt: skip
"""Of the company's journey, by an id and a number."""


TEMPLATES: Final[dict[str, tuple[type[Event], Callable[[int], dict[str, Any]]]]] = {
    "template": (tp.TemplateVersionPublished, lambda n: {
        "number": n, "name": f"T {n}", "body": "{}", "signers": ("client",),
        "variables": (TemplateVariable(name="client", kind="text", label="", required=n % 2 == 0),)}),
    "template_ends": (tp.TemplateRetired, lambda n: {"last": n}),
}  # fmt: skip
"""Of a template, by a number."""


def step(story: Story, move: str, n: int, seq: int) -> None:
    """Any event in any order: the tables are total functions of the log, whether or not a domain would say so."""
    made = {
        "writes": lambda: [story.received(f"m{n}", turn=n)],
        "writes_twice": lambda: [story.received("a", turn=n), story.received("b\x00", turn=None, content=None)],
        "human": lambda: [
            story.on(c.HumanMessageSent, message=story.id("human", n), provider_id=f"h{n}", kind="text",
                     provider_at=None, text=story.sealed("message.text", "eu"), content=None,
                     quoted_id=f"in-{story.lead[:8]}-{n}")
        ],
        "floor": lambda: [story.on(c.FloorTaken, reason=FloorReason.TYPED_ON_PHONE, by="user:x")],
        "back": lambda: [story.on(c.FloorGivenBack, by="user:x", turn=story.turn(n))],
        "asked": lambda: [story.on(c.HumanAsked, reason=AskReason.LATE_MESSAGE)],
        "receipt": lambda: [_receipt(story, c.ReceiptRecorded, n, seq)],
        "parked": lambda: [_receipt(story, c.ReceiptParked, n, seq)],
        "edited": lambda: [story.on(c.MessageEdited, provider_id=f"e{n}", target=f"in-{story.lead[:8]}-{n}",
                                    text=story.sealed("message.text", "novo"), provider_at=None)],
        "deleted": lambda: [story.on(c.MessageDeleted, provider_id=f"d{n}", target=f"h{n}", provider_at=None)],
        "reaction": lambda: [story.on(c.ReactionReceived, provider_id=f"r{n}", target=f"h{n}", reaction=None,
                                      provider_at=None)],
        "finished": lambda: [story.on(c.ReplyFinished, reply=story.id("reply", n), sent=1, turn=None)],
        "not_called": lambda: [story.on(c.ChunkNotCalled, chunk=story.chunk(n, seq), claim="c",
                                        retry_at=story.log.at)],
        "failed": lambda: [story.on(c.ChunkFailed, chunk=story.chunk(n, seq), claim="c", code="bad")],
        "unknown": lambda: [story.on(c.ChunkOutcomeUnknown, chunk=story.chunk(n, seq), claim="c")],
        "reply_failed": lambda: [story.on(c.ReplyFailed, reply=story.id("reply", n), turn=story.id("turn", n),
                                          code="ai", chunks=())],
        "opt_out": lambda: [story.log.event(story.lead_stream, ld.OptOutRecorded, lead=story.lead, message="m"),
                            story.on(c.ReplyDiscarded, reply=story.id("reply", n), usage=usage())],
        "assigned": lambda: [story.log.event(story.lead_stream, ld.LeadAssigned, lead=story.lead, user=f"u{n}",
                                             team=f"t{seq}" if seq else None, reason=AssignReason.BALANCE)],
        "read": lambda: [story.on(c.TurnRead, reply=story.id("reply", n), rules=1, found=seq, dropped=0,
                                  superseded=seq == 0, usage=usage())],
        "moved": lambda: [story.log.event(story.lead_stream, ld.MessageMoved, lead=story.lead, instance="i",
                                          provider_id=f"p{n}", source_partition=0, source_offset=n, run=1)],
    }  # fmt: skip
    whole = {
        "closes": lambda: story.turn_closes(n, rules=seq),
        "replies": lambda: story.replies(n, 1 + seq),
        "cancels": lambda: story.cancels(n),
        "attempts": lambda: story.attempts(n, seq),
        "sends": lambda: story.sends(n, seq),
        "refused": lambda: story.log.refuse(story.company, story.journey),
    }
    if move in PEOPLE:
        stream, cls, own = PEOPLE[move](f"u{n}", f"t{seq}")
        event = story.log.event(f"{stream}-{story.company}", cls, company=story.company, **own)
        story.log.commit(HOLDING_TENANT, HOLDING, event)
    elif move in SELLING:
        stream, cls, own = SELLING[move](f"p{seq}", n)
        event = story.log.event(f"{stream}-{story.company}", cls, **own)
        story.log.commit(story.company, tenant_journey(story.company), event)
    elif move in TEMPLATES:
        told, values = TEMPLATES[move]
        event = story.log.event(f"template-t{seq}", told, template=f"t{seq}", **values(n))
        story.log.commit(story.company, tenant_journey(story.company), event)
    elif move in PIXELS:
        kind, own = PIXELS[move](f"p{seq}", n)
        event = story.log.event(f"pixels-{story.company}", kind, **own)
        story.log.commit(story.company, tenant_journey(story.company), event)
    elif move in ENDS:
        reported(story, move, n)
    elif move in DEAL_MOVES:
        story.commit(*DEAL_MOVES[move](story, n, seq))
    elif move in CONTRACT_MOVES:
        story.commit(*CONTRACT_MOVES[move](story, n, seq))
    elif move in whole:
        whole[move]()
    else:
        events: list[Event] = made[move]()
        story.commit(*events)


def _receipt(story: Story, cls: type[Event], n: int, seq: int) -> Event:
    status = ("sent", "delivered", "read", "never heard of")[(n + seq) % 4]
    provider_id = f"out-{story.lead[:8]}-{n}-{seq}"
    return story.on(cls, provider_id=provider_id, status=status, provider_at=None, code=None)


Step = tuple[int, str, int, int]
"""(which of the stories, one of `MOVES`, number of its turn and reply, of its chunk)."""

LEADS = 8
"""Of a history: enough to lie in all of three partitions. The last one's key is destroyed."""


def history(steps: Sequence[Step], log: Log | None = None) -> Log:
    """log: to tell it to, an empty one."""
    log = log or Log()
    set_up(log)
    stories = [Story(log, f"lead {n}") for n in range(LEADS)]
    for story in stories:
        story.arrives()
    log.keys.destroy(stories[-1].company, stories[-1].journey)
    for which, move, n, seq in steps:
        step(stories[which], move, n, seq)
    return log


def any_steps(rng: random.Random, count: int) -> list[Step]:
    return [(rng.randrange(LEADS), rng.choice(MOVES), rng.randint(1, 3), rng.randint(0, 2)) for _ in range(count)]


def interleaved(log: Log, rng: random.Random) -> list[Commit]:
    """The same partitions in another order among each other, some faster than others."""
    queues = [[commit for commit in log.commits if commit.partition == p] for p in range(log.partitions)]
    paces = [rng.random() for _ in queues]
    mixed = []
    while left := [(queue, pace) for queue, pace in zip(queues, paces, strict=True) if queue]:
        [queue] = rng.choices([queue for queue, _ in left], [pace for _, pace in left])
        mixed.append(queue.pop(0))
    return mixed
