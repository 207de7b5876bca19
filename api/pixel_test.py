"""One event of nobody, to see whether a pixel takes anything."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from api.conversion_words import Words, words_of
from api.services import Services
from domain.kernel.errors import InvalidInput, LegionError, Refused
from gateways.meta.check import Ready, check
from gateways.meta.client import Dataset
from gateways.meta.event import ActionSource, Event
from gateways.meta.user import User
from projections.read.pixels import Pixel

NAME: Final = "LegionTest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """accepted: Meta took it. event_id: what it shows under in the test tab. trace: Meta's. cause: why not, in plain
    words. code: ours, of the kind of failure."""

    accepted: bool
    event_id: str
    test_code: str
    trace: str | None = None
    code: str | None = None
    cause: Words | None = None


async def tested(services: Services, tenant: str, pixel: Pixel, test_code: str | None) -> Tested:
    """Raises Refused `pixel_retired`, `token_missing`; InvalidInput `test_code_missing`."""
    if pixel.retired:
        raise Refused("pixel_retired")
    credential = await services.vault.credentials.get(tenant, "meta", pixel.id)
    if credential is None:
        raise Refused("token_missing", "set the pixel's token first")
    code = test_code or pixel.test_code
    if code is None:
        raise InvalidInput("test_code_missing", "test_code: the pixel has none")
    event_id = str(uuid4())
    event = Event(
        event_name=NAME,
        event_time=int(time.time()),
        event_id=event_id,
        action_source=ActionSource.SYSTEM_GENERATED,
        user=User(external_ids=(event_id,)),
        limited=pixel.limited,
    )
    ready = check(event, event.event_time)
    assert isinstance(ready, Ready), "an event of our own"
    secret = credential.values.get("app_secret", "")
    dataset = Dataset(id=pixel.dataset, token=credential.values["token"], app_secret=secret, test_code=code)
    try:
        accepted = await services.meta.send(dataset, [ready])
    except LegionError as error:
        said, cause = getattr(error, "said", None), getattr(error, "cause", None)
        return Tested(
            accepted=False,
            event_id=event_id,
            test_code=code,
            trace=said and said.trace,
            code=error.code,
            cause=words_of(cause.code if cause else "meta_failing"),
        )
    return Tested(accepted=True, event_id=event_id, test_code=code, trace=accepted.trace)
