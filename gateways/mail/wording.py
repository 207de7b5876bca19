"""What a language has to have, so that every mail can be written in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.access.matrix import Role


@dataclass(frozen=True, slots=True)
class Wording:
    """One kind of mail: what stands before the link, the words of the link, what stands after it. Placeholders in
    braces, as each language's file has them."""

    subject: str
    before: tuple[str, ...]
    link: str
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """tag: BCP 47. moment: as `strftime` takes it. roles: names of the roles that there are from the start.

    invitation: knows {company}, {role}, {until}; the others know nothing.
    """

    tag: str
    moment: str
    roles: Mapping[Role, str]
    invitation: Wording
    new_password: Wording
    locked: Wording
