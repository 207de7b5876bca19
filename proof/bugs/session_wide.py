"""A read pool whose connections keep the company of the last transaction: SET in the place of SET LOCAL."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from projections.read import db


def planted() -> AbstractContextManager[Any]:
    """In this process, as long as it is entered."""
    wide = db.AS_COMPANY.replace("'legion_app', true", "'legion_app', false").replace("%s, true", "%s, false")
    assert wide.count("false") == 4, "role, company, scope and user"
    return patch.object(db, "AS_COMPANY", wide)
