"""`legion erase`'s parts: the lead's company from the log, the erasure through the API like anybody else's."""

from __future__ import annotations

from typing import Any

import httpx

from cli.audit.history import company_of
from cli.settings import Settings
from domain.kernel.errors import LegionError, Misconfigured, Unavailable


class CallFailed(LegionError):
    """The API said no. `code` and `detail` are the problem's own."""


async def erase(settings: Settings, lead: str, reason: str) -> dict[str, Any]:
    """The lead as the API shows it afterwards. Raises CallFailed, Misconfigured, NotFound, Unavailable."""
    company = await company_of(settings, lead)
    token_file = settings.data_dir / "bootstrap.token"
    if not token_file.exists():
        raise Misconfigured("no_token", f"{token_file} is not there: is this the machine that `legion setup` ran on?")
    headers = {"authorization": f"Bearer {token_file.read_text().strip()}", "x-tenant-id": company}
    url = f"http://{settings.api_host}:{settings.api_port}"
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=30) as http:
        try:
            written = _answer(await http.post(f"/v1/leads/{lead}/erasure", json={"reason": reason}))
            position = written.headers.get("x-legion-position")
            if position is None:
                return dict(written.json())
            shown = _answer(await http.get(f"/v1/leads/{lead}", headers={"x-legion-position": position}))
        except httpx.TransportError as away:
            raise Unavailable("api_unavailable", f"{url}: {type(away).__name__}") from away
    return dict(shown.json()["lead"])


def _answer(response: httpx.Response) -> httpx.Response:
    if response.is_success:
        return response
    try:
        problem = response.json()
        raise CallFailed(problem["code"], problem["detail"])
    except (ValueError, KeyError):
        raise CallFailed("api_failed", f"status {response.status_code}") from None
