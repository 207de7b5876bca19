"""Anything that may happen to one conversation, in any order, in virtual time; and what must be true after each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain.conversation import commands as cc
from domain.conversation import events as c
from domain.conversation.parts import CancelReason, SentHow
from domain.conversation.policies import MAX_CANCELS
from domain.effect.commands import AbandonEffect, ExpireEffect
from domain.kernel.command import Command
from domain.kernel.errors import Refused
from domain.kernel.event import Event
from domain.kernel.items import RECEIPT_STATUSES
from tests.domain import talk as t
from tests.domain.effect_rows import check_effects
from tests.domain.spec import Step, World

WORDS = ("one", "two", "three")
INDEX = st.integers(0, 2)


class Talk(RuleBasedStateMachine):
    """Ids are drawn from small pools, so that stale, repeated and crossing commands are common."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.chunks: list[str] = []
        self.claims = 0
        self.messages = 0
        self.cancels_in_a_row = 0
        self.provider_ids: set[str] = set()
        self.sent: set[str] = set()

    def ask(self, step: Step) -> list[Event]:
        try:
            events = self.world.take(step)
        except Refused:
            return []
        assert events, "a decider that has nothing to say refuses"
        for event in events:
            self._watch(event)
        return events

    def _watch(self, event: Event) -> None:
        match event:
            case c.ReplyGenerated() | c.ReplyFailed():
                self.chunks += [chunk.chunk for chunk in event.chunks]
            case c.ReplyFinished():
                self.cancels_in_a_row = 0
            case c.ReplyCancelled(reason=CancelReason.NEW_MESSAGE):
                # of an attempt that outlived it, a cancel is said again
                self.cancels_in_a_row += event.by_message is not None
                assert self.cancels_in_a_row <= MAX_CANCELS, "messages cancel at most two replies in a row"
            case c.ChunkSent():
                assert event.chunk not in self.sent, "each chunk is sent once"
                self.sent.add(event.chunk)
            case c.MessageReceived() | c.HumanMessageSent():
                assert event.provider_id not in self.provider_ids, "each provider id is recorded once"
                self.provider_ids.add(event.provider_id)

    def _chunk(self, index: int) -> str:
        return self.chunks[-1 - index] if index < len(self.chunks) else "none"

    def _claim(self, index: int) -> str:
        """The newest claim, or one of the last ones."""
        return f"claim-{self.claims - index}"

    @rule(steps=st.integers(1, 8))
    def all_goes_well(self, steps: int) -> None:
        """The next steps of a conversation without trouble: so that trouble meets it at every point."""
        for _ in range(steps):
            self._next_step()

    @rule(times=st.integers(1, 4))
    def lead_interrupts(self, times: int) -> None:
        """Writes whenever a reply has been begun."""
        for _ in range(times):
            for _ in range(4):
                if t.talk(self.world).reply is None:
                    self._next_step()
            self.lead_writes_anew()

    def _next_step(self) -> None:
        talk = t.talk(self.world)
        if talk.attempt is not None:
            self.ask(t.sent(f"out-{talk.attempt.claim}", talk.attempt.claim))
        elif talk.people:
            self.ask(t.give_floor_back())
        elif talk.reply is not None and talk.reply.made:
            self.runner_attempts(0)
        elif talk.reply is not None:
            self.ask(t.answer(*WORDS))
        elif talk.turn is not None:
            self.ask(t.close_turn)
        else:
            self.lead_writes_anew()

    @rule()
    def lead_writes_anew(self) -> None:
        self.messages += 1
        self.ask(t.message(f"new {self.messages}"))

    @rule(
        n=st.integers(0, 5),
        odd=st.sampled_from(({"kind": "poll"}, {"kind": "unsupported"}, {"late": True}, {"handling": None}, {})),
    )
    def lead_writes_oddly(self, n: int, odd: dict[str, Any]) -> None:
        self.ask(t.message(str(n), **odd))

    @rule(sure=st.integers(0, 4))
    def lead_opts_out(self, sure: int) -> None:
        """Rarely: it is for good, and little happens afterwards."""
        if sure == 4:
            self.ask(t.message("stop", opts_out=True))

    @rule()
    def window_ends(self) -> None:
        self.ask(t.close_turn)

    @rule(n=st.integers(0, 3), reply=st.sampled_from((None, None, "somebody else's")))
    def ai_answers(self, n: int, reply: str | None) -> None:
        self.ask(t.answer(*WORDS[:n], reply=reply))

    @rule(n=st.integers(0, 2))
    def ai_fails(self, n: int) -> None:
        self.ask(t.fail_answer(*WORDS[:n]))

    @rule(index=INDEX)
    def runner_attempts(self, index: int) -> None:
        self.claims += 1
        self.ask(t.attempt(f"claim-{self.claims}", index))

    @rule(index=INDEX, age=INDEX)
    def runner_attempts_a_known_chunk(self, index: int, age: int) -> None:
        self.ask(t.attempt(self._claim(age), chunk=self._chunk(index)))

    @rule(result=st.sampled_from((t.not_called, t.rejected, t.failed, t.unknown)), age=INDEX)
    def attempt_ends(self, result: Any, age: int) -> None:
        self.ask(result(self._claim(age)))

    @rule(index=INDEX, age=INDEX)
    def success_comes_late(self, index: int, age: int) -> None:
        claim = self._claim(age)
        command = cc.RecordSent(
            **t.IDS, chunk=self._chunk(index), claim=claim, provider_id=f"out-{claim}", how=SentHow.QUERY
        )
        self.ask(command)

    @rule(word=st.sampled_from((*WORDS, "typed", None)), n=st.integers(0, 5), late=st.booleans())
    def own_number_writes(self, word: str | None, n: int, late: bool) -> None:
        self.ask(t.own_message(str(n), tag=None if word is None else f"tag of {word}", late=late))

    @rule(n=st.integers(0, 5), typed=st.booleans(), status=st.sampled_from(RECEIPT_STATUSES))
    def receipt_comes(self, n: int, typed: bool, status: str) -> None:
        self.ask(t.receipt(f"own-{n}" if typed else f"out-{self._claim(n)}", status))

    @rule()
    def people_take_the_floor(self) -> None:
        self.ask(t.take_floor())

    @rule(alone=st.integers(0, 4).map(lambda n: n == 0))
    def people_give_it_back(self, alone: bool) -> None:
        self.ask(t.give_floor_back(None if alone else t.ROSA))

    @rule(user=st.sampled_from(("ana", "bia", None)), team=st.sampled_from(("north", None)))
    def lead_is_given(self, user: str | None, team: str | None) -> None:
        """Whose a lead is moves nothing in its conversation."""
        self.ask(t.assign_lead(user, team))

    @rule(pick=st.integers(0, 9), expires=st.booleans())
    def effect_is_given_up(self, pick: int, expires: bool) -> None:
        rows = list(self.world.rows.open.values())
        if pick < len(rows):
            self.ask(_give_up(rows[pick].kind.value, rows[pick].key, expires))
        else:
            self.ask(_give_up("chunk", self._chunk(pick), expires))

    @rule(seconds=st.sampled_from((0.001, 1, 4, 30, 7200)))
    def time_passes(self, seconds: float) -> None:
        self.world.at += timedelta(seconds=seconds)

    @invariant()
    def effects_say_what_the_conversation_waits_for(self) -> None:
        check_effects(self.world.rows, t.talk(self.world), t.lead(self.world))

    @invariant()
    def turn_and_reply_exclude_each_other_and_people(self) -> None:
        talk = t.talk(self.world)
        assert [talk.turn is not None, talk.reply is not None, talk.people].count(True) <= 1

    @invariant()
    def nothing_goes_out_to_who_opted_out(self) -> None:
        talk = t.talk(self.world)
        assert not t.lead(self.world).opted_out or (talk.turn is None and talk.reply is None)

    @invariant()
    def an_open_turn_has_something_to_answer(self) -> None:
        talk = t.talk(self.world)
        assert talk.turn is None or talk.turn.last_message in talk.unanswered

    def teardown(self) -> None:
        """Looked at once a life: they read the whole of it."""
        assert self.world.replayed(t.STREAM) == t.talk(self.world), "the events alone give the state"
        self._no_message_is_forgotten()

    def _no_message_is_forgotten(self) -> None:
        """Each readable message is unanswered, being answered, or was answered by the Centurion or by people."""
        talk = t.talk(self.world)
        accounted = {*talk.unanswered, *(talk.reply.messages if talk.reply else ())}
        readable: set[str] = set()
        closed: dict[str, tuple[str, ...]] = {}
        for event in self.world.events:
            match event:
                case c.MessageReceived() if event.kind != "unsupported":
                    readable.add(event.message)
                case c.TurnClosed():
                    closed[event.reply] = event.messages
                case c.ReplyFinished():
                    accounted.update(closed[event.reply])
                case c.HumanMessageSent():
                    accounted |= readable
        for reply, messages in closed.items():
            if self._all_attempted(reply):
                accounted.update(messages)
        assert readable <= accounted

    def _all_attempted(self, reply: str) -> bool:
        """A reply that was stopped when its last words were under way counts as the answer."""
        chunks: set[str] = set()
        attempted: set[str] = set()
        for event in self.world.events:
            if isinstance(event, c.ReplyGenerated | c.ReplyFailed) and event.reply == reply:
                chunks = {chunk.chunk for chunk in event.chunks}
            elif isinstance(event, c.ChunkAttempted):
                attempted.add(event.chunk)
        return bool(chunks) and chunks <= attempted


def _give_up(kind: str, key: str, expires: bool) -> Command:
    if expires:
        return ExpireEffect(stream=t.STREAM, kind=kind, key=key)
    return AbandonEffect(stream=t.STREAM, kind=kind, key=key, code="refused")
