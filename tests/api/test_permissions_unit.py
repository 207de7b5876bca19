"""docs/permissions.md: up to date, whole, and a check that sees what is not."""

from __future__ import annotations

from pathlib import Path

from api import permissions
from api.app import document
from domain.access.matrix import EVERYBODY, PEOPLE, Role
from domain.access.meaning import DUTY, MEANING


def test_the_page_is_up_to_date() -> None:
    assert permissions.main(["--check"]) == 0, "run python -m api.permissions"


def test_a_page_that_is_not_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "permissions.md"
    assert permissions.main(["--check"], file=page) == 1
    assert permissions.main([], file=page) == 0
    assert permissions.main(["--check"], file=page) == 0
    page.write_text(page.read_text().replace("● |", "|", 1))
    assert permissions.main(["--check"], file=page) == 1


def test_every_permission_of_people_and_every_role_is_explained_in_one_line() -> None:
    assert set(MEANING) == PEOPLE | EVERYBODY
    assert set(DUTY) == set(Role)
    for line in (*MEANING.values(), *DUTY.values()):
        assert line.endswith(".")
        assert len(line) < 100


def test_every_route_is_on_the_page_once() -> None:
    page = permissions.render()
    for path, operations in document()["paths"].items():
        for method in operations:
            assert page.count(f"`{method.upper()} {path}`") == 1
