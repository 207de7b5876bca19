"""Runs cases against the real API, and says what is wrong.

First the calls with another company's ids, none of which may do anything, and those with the ids of a lead that not
everybody sees; then everybody's with the company's own ids, those that are refused before those that are allowed. What
an allowed call uses up was made for it alone (`Entry.uses`).
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import httpx

from tests.isolation import witness
from tests.isolation.answers import Answer, unlike
from tests.isolation.cases import Case, Verdict, foreign_cases, own_cases, sight_cases, untested
from tests.isolation.cast import Actor
from tests.isolation.entry import Fill, New, Of, Own, Position, names_company, request, values_of
from tests.isolation.estate import Estate
from tests.isolation.hidden import secrets_of, unknown_to_all
from tests.isolation.operations import Operation
from tests.isolation.players import Player

AT_ONCE: Final = 8
"""Calls under way: the API has more connections than that, and two cores."""


@dataclass(slots=True)
class Report:
    """faults: what is wrong, in words; `leak`: something of another company, or of a lead that is not seen, was told or
    changed; `grant`: somebody may what the matrix does not say, or may not what it says; `hollow`: nobody's call with
    own ids got through, so that its refusals prove nothing; `broken`: 5xx, or too many calls."""

    operations: int = 0
    cases: int = 0
    untested: list[str] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(kind for kind, _ in self.faults)
        kinds = {f"{kind}s": found[kind] for kind in ("leak", "grant")}
        rest = {kind: found[kind] for kind in ("hollow", "broken")}
        return {"operations": self.operations, "cases": self.cases, **kinds, **rest, "untested": len(self.untested)}

    def __str__(self) -> str:
        head = "S1 isolation: " + ", ".join(f"{name} {count}" for name, count in self.counts.items())
        return "\n".join((head, *(f"  {kind}: {said}" for kind, said in self.faults), *self.untested))


@dataclass(frozen=True, slots=True)
class Stage:
    """own: the company that is called upon. other: whose ids are nobody's business there. hidden: own, with the lead
    that only its team sees."""

    http: httpx.AsyncClient
    own: Estate
    other: Estate
    hidden: Estate
    players: Mapping[str, Player]


async def run(stage: Stage, operations: Iterable[Operation], actors: Iterable[Actor]) -> Report:
    operations, actors = tuple(operations), tuple(actors)
    report = Report(operations=len(operations), untested=untested(operations))
    known = [each for each in operations if each.name not in set(report.untested)]
    before = await _witnessed(stage)
    await _all(_foreign(stage, report, case) for case in foreign_cases(known, actors))
    await _all(_sight(stage, report, case) for case in sight_cases(known, actors))
    own = list(own_cases(known, actors))
    reached: dict[str, set[int]] = defaultdict(set)
    await _all(_own(stage, report, case, reached) for case in own if case.verdict is not Verdict.ALLOWED)
    for case in own:  # one by one: what one changes, the next one finds
        if case.verdict is Verdict.ALLOWED:
            await _own(stage, report, case, reached)
    for table, rows in (await _witnessed(stage)).items():
        if before[table] != rows:
            report.faults.append(("leak", f"{table}: {before[table][0]} rows, then {rows[0]}"))
    _hollow(report, own, reached)
    return report


async def _witnessed(stage: Stage) -> dict[str, tuple[int, str]]:
    """What no call may change."""
    other, hidden = await witness.state(stage.other), await witness.state_of_lead(stage.hidden)
    return {f"{table} of the other company": rows for table, rows in other.items()} | {
        f"{table} of the hidden lead": rows for table, rows in hidden.items()
    }


async def _all(calls: Iterable[Any]) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(call: Any) -> None:
        async with gate:
            await call

    await asyncio.gather(*map(one, calls))


async def _foreign(stage: Stage, report: Report, case: Case) -> None:
    """Another's id and nobody's are answered alike, and nothing of the other company stands in either."""
    assert case.position is not None
    theirs = stage.other.ids[case.position.kind]
    foreign, unknown = [await _call(stage, case, stage.own, id_) for id_ in (theirs, unlike(theirs, str(uuid4())))]
    _compare(stage, report, case, foreign, unknown)


async def _sight(stage: Stage, report: Report, case: Case) -> None:
    """For who does not see the lead, its ids are nobody's; to who does, it shows."""
    answer = await _call(stage, case, stage.hidden, None)
    if not case.actor.sees_all_leads:
        _compare(stage, report, case, answer, await _call(stage, case, unknown_to_all(stage.hidden), None))
        return
    _compare(stage, report, case, answer)
    if case.verdict is Verdict.ALLOWED and not answer.tells(secrets_of(stage.hidden)):
        report.faults.append(("grant", f"{case}: {_short(answer)} does not show it"))


