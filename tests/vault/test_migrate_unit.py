from __future__ import annotations

from dataclasses import replace

import pytest

from domain.kernel.errors import Corrupt, LegionError
from vault.migrate import migrations, parse, pending


def test_the_codes_migrations_are_in_order_without_gaps() -> None:
    known = migrations()
    assert [migration.version for migration in known] == list(range(1, len(known) + 1))


@pytest.mark.parametrize(
    "names", [["0002_b.sql"], ["0001_a.sql", "0003_c.sql"], ["0001_a.sql", "0001_b.sql"], ["x.sql"]]
)
def test_gaps_doubles_and_strange_names_are_refused(names: list[str]) -> None:
    with pytest.raises(Corrupt) as caught:
        parse(dict.fromkeys(names, b"select 1"))
    assert caught.value.code == "migrations_out_of_order"


def test_only_what_did_not_run_is_pending() -> None:
    known = migrations()
    ran = [(migration.version, migration.sha256) for migration in known]
    assert pending(known, []) == known
    assert pending(known, ran[:2]) == known[2:]
    assert pending(known, ran) == ()


def test_an_edited_file_and_a_newer_vault_are_refused() -> None:
    known = migrations()
    ran = [(migration.version, migration.sha256) for migration in known]
    edited = (replace(known[0], sha256="0" * 64), *known[1:])
    for files, code in ((edited, "migration_edited"), (known[:-1], "vault_newer_than_code")):
        with pytest.raises(LegionError) as caught:
            pending(files, ran)
        assert caught.value.code == code
