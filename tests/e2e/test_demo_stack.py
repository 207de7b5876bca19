"""The two things a newcomer does first: `legion demo --once` tells the story, and nothing is left behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from cli.demo.report import Summary
from proof.ground.stack import legion, none_left, operate, processes_of, wait_ready
from proof.servers import data_folder

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]
DEMO_S = 240.0
GONE_S = 15.0
"""For processes that lost their parent; Kafka's own shutdown takes half a second, all on a busy machine."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Outside of pytest's 0700 folders, which PostgreSQL's account may not enter."""
    with data_folder("e2e") as made:
        yield made


def run_demo(folder: Path) -> Summary:
    with legion(folder, "demo", "--once") as stack:
        code = stack.process.wait(DEMO_S)
        assert code == 0, stack.tail()
        assert none_left(stack.data, GONE_S) == {}
        return Summary(**orjson.loads(stack.out.read_bytes().splitlines()[-1]))


def test_the_demo_tells_its_story_and_proves_it(folder: Path) -> None:
    check(run_demo(folder))


@pytest.mark.slow
def test_the_demo_continues_on_its_data(folder: Path) -> None:
    first, second = run_demo(folder), run_demo(folder)
    check(first)
    assert (second.chain, second.rebuild_equal) == ("verified", True)
    assert (second.messages_in, second.replies_out) == (18, 8)
    assert (second.deals, second.contracts_signed, second.purchases_accepted) == (2, 2, 2)
    assert second.events > first.events


def check(first: Summary) -> None:
    """Of a demo on an empty folder."""
    assert (first.chain, first.rebuild_equal) == ("verified", True)
    # Three are one turn; a fourth cancels, one reply to all; who buys is answered twice.
    assert (first.messages_in, first.replies_out) == (9, 4)
    assert (first.deals, first.contracts_signed, first.purchases_accepted) == (1, 1, 1)
    assert first.replies_out <= first.turns < first.messages_in
    assert first.chunks >= first.replies_out
    assert first.events > first.messages_in + first.chunks
    assert first.clickhouse_rows >= first.events
    assert 0 < first.seconds < DEMO_S


@pytest.mark.slow
def test_up_that_is_killed_leaves_no_orphan(folder: Path) -> None:
    with legion(folder, "up") as stack:
        wait_ready(stack)
        assert len(processes_of(stack.data)) > 8  # the control: the search finds the servers and our processes
        stack.process.kill()
        stack.process.wait()
        assert none_left(stack.data, GONE_S) == {}


@pytest.mark.slow
def test_up_serves_an_operators_commands_and_stops_in_order_at_a_signal(folder: Path) -> None:
    with legion(folder, "up") as stack:
        wait_ready(stack)
        verified = operate(stack, "audit", "verify", "--json")
        assert (verified.returncode, orjson.loads(verified.stdout)["chain"]) == (0, "verified")
        nobody = operate(stack, "audit", "show", "nobody")
        assert (nobody.returncode, orjson.loads(nobody.stderr)["code"]) == (1, "journey_not_found")
        stack.process.terminate()
        assert stack.process.wait(GONE_S) == 0, stack.tail()
        assert none_left(stack.data, GONE_S) == {}