def _compare(stage: Stage, report: Report, case: Case, answer: Answer, *nobodys: Answer) -> None:
    """nobodys: the answer with ids that nobody has."""
    report.cases += 1 + len(nobodys)
    for unknown in nobodys:
        if answer.blanked() != unknown.blanked():
            report.faults.append(("leak", f"{case}: {_short(answer)}, of nobody's id {_short(unknown)}"))
    for each in (answer, *nobodys):
        _look(stage, report, case, each)
    expected = {Verdict.UNKNOWN: 401, Verdict.FORBIDDEN: 403}.get(case.verdict)
    if expected is not None and answer.status != expected:
        report.faults.append(("grant", f"{case}: {_short(answer)} instead of {expected}"))


async def _own(stage: Stage, report: Report, case: Case, reached: dict[str, set[int]]) -> None:
    """Allowed exactly if the matrix says so."""
    allowed = case.verdict is Verdict.ALLOWED
    estate = await stage.own.anew(dict(case.entry.uses)) if allowed and case.entry.uses else stage.own
    answer = await _call(stage, case, estate, None)
    report.cases += 1
    _look(stage, report, case, answer)
    if allowed:
        reached[case.operation.name].add(answer.status)
        refused = answer.status in {401, 403}
    else:
        refused = answer.status == int(case.verdict.value)
    if refused is allowed:
        report.faults.append(("grant", f"{case}: {_short(answer)}, the matrix says {case.verdict.value}"))


def _look(stage: Stage, report: Report, case: Case, answer: Answer) -> None:
    if answer.status >= 500 or answer.status == 429:
        report.faults.append(("broken", f"{case}: {_short(answer)}"))
    hidden: set[str] = set()
    if not case.actor.stranger and (names_company(case.operation, case.entry) or not case.actor.knows_other):
        hidden |= _secrets(stage.other)
    if not case.actor.belongs and case.operation.permission is not None:
        hidden |= _secrets(stage.own)
    if case.entry.people:  # where a session was begun is no secret to who began it
        hidden.discard(stage.own.ids["company"])
    if not case.actor.sees_all_leads:
        hidden |= secrets_of(stage.hidden)
    if told := answer.tells(hidden):
        report.faults.append(("leak", f"{case}: {_short(answer)} tells {sorted(told)}"))


def _secrets(estate: Estate) -> set[str]:
    return {estate.mark, *estate.ids.values()}


def _short(answer: Answer) -> str:
    return f"{answer.status} {answer.code or answer.text[:80]!r}"


def _hollow(report: Report, cases: list[Case], reached: Mapping[str, set[int]]) -> None:
    for name, wanted in {case.operation.name: case.entry.reaches for case in cases}.items():
        if not any(status == wanted or 200 <= status < 300 for status in reached[name]):
            report.faults.append(("hollow", f"{name}: {sorted(reached[name])}, never {wanted}"))


async def _call(stage: Stage, case: Case, estate: Estate, swapped: str | None) -> Answer:
    """swapped: what stands at the case's position."""
    player = stage.players[case.actor.name]
    wanted = {value.what for value in values_of(case.entry) if isinstance(value, Own)}
    own = {what: await player.own(what, for_use=case.may_succeed) for what in wanted}
    sent: set[str] = set()
    made = request(case.operation, case.entry, _filling(case, estate, swapped, own, sent), company=case.company)
    headers = await player.headers() | dict(made.headers)
    body = {} if made.body is None else {"content" if isinstance(made.body, bytes) else "json": made.body}
    asked = stage.http.build_request(made.method, made.path, params=dict(made.query), headers=headers, **body)
    response = await stage.http.send(asked, stream=case.entry.streams)
    if case.entry.streams and response.status_code == 200:
        text = await anext(response.aiter_text())
        await response.aclose()
    else:
        text = (await response.aread()).decode(errors="replace")  # a PDF is no text
    if case.entry.ends_session and response.is_success:
        player.password = own.get("next_password", player.password)
        await player.log_in()
    names = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, names, text, frozenset(sent))


def _filling(case: Case, estate: Estate, swapped: str | None, own: Mapping[str, str], sent: set[str]) -> Fill:
    def fill(position: Position | None, value: Of | New | Own) -> str:
        if isinstance(value, Own):
            return own[value.what]
        if isinstance(value, New):
            return value.form.format(uuid4().hex[:20])
        id_ = swapped if swapped is not None and position == case.position else estate.ids[value.kind]
        sent.add(id_)
        return value.form.format(id_)

    return fill
