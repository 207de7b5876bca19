"""The three pages as HTML. What is shown when is `page.js`'s: `data-when` names the states in which a part is seen."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from api.pages.english import ENGLISH
from api.pages.portuguese import PORTUGUESE
from api.pages.spanish import SPANISH
from api.pages.wording import Wording

LANGUAGES: Final[Mapping[str, Wording]] = {"en": ENGLISH, "es": SPANISH, "pt": PORTUGUESE}
"""By primary subtag: who reads es-MX reads these too."""

PROBLEMS: Final = ("email_invalid", "password_weak", "password_too_short", "password_too_long", "name_missing")
"""Codes of the API that say what to do about a field; all others are `failed`."""

Page = Callable[[Wording], str]

PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


def wording_of(accept_language: str) -> Wording:
    """RFC 9110, 12.5.4: the language that is liked best among ours; English where there is none."""
    wished: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        tag, _, parameter = part.partition(";")
        wished.append((_weight(parameter), tag.strip().split("-")[0].lower()))
    liked = [tag for weight, tag in sorted(wished, key=lambda each: -each[0]) if weight > 0 and tag in LANGUAGES]
    return LANGUAGES[liked[0]] if liked else ENGLISH


def invitation(words: Wording) -> str:
    password = _field(words.password, "password", "password", "new-password", hint=words.password_hint)
    terms = (
        '<label class="check"><input name="terms" type="checkbox" required>'
        f"<span>{_filled(words.invited_terms)}</span></label>"
    )
    name = _field(words.name, "name", "text", "name")
    return _page(
        words,
        "invitation",
        words.invited_title,
        [
            _said("new known", words.invited),
            _form("new", "accept", words.invited_button, [name, password, terms]),
            _said("known", words.invited_known),
            _form("known", "accept", words.invited_button, []),
            _said("expired", words.invited_late),
            _form("expired", "again", words.invited_again, []),
            _said("done", words.invited_done),
            _said("asked", words.invited_asked),
            _said("accepted", words.invited_taken),
            _said("revoked", words.invited_gone),
        ],
    )


def new_password(words: Wording) -> str:
    password = _field(words.password, "password", "password", "new-password", hint=words.password_hint)
    email = _field(words.email, "email", "email", "username")
    return _page(
        words,
        "new-password",
        words.choose_title,
        [
            _said("choose", words.choose),
            _form("choose", "choose", words.choose_button, [password]),
            _said("over", words.choose_over),
            _said("ask over", words.ask),
            _form("ask over", "ask", words.ask_button, [email]),
            _said("asked", words.ask_done),
            _said("done", words.choose_done),
        ],
    )


def unlock(words: Wording) -> str:
    """Whatever opens links in mails by itself presses no button."""
    return _page(
        words,
        "unlock",
        words.unlock_title,
        [
            _said("locked", words.unlock),
            _form("locked", "unlock", words.unlock_button, []),
            _said("over", words.unlock_over),
            _said("done", words.unlock_done),
        ],
    )


def _page(words: Wording, name: str, title: str, parts: Iterable[str]) -> str:
    problems = [
        f'<p class="problem" data-problem="{code}" hidden>{html.escape(getattr(words, code))}</p>'
        for code in (*PROBLEMS, "failed", "away")
    ]
    body = "\n".join(
        [
            f"<noscript><p>{html.escape(words.no_script)}</p></noscript>",
            f'<p data-when="waiting">{html.escape(words.wait)}</p>',
            _said("broken", words.broken),
            _said("away", words.away),
            *parts,
            f'<div role="alert">{"".join(problems)}</div>',
        ]
    )
    return f"""<!doctype html>
<html lang="{words.tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{html.escape(title)} · Legion</title>
<link rel="stylesheet" href="/pages/page.css">
<script src="/pages/page.js" defer></script>
</head>
<body>
<main data-page="{name}">
<h1>{html.escape(title)}</h1>
{body}
</main>
</body>
</html>
"""


def _said(when: str, text: str) -> str:
    return f'<p data-when="{when}" role="status" hidden>{_filled(text)}</p>'


def _form(when: str, does: str, button: str, fields: Iterable[str]) -> str:
    inside = "".join(fields)
    return (
        f'<form data-when="{when}" data-does="{does}" hidden>{inside}'
        f'<button type="submit">{html.escape(button)}</button></form>'
    )


def _field(label: str, name: str, kind: str, autocomplete: str, *, hint: str = "") -> str:
    below = f"<small>{html.escape(hint)}</small>" if hint else ""
    return (
        f"<label>{html.escape(label)}"
        f'<input name="{name}" type="{kind}" autocomplete="{autocomplete}" required>{below}</label>'
    )


def _filled(text: str) -> str:
    """A placeholder is an element that `page.js` writes text into, never markup."""
    return PLACEHOLDER.sub(r'<strong data-said="\1"></strong>', html.escape(text))


def _weight(parameter: str) -> float:
    """0 for what is no number."""
    if not parameter.strip():
        return 1.0
    try:
        return float(parameter.strip().removeprefix("q="))
    except ValueError:
        return 0.0
