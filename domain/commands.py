"""Importing this completes the registry of commands: `COMMANDS` is closed."""

from domain.access import commands as _access  # noqa: F401  registers
from domain.centurion import commands as _centurion  # noqa: F401  registers
from domain.contract import commands as _contract  # noqa: F401  registers
from domain.conversation import commands as _conversation  # noqa: F401  registers
from domain.conversion import commands as _conversion  # noqa: F401  registers
from domain.deal import commands as _deal  # noqa: F401  registers
from domain.effect import commands as _effect  # noqa: F401  registers
from domain.holding import commands as _holding  # noqa: F401  registers
from domain.instance import commands as _instance  # noqa: F401  registers
from domain.kernel.command import COMMANDS, Command
from domain.lead import commands as _lead  # noqa: F401  registers
from domain.people import commands as _people  # noqa: F401  registers
from domain.pipeline import commands as _pipeline  # noqa: F401  registers
from domain.pixel import commands as _pixel  # noqa: F401  registers
from domain.qualification import commands as _qualification  # noqa: F401  registers
from domain.security import commands as _security  # noqa: F401  registers
from domain.service import commands as _service  # noqa: F401  registers
from domain.team import commands as _team  # noqa: F401  registers
from domain.template import commands as _template  # noqa: F401  registers

__all__ = ["COMMANDS", "Command"]
