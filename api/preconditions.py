"""Entity tags and what requests ask of them (RFC 9110 §13): a resource's tag is the version of its stream, in quotes.

Only one strong tag makes sense in `If-Match`: it is what the caller has seen and wants to change. `*` asks only that
the resource exists, which every command checks anyway; taking it silently would promise more than it does.
"""

from __future__ import annotations

import re
from typing import Final

from domain.kernel.command import Command
from domain.kernel.errors import InvalidInput
from domain.kernel.ids import category_of
from domain.routing import ROUTES

TAG: Final = re.compile(r'"(0|[1-9][0-9]{0,17})"')
"""As `entity_tag` writes it; below 2^63, which is what the log can hold."""

EACH: Final = re.compile(r'(?:W/)?"([^"]*)"')


def entity_tag(version: int) -> str:
    """7 → `"7"`."""
    return f'"{version}"'


def expected_version(if_match: str | None) -> int | None:
    """Of the header; None without one. Raises InvalidInput `if_match_invalid`, which says what is wrong."""
    if if_match is None:
        return None
    text = if_match.strip()
    if found := TAG.fullmatch(text):
        return int(found[1])
    if text == "*":
        why = "* asks only whether it exists, which is checked anyway: send the ETag that was read, or no If-Match"
    elif text.startswith("W/"):
        why = "a weak tag matches nothing here (RFC 9110 §8.8.3.2): send the ETag as it was read"
    elif "," in text:
        why = "one tag, not a list: a resource has one version"
    else:
        why = 'not an ETag of ours: a version in quotes, as "7"'
    raise InvalidInput("if_match_invalid", f"If-Match: {why}")


def none_matches(if_none_match: str | None, version: int) -> bool:
    """Whether `If-None-Match` lets a read be answered in full. What cannot be read as tags names none."""
    if if_none_match is None:
        return True
    return if_none_match.strip() != "*" and str(version) not in EACH.findall(if_none_match)


def subject(command: Command) -> str:
    """The stream of the resource that a command changes: the first of its route; of a talk, which names the lead's
    first, the conversation's."""
    streams = ROUTES[type(command)].streams(command)
    return next((each for each in streams if category_of(each) == "conversation"), streams[0])
