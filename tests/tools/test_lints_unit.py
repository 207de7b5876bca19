"""Each law finds its planted fault, leaves the right way alone, and can be lifted only with a reason."""

from __future__ import annotations

import pytest

from tools.lints.__main__ import ROOT, check_source

FAULTS = [
    ("domain/x.py", "import os\n", "L001"),
    ("domain/x.py", "from time import time\n", "L001"),
    ("domain/x.py", "import orjson\n", "L001"),
    ("domain/x.py", "from uuid import uuid4\nx = uuid4()\n", "L001"),
    ("domain/x.py", "open('f')\n", "L001"),
    ("api/x.py", "import datetime\nx = datetime.datetime.now()\n", "L002"),
    ("api/x.py", "from datetime import datetime\nx = datetime.utcnow()\n", "L002"),
    ("api/x.py", "from datetime import datetime\nx = datetime(2026, 1, 1)\n", "L002"),
    ("api/x.py", "from datetime import datetime\nx = datetime.fromtimestamp(0)\n", "L002"),
    ("projections/x.py", "q = 'select * from core.leads where id = %s'\n", "L003"),
    ("projections/x.py", "t = 1\nq = f'update core.messages set x = {t}'\n", "L003"),
    (
        "projections/x.py",
        "class T:\n  a: Text | None\n  def X(self, e): return put(1, a=e.text(F, e.event.a))\n",
        "L004",
    ),
    (
        "projections/x.py",
        "class T:\n  a: Json\n  def X(self, e):\n    w = e.json(F, e.b)\n    return put(1, a=w)\n",
        "L004",
    ),
    ("projections/x.py", "def f(e): log.info(e.text(F, e.event.a))\n", "L004"),
]

FINE = [
    ("domain/x.py", "from datetime import datetime\nfrom eventsourcing.domain import BaseAggregate\n"),
    ("domain/x.py", "from domain.kernel.ids import derived\n"),
    ("api/x.py", "import os\n"),
    ("api/x.py", "from datetime import UTC, datetime\nx = datetime.now(UTC)\ny = datetime(2026, 1, 1, tzinfo=UTC)\n"),
    ("projections/x.py", "q = 'select * from core.leads where company_id = %s and id = %s'\n"),
    ("tests/x.py", "q = 'select count(*) from core.leads'\n"),
    (
        "projections/x.py",
        "class T:\n  a: Words\n  def X(self, e): return put(1, a=e.text(F, e.event.a), b=e.event.b)\n",
    ),
    ("projections/x.py", "class T:\n  a: Words\n  def X(self, e):\n    w = e.text(F, e.a)\n    return put(1, a=w)\n"),
]


@pytest.mark.parametrize(("path", "source", "code"), FAULTS)
def test_a_planted_fault_is_found(path: str, source: str, code: str) -> None:
    assert [finding.code for finding in check_source(path, source)] == [code]


@pytest.mark.parametrize(("path", "source"), FINE)
def test_the_right_way_is_left_alone(path: str, source: str) -> None:
    assert check_source(path, source) == []


def test_a_table_of_the_vault_without_an_eraser_is_found_and_one_that_is_not_there() -> None:
    source = (ROOT / "vault" / "erasure.py").read_text()
    assert check_source("vault/erasure.py", source) == []
    without = source.replace('    "subject_key": Erasure.destroy_key,\n', "")
    assert [f.text for f in check_source("vault/erasure.py", without)] == [
        "table subject_key of the vault has no entry in ERASERS"
    ]
    strange = source.replace('"subject_key":', '"subject_keys":')
    assert len(check_source("vault/erasure.py", strange)) == 2


def test_a_law_is_lifted_only_with_a_reason() -> None:
    lifted = "import os  # lint: allow L001 the reason\n"
    unreasoned = "import os  # lint: allow L001\n"
    assert check_source("domain/x.py", lifted) == []
    assert [finding.code for finding in check_source("domain/x.py", unreasoned)] == ["L000"]
