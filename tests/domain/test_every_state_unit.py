"""Every command in every named state is decided or refused with a code, never another exception.

Also here, because it must hold for each of these pairs: the same command in the same state gives the same events, and
the events alone give the state again.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest

from domain.access.matrix import Role
from domain.commands import COMMANDS
from domain.contract.parts import AfterSigning
from domain.conversation.aggregate import Conversation
from domain.deal.parts import ActivityKind
from domain.kernel.command import Command
from domain.kernel.errors import Refused
from domain.kernel.event import Event
from domain.kernel.sealed import Sealed
from domain.lead.aggregate import Lead
from domain.lead.commands import ConfirmRerun, UpdateContact
from tests.domain import qualifying, reporting, sales, selling, signing, staff
from tests.domain import test_company_unit as company
from tests.domain import test_security_unit as security
from tests.domain.effect_rows import check_effects
from tests.domain.spec import START, Later, Step, World, later
from tests.domain.talk import (
    COMPLETE,
    FORGOTTEN,
    IDS,
    LEAD,
    STREAM,
    abandon,
    answer,
    assign_lead,
    attempt,
    close_journey,
    close_turn,
    delete,
    edit,
    erase,
    expire,
    fail_answer,
    failed,
    give_floor_back,
    message,
    not_called,
    opt_out_elsewhere,
    own_message,
    reaction,
    receipt,
    rejected,
    reply_now,
    sent,
    take_floor,
    talk,
    unknown,
)
from tests.domain.test_settings_unit import (
    CONFIRM,
    CREATE_ROSA,
    PAUSE,
    REACTIVATE,
    RESUME,
    SUSPEND,
    assign,
    create_company,
    create_instance,
    publish,
    report,
)

TASK: Final[dict[str, Any]] = {"kind": ActivityKind.TASK, "due_at": START}
ANSWERED: Final = (message(), close_turn, answer("one", "two"))

STATES: Final[dict[str, Sequence[Step]]] = {
    "nothing yet": (),
    "turn open": (message(),),
    "reply in the making": (message(), close_turn),
    "reply about to be sent": ANSWERED,
    "chunk attempted": (*ANSWERED, attempt()),
    "chunk open again": (*ANSWERED, attempt(), rejected()),
    "half sent": (*ANSWERED, attempt(), sent()),
    "last chunk attempted": (*ANSWERED, attempt(), sent(), attempt("c2")),
    "last chunk attempted, message waits": (*ANSWERED, attempt(), sent(), attempt("c2"), message("more")),
    "reply finished": (message(), close_turn, answer("one"), attempt(), sent()),
    "outcome unknown": (*ANSWERED, attempt(), unknown()),
    "chunk failed": (*ANSWERED, attempt(), failed()),
    "cancelled while attempted": (*ANSWERED, attempt(), message("more")),
    "next reply behind an attempt": (*ANSWERED, attempt(), message("more"), close_turn, answer("new")),
    "cancelled twice": (message(), close_turn, message("b"), close_turn, message("c"), close_turn),
    "fallback about to be sent": (message(), close_turn, fail_answer("sorry")),
    "AI failed": (message(), close_turn, fail_answer()),
    "people have the floor": (message(), take_floor()),
    "people have the floor while attempted": (*ANSWERED, attempt(), take_floor()),
    "people typed": (message(), own_message()),
    "opted out": (message(), message("stop", opts_out=True)),
    "opted out elsewhere with a turn": (message(), opt_out_elsewhere()),
    "opted out elsewhere while attempted": (*ANSWERED, attempt(), opt_out_elsewhere()),
    "receipt parked": (*ANSWERED, receipt("out-1", "read")),
    "journey closed": (message(), close_journey()),
    "journey closed while attempted": (*ANSWERED, attempt(), close_journey()),
    "message moved": (message(), close_journey(), message("more")),
    "erased": (message(), erase()),
    "erased while attempted": (*ANSWERED, attempt(), erase()),
    "forgotten": (message(), erase(), FORGOTTEN),
    "erasure completed": (message(), erase(), FORGOTTEN, COMPLETE),
    "settings there": (create_company(), CREATE_ROSA, create_instance()),
    "company archived": (create_company(), SUSPEND, company.ARCHIVE),
    "invited": (create_company(), staff.invite()),
    "user erased": (create_company(), *staff.member(), staff.DISABLE, staff.ERASE),
    "members with a role of the company's own": (
        create_company(),
        staff.define_role(),
        *staff.member(role=staff.OWN_ROLE),
        *staff.SUPER,
        staff.DISABLE,
    ),
    "teams with members": (create_company(), *staff.member(), staff.create_team(), staff.seat()),
    "pipelines in another order": (
        selling.create_pipeline(),
        selling.create_pipeline(selling.PARTNERS, "Partners"),
        selling.order(selling.PARTNERS, selling.SALES),
        selling.add_service(),
    ),
    "pipelines retired": (
        selling.create_pipeline(),
        selling.change_pipeline(stages=(selling.stage("Only"),)),
        selling.retire_pipeline(),
        selling.add_service(),
        selling.retire_service(),
    ),
    "assigned": (message(), assign_lead(staff.BIA, staff.INSIDE)),
    "known and qualified": (message(), sales.know(sales.fact("need")), sales.qualify()),
    "disqualified": (message(), sales.disqualify()),
    "handed off": (message(), sales.hand_off(), sales.value(), sales.activity("task", **TASK)),
    "handed off while attempted": (*ANSWERED, attempt(), sales.hand_off(assists=True)),
    "handoff undone": (message(), sales.hand_off(), sales.UNDO),
    "won": (message(), sales.hand_off(), sales.BRIEF, sales.win()),
    "lost and begun anew": (message(), sales.hand_off(), sales.lose(), sales.reopen()),
    "handed off and closed": (message(), sales.hand_off(), close_journey()),
    "handed off and erased": (message(), sales.hand_off(), erase()),
    "silence awaited": (sales.drowsy(),),
    "dormant": (sales.drowsy(), later(days=3), sales.asleep()),
    "turn to be read": (qualifying.message_by_rules(), close_turn),
    "turn read and handed over by rule": (
        qualifying.message_by_rules(),
        close_turn,
        qualifying.read(sales.fact("need"), sales.fact("budget"), intent="buy", handoff=qualifying.BY_RULE),
    ),
    "rules in force": (qualifying.publish(), qualifying.publish(threshold=1)),
    "rules withdrawn": (qualifying.publish(), qualifying.WITHDRAW),
    "templates": (signing.create_template(), signing.publish_template(name="Curso II")),
    "template retired": (signing.create_template(), signing.RETIRE_TEMPLATE),
    "contract drafted": signing.DRAFTED,
    "contract to be sent": (*signing.DRAFTED, signing.SEND),
    "contract attempted": signing.ATTEMPTED,
    "contract open again": (*signing.ATTEMPTED, signing.not_called()),
    "contract failed": (*signing.ATTEMPTED, signing.failed()),
    "contract unknown": (*signing.ATTEMPTED, signing.unknown()),
    "contract searched": (*signing.ATTEMPTED, signing.unknown(), signing.SEARCH),
    "contract out": signing.OUT,
    "contract out, cancel and mail asked": (*signing.OUT, signing.CANCEL, signing.resend()),
    "contract signed by one": (*signing.OUT, signing.state(signing.seen("us", signed=START))),
    "link said": (*signing.OUT, signing.say_link()),
    "link said and attempted": (*signing.OUT, signing.say_link(), attempt()),
    "contract signed": (*signing.OUT, signing.all_signed()),
    "contract expired": (*signing.OUT, signing.state(passed=True)),
    "contract out and erased": (*signing.OUT, erase()),
    "reported": (message(), sales.qualify(), reporting.attempt_report()),
    "report accepted": (message(), sales.qualify(), reporting.attempt_report(), reporting.accept_report),
    "report held": (message(), sales.qualify(), reporting.hold_report()),
    "report skipped": (message(), sales.qualify(), reporting.skip_report()),
    "report unknown": (message(), sales.qualify(), reporting.attempt_report(), reporting.unknown_report),
    "pixel added": (reporting.add_pixel(),),
    "pixel released": (reporting.add_pixel(), reporting.set_token()),
    "pixel held": (reporting.add_pixel(), reporting.set_token(), reporting.hold_pixel()),
    "settings used": (create_company(), CONFIRM, SUSPEND, CREATE_ROSA, PAUSE, create_instance(), report()),
}

OPEN_KEYS: Final[dict[str, Callable[[World], str]]] = {
    "close_turn": lambda world: turn.turn if (turn := talk(world).turn) else "none",
    "reply": lambda world: reply_now(world).reply,
    "chunk": lambda world: pending[0].chunk if (pending := reply_now(world).pending) else "none",
    "extract": lambda world: talk(world).key,
    "resolve": lambda world: attempt.piece.chunk if (attempt := talk(world).attempt) else "none",
}
"""The key of the open effect of each kind."""

STEPS: Final[tuple[Step, ...]] = (
    message(),
    message("new"),
    message("late", late=True),
    message("stop now", opts_out=True),
    message("alone", handling=None),
    own_message("typed anew"),
    own_message("one"),
    edit(),
    delete(),
    reaction(),
    receipt("out-1", "read"),
    receipt("strange", "sent"),
    take_floor(),
    give_floor_back(),
    close_turn,
    answer("x", "y"),
    answer("x", reply="cancelled long ago"),
    fail_answer(),
    fail_answer("sorry"),
    attempt("fresh"),
    attempt("fresh", index=1),
    *(result() for result in (not_called, rejected, sent, failed, unknown)),
    *(result(claim="c2") for result in (not_called, rejected, sent, failed, unknown)),
    *(give_up(kind, key) for give_up in (abandon, expire) for kind, key in OPEN_KEYS.items()),
    assign_lead(staff.ANA),
    assign_lead(),
    sales.know(sales.fact("budget"), intent="buy"),
    sales.know(sales.fact("need"), sales.fact("budget"), intent="buy", handoff=qualifying.BY_RULE),
    qualifying.read(sales.fact("need"), intent="rent"),
    qualifying.read(sales.fact("need"), sales.fact("budget"), intent="buy", handoff=qualifying.BY_RULE, reply="other"),
    sales.drowsy("again"),
    sales.asleep(),
    sales.asleep(1),
    sales.qualify("e1"),
    sales.disqualify(),
    sales.reopen(),
    sales.told_touch(),
    sales.consent(),
    sales.hand_off(),
    sales.hand_off(deal="another"),
    sales.UNDO,
    sales.move(),
    sales.value(),
    sales.win(),
    sales.lose(),
    sales.REOPEN_DEAL,
    sales.BRIEF,
    sales.activity(),
    sales.DONE,
    signing.create_template(),
    signing.publish_template(name="Curso III"),
    signing.RETIRE_TEMPLATE,
    signing.draft(),
    signing.draft(contract="another"),
    signing.SEND,
    signing.CANCEL,
    signing.resend(),
    signing.resend("client"),
    signing.SEARCH,
    signing.NEVER_MADE,
    signing.attempt("k2"),
    *(result() for result in (signing.not_called, signing.rejected, signing.failed, signing.unknown, signing.sent)),
    signing.hint(),
    signing.all_signed(),
    signing.all_signed(AfterSigning(place=sales.OFFERED, wins=False, reason=None)),
    signing.state(signing.seen("client", viewed=START)),
    signing.state(signing.seen("client", refused=START)),
    signing.state(gone=True),
    signing.CANCELLED,
    signing.CANCEL_REFUSED,
    signing.resent(),
    signing.say_link(),
    signing.NO_LINK,
    *(signing.abandon(kind) for kind in signing.EFFECTS),
    close_journey(),
    UpdateContact(lead=LEAD, name=Sealed(b"n"), name_digest="another"),
    ConfirmRerun(lead=LEAD, provider_id="in-more", run=1),
    erase(),
    FORGOTTEN,
    COMPLETE,
    create_company(),
    CONFIRM,
    SUSPEND,
    REACTIVATE,
    company.rename(),
    company.new_slug(),
    company.settings(currency="EUR"),
    company.ARCHIVE,
    staff.define_role(),
    staff.change_role("lead:read"),
    staff.RETIRE,
    staff.invite(),
    staff.accept(),
    staff.MAILED,
    staff.ASK_AGAIN,
    staff.REVOKE,
    staff.RENAME,
    staff.TERMS,
    staff.DISABLE,
    staff.ERASE,
    staff.FORGOTTEN,
    staff.ENABLE,
    staff.create_team(),
    staff.rename_team("Field"),
    staff.seat(),
    staff.unseat(),
    staff.retire_team(),
    staff.give(Role.MANAGER),
    staff.remove(),
    selling.create_pipeline(),
    selling.change_pipeline(stages=(selling.stage("Other"),)),
    selling.retire_pipeline(),
    selling.order(selling.SALES, selling.PARTNERS),
    selling.add_service(),
    selling.change_service(price=1),
    selling.retire_service(),
    qualifying.publish(),
    qualifying.publish(threshold=2),
    qualifying.WITHDRAW,
    reporting.add_pixel(),
    reporting.change_pixel(limited=True),
    reporting.set_token("t2"),
    reporting.hold_pixel(),
    reporting.RELEASE_PIXEL,
    reporting.CAUGHT_UP,
    reporting.RETIRE_PIXEL,
    reporting.attempt_report(),
    reporting.hold_report(),
    reporting.skip_report(),
    reporting.request_report(),
    reporting.request_report(anyway=True),
    reporting.release_report,
    reporting.refuse_report(),
    reporting.accept_report,
    reporting.unknown_report,
    reporting.expire_report,
    CREATE_ROSA,
    publish(name="Rosa II"),
    PAUSE,
    RESUME,
    create_instance(),
    assign(CREATE_ROSA.centurion),
    report(),
    report(status="closed"),
    security.ACT,
    security.FAILURES,
    security.READS,
)


def play(steps: Sequence[Step]) -> World:
    world = World()
    for step in steps:
        world.take(step)
    return world


def outcome(world: World, step: Step) -> list[Event] | tuple[str, str]:
    try:
        return world.take(step)
    except Refused as refusal:
        return refusal.code, refusal.detail


@pytest.mark.parametrize("state", STATES)
def test_every_command_is_decided_or_refused_with_a_code(state: str) -> None:
    start = play(STATES[state])
    for step in STEPS:
        world, twin = copy.deepcopy(start), copy.deepcopy(start)
        result = outcome(world, step)
        assert result == outcome(twin, step), "the same command in the same state"
        if isinstance(result, tuple):
            assert re.fullmatch(r"[a-z]+(_[a-z]+)*", result[0])
        else:
            assert result, "a decider that has nothing to say says why"
        for name, stream in world.streams.items():
            assert world.replayed(name) == stream
        signing.check_rows(world)
        check_effects(world.rows, world.stream(Conversation, IDS["conversation"]), world.stream(Lead, LEAD))


def test_the_table_asks_every_command() -> None:
    world = World()
    asked = {type(step if isinstance(step, Command) else step(world)) for step in STEPS if not isinstance(step, Later)}
    assert asked == set(COMMANDS.values())
    assert talk(world).id == STREAM
