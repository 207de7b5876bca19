"""What every body of a request has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A field that it does not know is refused: a typing error must not pass for a wish that was heard."""

    model_config = ConfigDict(extra="forbid")
