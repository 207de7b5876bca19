"""Importing this completes the registry of events: `EVENTS` is closed."""

from domain.access import events as _access  # noqa: F401  registers
from domain.centurion import events as _centurion  # noqa: F401  registers
from domain.contract import events as _contract  # noqa: F401  registers
from domain.conversation import events as _conversation  # noqa: F401  registers
from domain.conversion import events as _conversion  # noqa: F401  registers
from domain.deal import events as _deal  # noqa: F401  registers
from domain.effect import events as _effect  # noqa: F401  registers
from domain.holding import events as _holding  # noqa: F401  registers
from domain.instance import events as _instance  # noqa: F401  registers
from domain.kernel.event import EVENTS, Event
from domain.lead import events as _lead  # noqa: F401  registers
from domain.people import events as _people  # noqa: F401  registers
from domain.pipeline import events as _pipeline  # noqa: F401  registers
from domain.pixel import events as _pixel  # noqa: F401  registers
from domain.qualification import events as _qualification  # noqa: F401  registers
from domain.security import events as _security  # noqa: F401  registers
from domain.service import events as _service  # noqa: F401  registers
from domain.team import events as _team  # noqa: F401  registers
from domain.template import events as _template  # noqa: F401  registers

__all__ = ["EVENTS", "Event"]
