"""The small values that commands and events of a conversation share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.centurion.settings import OnFailure
from domain.kernel.sealed import AliasValue, MessageText


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """Who answers and how, read at the edge and carried (a foreign fact). *_ms: debounce, see CenturionSettings.
    rules: number of the company's rules of qualification in force, 0: none. dormant_ms: silence after which they say
    that a lead is asleep, 0: never."""

    centurion: str
    centurion_version: int
    window_ms: int
    cap_ms: int
    on_failure: OnFailure
    rules: int = 0
    dormant_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasRef:
    """One id of the person, as the vault knows it. alias_hash: HMAC hex; value: sealed."""

    scheme: str
    alias_hash: str
    value: AliasValue


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePosition:
    """Where the raw body stands in [ingress]. run: 0 for the first time, then counted."""

    partition: int
    offset: int
    run: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The open turn as an event carries it: what `close_turn` is due for.

    due is min(last receipt + window, first receipt + cap), on the log's clock, in microseconds since the epoch, as
    are first_us and last_us. last_message: the version of the effect.
    """

    turn: str
    first_us: int
    last_us: int
    due_us: int
    last_message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One piece of a reply, sent as one message. tag: keyed digest of the text, to know its echo by.

    seq counts from 0 within the reply. typing_ms: how long "composing" shows before it.
    """

    chunk: str
    seq: int
    text: MessageText
    tag: str
    typing_ms: int


class FloorReason(StrEnum):
    """Why people have the floor."""

    TAKEN_IN_LEGION = "taken_in_legion"
    TYPED_ON_PHONE = "typed_on_phone"
    AI_FAILED = "ai_failed"


class AskReason(StrEnum):
    """Why a human is asked to look, without taking the floor from the Centurion."""

    LATE_MESSAGE = "late_message"
    NO_CENTURION = "no_centurion"
    OUTCOME_UNKNOWN = "outcome_unknown"
    CHUNK_FAILED = "chunk_failed"
    EFFECT_ABANDONED = "effect_abandoned"
    EFFECT_EXPIRED = "effect_expired"
    OPTED_OUT_WRITES = "opted_out_writes"
    HANDED_OFF = "handed_off"


class CancelReason(StrEnum):
    """Why a reply in the making, or the rest of one, is not sent."""

    NEW_MESSAGE = "new_message"
    FLOOR_TAKEN = "floor_taken"
    OPT_OUT = "opt_out"
    OUTCOME_UNKNOWN = "outcome_unknown"
    CHUNK_FAILED = "chunk_failed"
    ABANDONED = "abandoned"
    EXPIRED = "expired"
    HANDED_OFF = "handed_off"


class SentHow(StrEnum):
    """How we know that a chunk was sent."""

    ANSWER = "answer"
    ECHO = "echo"
    QUERY = "query"
