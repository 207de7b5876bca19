"""Request rules: what they match, in which order, and what an operator is told of a wrong one."""

from __future__ import annotations

import re
import time
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.edge.rules import MAX_VALUE, Judgement, Rule, Seen, judge, parse_rules
from api.edge.window import Windows


def rules(*made: dict[str, Any]) -> tuple[Rule, ...]:
    return parse_rules(orjson.dumps(made).decode())


def seen(path: str = "/v1/leads", *, country: str = "", address: str = "203.0.113.9", **headers: str) -> Seen:
    return Seen(path, {name.replace("_", "-"): value for name, value in headers.items()}, country, address)


def judged(made: tuple[Rule, ...], request: Seen) -> Judgement:
    return judge(made, request, Windows(60))


def rule(**more: Any) -> dict[str, Any]:
    return {"id": "r", "action": "block", **more}


@pytest.mark.parametrize(
    ("condition", "matching", "other"),
    [
        ({"path": "/v1/auth/*"}, seen("/v1/auth/login"), seen("/v1/leads")),
        ({"path": "/v1/leads"}, seen("/v1/leads"), seen("/v1/leads/1")),
        ({"headers": {"user-agent": "*sqlmap*"}}, seen(user_agent="sqlmap/1.7"), seen(user_agent="axios")),
        ({"headers": {"user-agent": "*"}}, seen(user_agent=""), seen()),
        ({"countries": ["BR", "PT"]}, seen(country="PT"), seen(country="US")),
        ({"countries": ["BR"]}, seen(country="BR"), seen(country="")),
        ({"addresses": ["203.0.113.0/24"]}, seen(), seen(address="198.51.100.1")),
        ({"addresses": ["2001:db8::/32"]}, seen(address="2001:db8::1"), seen(address="unknown")),
        ({"path": "/v1/*", "countries": ["BR"]}, seen(country="BR"), seen("/docs", country="BR")),
    ],
)
def test_a_rule_matches_where_all_its_conditions_hold(condition: dict[str, Any], matching: Seen, other: Seen) -> None:
    made = rules(rule(**condition))
    assert judged(made, matching).blocked_by == made[0]
    assert judged(made, other) == Judgement((), None)


def test_the_first_that_ends_the_matter_ends_it() -> None:
    made = rules(
        {"id": "tally", "action": "count", "path": "*"},
        {"id": "trial", "action": "block", "mode": "simulate", "path": "*"},
        {"id": "office", "action": "allow", "addresses": ["203.0.113.0/24"]},
        {"id": "rest", "action": "block", "path": "*"},
        {"id": "never", "action": "count", "path": "*"},
    )
    office, other = judged(made, seen()), judged(made, seen(address="198.51.100.1"))
    assert ([each.id for each in office.matched], office.blocked_by) == (["tally", "trial", "office"], None)
    assert [each.id for each in other.matched] == ["tally", "trial", "rest"]
    assert other.blocked_by == made[3]


def test_a_rate_matches_what_is_beyond_it_of_each_address_and_of_nothing_else() -> None:
    [made] = rules(rule(path="/v1/auth/*", rate={"requests": 3, "seconds": 60}))
    now = [0.0]
    counts = Windows(3600, clock=lambda: now[0])

    def blocked(request: Seen) -> bool:
        return judge((made,), request, counts).blocked_by is not None

    login = seen("/v1/auth/login")
    assert [blocked(seen()) for _ in range(10)] == [False] * 10
    assert [blocked(login) for _ in range(5)] == [False, False, False, True, True]
    assert not blocked(seen("/v1/auth/login", address="198.51.100.1"))
    now[0] = 60.0
    assert not blocked(login)


ANY_RULE = st.fixed_dictionaries(
    {
        "action": st.sampled_from(["block", "count", "allow"]),
        "mode": st.sampled_from(["enforce", "simulate"]),
        "path": st.sampled_from(["*", "/v1/*", "/v1/leads", "/nothing"]),
    }
)


@given(st.lists(ANY_RULE, max_size=8))
def test_simulated_rules_change_nothing_for_the_request(drawn: list[dict[str, Any]]) -> None:
    made = rules(*({"id": f"r{index}", **each} for index, each in enumerate(drawn)))
    enforced = tuple(each for each in made if each.mode == "enforce")
    assert judged(made, seen()).blocked_by == judged(enforced, seen()).blocked_by


@given(st.lists(ANY_RULE, max_size=8))
def test_nothing_is_looked_at_behind_what_ended_the_matter(drawn: list[dict[str, Any]]) -> None:
    made = rules(*({"id": f"r{index}", **each} for index, each in enumerate(drawn)))
    judgement = judged(made, seen())
    ended = [each.mode == "enforce" and each.action != "count" for each in judgement.matched]
    assert not any(ended[:-1])
    assert (judgement.blocked_by is None) == (not ended or not ended[-1] or judgement.matched[-1].action == "allow")


@given(st.text(max_size=200), st.text(min_size=1, max_size=100))
def test_any_glob_over_any_value_ends(value: str, glob: str) -> None:
    made = rules(rule(headers={"x": glob}))
    assert judged(made, Seen("/", {"x": value}, "", "")).matched in ((), made)


def test_a_glob_that_would_blow_up_a_regular_expression_does_not() -> None:
    made = rules(rule(headers={"x": "*a" * 90 + "b"}))
    began = time.process_time()
    assert judged(made, seen(x="a" * MAX_VALUE * 10)).blocked_by is None
    assert time.process_time() - began < 2  # as a regular expression with backtracking: longer than the universe


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not JSON"),
        ('{"id": "x"}', "a JSON list"),
        ("[1]", "rule 0 ()"),
        ('[{"id": "x", "action": "block"}]', "rule 0 (x): Value error, needs a condition"),
        ('[{"id": "X!", "action": "block", "path": "*"}]', "rule 0 (X!): id: String should match"),
        ('[{"id": "x", "action": "ban", "path": "*"}]', "rule 0 (x): action: Input should be"),
        ('[{"id": "x", "action": "block", "path": "*", "mode": "try"}]', "rule 0 (x): mode"),
        ('[{"id": "x", "action": "block", "pth": "*"}]', "rule 0 (x): pth: Extra inputs"),
        ('[{"id": "x", "action": "block", "addresses": ["10.0.0.1/8"]}]', "rule 0 (x): addresses.0"),
        ('[{"id": "x", "action": "block", "countries": ["Brazil"]}]', "rule 0 (x): countries.0"),
        ('[{"id": "x", "action": "block", "headers": {"User-Agent": "*"}}]', "rule 0 (x): headers.User-Agent"),
        ('[{"id": "x", "action": "block", "rate": {"requests": 0, "seconds": 1}}]', "rule 0 (x): rate.requests"),
        (
            '[{"id": "x", "action": "count", "path": "*"}, {"id": "x", "action": "count", "path": "*"}]',
            "id x is used twice",
        ),
        (str([{"id": f"x{n}", "action": "count", "path": "*"} for n in range(101)]).replace("'", '"'), "at most 100"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_place(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        parse_rules(text)
