"""A company with people in teams and out of them, and a lead for every way in which one may be somebody's."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from domain.access.sight import Scope, Sight
from domain.conversation import events as c
from domain.conversation.parts import AskReason
from domain.kernel.ids import HOLDING, HOLDING_TENANT, derived
from domain.lead import events as ld
from domain.lead.parts import AssignReason
from domain.people import events as p
from domain.team import events as t
from proof.ground.contracts import refused_by
from proof.ground.deals import sold_to
from proof.ground.histories import COMPANY, Log, Story, set_up
from proof.ground.reports import told_to_meta

ANA, BIA, CAIO, DORA, GONE = (derived("user", name) for name in ("ana", "bia", "caio", "dora", "gone"))
NORTH, SOUTH, OLD = (derived("team", name) for name in ("north", "south", "old"))

SEATS = {NORTH: {ANA, BIA}, SOUTH: {CAIO}}
"""Of teams that go on. Dora is a member in no team; Gone was in the north and left; the old team is retired."""

MEMBERS = {ANA, BIA, CAIO, DORA}


@dataclass(frozen=True, slots=True)
class Owned:
    """A lead and whose it is."""

    story: Story
    user: str | None
    team: str | None


def sees(sight: Sight, user: str | None, team: str | None) -> bool:
    """The oracle: what `domain.access.sight` says, in other words."""
    mine = {id_ for id_, users in SEATS.items() if sight.user in users}
    match sight.scope:
        case Scope.COMPANY:
            return True
        case Scope.OWN:
            return user == sight.user or (user is None and (team is None or team in mine))
        case Scope.TEAM:
            beside = {other for id_ in mine for other in SEATS[id_]}
            nobodys = user not in MEMBERS and team not in SEATS
            return user == sight.user or user in beside or team in mine or nobodys
    raise AssertionError(sight.scope)


def people_and_teams(log: Log) -> None:
    """As the deciders would have said it."""
    members, teams = f"members-{COMPANY}", f"teams-{COMPANY}"
    log.commit(
        HOLDING_TENANT, HOLDING,
        *(log.event(members, p.MemberAdded, company=COMPANY, user=user, role="sdr")
          for user in (ANA, BIA, CAIO, DORA, GONE)),
        *(log.event(teams, t.TeamCreated, company=COMPANY, team=team, name=team) for team in (NORTH, SOUTH, OLD)),
        *(log.event(teams, t.TeamMemberAdded, company=COMPANY, team=team, user=user)
          for team, user in ((NORTH, ANA), (NORTH, BIA), (NORTH, GONE), (SOUTH, CAIO), (OLD, DORA))),
        log.event(teams, t.TeamMemberRemoved, company=COMPANY, team=NORTH, user=GONE),
        log.event(members, p.MemberRemoved, company=COMPANY, user=GONE, role="sdr"),
        log.event(teams, t.TeamRetired, company=COMPANY, team=OLD, members=(DORA,)),
    )  # fmt: skip


def assigned(story: Story, user: str | None, team: str | None) -> None:
    story.commit(
        story.log.event(
            story.lead_stream, ld.LeadAssigned, lead=story.lead, user=user, team=team, reason=AssignReason.DISTRIBUTION
        )
    )


def lived(story: Story) -> None:
    """Something in every table."""
    story.arrives()
    story.writes()
    story.turn_closes()
    story.replies(chunks=2)
    story.attempts(1, 0)
    story.sends(1, 0)
    sold_to(story)
    refused_by(story)
    told_to_meta(story)
    story.commit(
        story.on(c.ReceiptRecorded, provider_id=f"out-{story.lead[:8]}-1-0", status="read", provider_at=None, code=None)
    )


def owned_leads(log: Log) -> list[Owned]:
    """All of them, lived; the last event of each is one that quarantines its journey."""
    set_up(log)
    people_and_teams(log)
    found = []
    for user, team in product((None, *sorted((ANA, BIA, CAIO, DORA, GONE))), (None, NORTH, SOUTH, OLD)):
        story = Story(log, f"of {user} for {team}")
        lived(story)
        if (user, team) != (None, None):
            assigned(story, user, team)
        story.commit(
            log.event(
                story.stream, c.HumanAsked, version=99, conversation=story.conversation, reason=AskReason.LATE_MESSAGE
            )
        )
        found.append(Owned(story, user, team))
    return found


SIGHTS = tuple(
    Sight(scope, user) for scope in (Scope.TEAM, Scope.OWN) for user in (ANA, BIA, CAIO, DORA, GONE, derived("nobody"))
)
