"""What may stand in a template. That its body is one is the word of the edge, which parses it."""

from __future__ import annotations

from typing import Final

from domain.holding.policies import name_fault
from domain.kernel.errors import Refused
from domain.template.parts import Text

MAX_BODY: Final = 100_000
"""Bytes in UTF-8: some forty pages."""

MAX_VARIABLES: Final = 200
MAX_SIGNERS: Final = 20
"""Lines to sign on: as many as a contract may have signers."""

MAX_VERSIONS: Final = 500
"""Of one template, each up to 100 kB in one stream: one a day for more than a year."""


def check(text: Text) -> None:
    """Refused: invalid_name, body_too_large, too_many_variables, variable_twice, too_many_signers, signer_twice."""
    if fault := name_fault(text.name):
        raise Refused(fault, "name")
    if not text.body or len(text.body.encode()) > MAX_BODY:
        raise Refused("body_too_large", "body")
    names = [variable.name for variable in text.variables]
    if len(names) > MAX_VARIABLES:
        raise Refused("too_many_variables", "variables")
    if len(set(names)) < len(names):
        raise Refused("variable_twice", "variables")
    if len(text.signers) > MAX_SIGNERS:
        raise Refused("too_many_signers", "signers")
    if len(set(text.signers)) < len(text.signers):
        raise Refused("signer_twice", "signers")
