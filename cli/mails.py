"""The mails in the demo's sink, as an operator reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import httpx

from domain.kernel.errors import NotFound, Unavailable

TIMEOUT_S: Final = 5.0


def mails(sink_url: str, to: str | None) -> list[dict[str, Any]]:
    """As the sink shows them. Raises NotFound `no_mail_sink` where mails are really sent, Unavailable."""
    if not sink_url:
        raise NotFound("no_mail_sink", "mails are not kept here: LEGION_MAIL_SINK_URL is not set")
    params = {} if to is None else {"to": to}
    try:
        answer = httpx.get(f"{sink_url}/_sim/mails", params=params, trust_env=False, timeout=TIMEOUT_S)
        answer.raise_for_status()
    except httpx.HTTPError as away:
        raise Unavailable("mail_sink_unavailable", type(away).__name__) from None
    found: list[dict[str, Any]] = answer.json()
    return found


def line(mail: dict[str, Any]) -> str:
    """For people: when, to whom, what about, and the text below it."""
    at = datetime.fromtimestamp(mail["at"], UTC)
    head = f"{at:%Y-%m-%d %H:%M:%S}  {', '.join(mail['to'])}  {mail['subject']}"
    body = "\n".join(f"    {each}".rstrip() for each in mail["text"].splitlines())
    return f"{head}\n\n{body}\n"
