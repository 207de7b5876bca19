"""Every harmless command of every book, run on a healthy stack; and what the operator's commands say of it."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest

from proof.ground.stack import operate
from proof.servers import data_folder
from tests.runbooks.book import Block, blocks, books, statements
from tests.runbooks.field import Field

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def field() -> Iterator[Field]:
    with data_folder("books") as folder:
        made = Field(folder)
        try:
            made.start()
            made.seed()
            yield made
        finally:
            made.close()


def test_every_harmless_command_of_every_book_runs(field: Field) -> None:
    """Each once, in the order of the books: what one sets, later ones of its block use."""
    commands = dict.fromkeys(each for book in books() for block in blocks(book, "") for each in statements(block))
    assert len(commands) >= 20  # the control: they are found
    told = field.run(Block("all", "", 0, "".join(commands)))
    assert "all is well" in told
    assert "chain verified" in told
    assert "all is as the code says" in told
    assert '"status":"ready"' in told


def test_control_a_command_that_fails_is_told(field: Field) -> None:
    (block, *_) = blocks("broker-gone.md", "")
    with pytest.raises(AssertionError, match="exit 3"):
        field.run(block, type(block)("x", "", 0, "(exit 3)"))


def test_a_dead_letter_is_seen_in_status_and_listed_and_run_again(field: Field) -> None:
    assert field.stack is not None
    assert field.posts(b"{not json") == 200

    def letters() -> list[dict[str, object]]:
        assert field.stack is not None
        told = operate(field.stack, "dlq", "list", "--waiting", "--json").stdout
        return [orjson.loads(line) for line in told.splitlines()]

    while not (found := letters()):
        pass  # each look takes a second
    assert found[0]["code"] == "not_understood"
    status = field.status()
    assert status["dlq"] is not None
    position = str(found[0]["position"])
    retried = operate(field.stack, "dlq", "retry", position)
    assert (retried.returncode, orjson.loads(retried.stdout)["run"]) == (0, 1)
    again = operate(field.stack, "dlq", "retry", position)
    assert (again.returncode, orjson.loads(again.stderr)["code"]) == (1, "already_resent")
