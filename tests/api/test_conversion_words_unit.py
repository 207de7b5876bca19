"""Every code that a conversion or a pixel can say has words in three languages."""

from __future__ import annotations

from dataclasses import astuple

from api.conversion_words import CODES, words_of
from domain.conversion.parts import SkipReason, UnknownReason
from domain.pixel.settings import HoldReason
from gateways.meta import causes, rules


def test_every_reason_and_cause_has_words() -> None:
    of_meta = [*causes.SUBCODES.values(), *causes.TOKEN_SUBCODES.values()]
    named = [each for each in vars(causes).values() if isinstance(each, causes.Cause)]
    codes = {each.code for each in (*of_meta, *named)} | {*SkipReason, *UnknownReason, *HoldReason}
    assert codes <= CODES
    ours = {"too_old", "in_future", "user_missing", "user_too_broad", "value_missing", "currency_missing"}
    assert ours <= CODES
    assert rules.OLDEST_S == 7 * 86_400, "as the words say"


def test_words_differ_by_language_and_a_strange_code_stands_for_itself() -> None:
    for code in CODES:
        assert len(set(astuple(words_of(code)))) == 4, code
    assert words_of("never_heard_of").en == "never_heard_of"
