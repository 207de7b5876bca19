"""The three mails, in the reader's language. Pure: link, names and times are given.

What people chose (a company's name, a role's) is plain text wherever it stands: no markup, no line of its own.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from domain.access.matrix import Role
from gateways.mail.english import ENGLISH
from gateways.mail.mail import Written
from gateways.mail.portuguese import PORTUGUESE
from gateways.mail.spanish import SPANISH
from gateways.mail.wording import Language, Wording

LANGUAGES: Final[Mapping[str, Language]] = {"en": ENGLISH, "es": SPANISH, "pt": PORTUGUESE}
"""By primary subtag: who reads es-MX reads these too."""


def language_of(locale: str) -> Language:
    """locale: BCP 47. English where we do not have the language."""
    return LANGUAGES.get(locale.split("-", 1)[0].lower(), ENGLISH)


def invitation(locale: str, *, company: str, role: str, link: str, until: datetime) -> Written:
    """company: its name. role: a built-in's name, or the display name of one of the company's own. until: aware, in the
    zone in which it is to be read."""
    language = language_of(locale)
    if role in language.roles:
        role = language.roles[Role(role)]
    moment = f"{until.strftime(language.moment)} ({until.tzinfo})"
    return _written(language, language.invitation, link, company=company, role=role, until=moment)


def new_password(locale: str, *, link: str) -> Written:
    language = language_of(locale)
    return _written(language, language.new_password, link)


def locked(locale: str, *, link: str) -> Written:
    """link: unlocks the account."""
    language = language_of(locale)
    return _written(language, language.locked, link)


def _written(language: Language, wording: Wording, link: str, **values: str) -> Written:
    said = {name: _one_line(value) for name, value in values.items()}
    subject = wording.subject.format_map(said)
    before = [each.format_map(said) for each in wording.before]
    after = [each.format_map(said) for each in wording.after]
    text = "\n\n".join([*before, f"{wording.link}:\n{link}", *after]) + "\n"
    anchor = f'<a href="{html.escape(link)}">{html.escape(wording.link)}</a>'
    paragraphs = [*map(html.escape, before), anchor, *map(html.escape, after)]
    body = "\n".join(f"<p>{each}</p>" for each in paragraphs)
    return Written(language.tag, subject, text, _page(language.tag, subject, body))


def _page(tag: str, title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title>'
    return f'<!doctype html>\n<html lang="{tag}">\n<head>{head}</head>\n<body>\n{body}\n</body>\n</html>\n'


def _one_line(value: str) -> str:
    """Control characters count as white space, and a run of white space is one blank."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())
