"""A normaliser whose commands have a new id each time, as if ids did not follow from the provider's."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from streams.normalise import plan


def plant() -> None:
    def command_id(*_args: Any) -> str:
        return str(uuid4())

    vars(plan)["command_id"] = command_id
