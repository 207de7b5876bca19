"""Which action source an event may have: the one by which Meta attributes best of those that it will take. Pure.

1. `business_messaging`, where an ad opened the chat and the number is one of WhatsApp Cloud. A number behind Evolution
   has no business account at Meta, so it looks impossible there (providers.md 6, inferred).
2. `website`, where the person's browser is known: a page, its user agent, and a cookie of Meta's.
3. `system_generated`, with what else is known of the person.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateways.meta.event import ActionSource, Channel
from gateways.meta.rules import MESSAGING_NAMES
from gateways.meta.user import User


@dataclass(frozen=True, slots=True)
class Source:
    """why_not_messaging: stable code, empty for business_messaging: no_click, no_account, name_not_for_messaging."""

    action_source: ActionSource
    messaging_channel: Channel | None = None
    why_not_messaging: str = ""


def choose(event_name: str, user: User, *, cloud: bool, page: str = "") -> Source:
    """cloud: the lead's chat is on WhatsApp Cloud. page: where the person was on the company's website."""
    why = _why_not_messaging(event_name, user, cloud=cloud)
    if not why:
        return Source(ActionSource.BUSINESS_MESSAGING, Channel.WHATSAPP)
    if page and user.user_agent and (user.fbc or user.fbp):
        return Source(ActionSource.WEBSITE, why_not_messaging=why)
    return Source(ActionSource.SYSTEM_GENERATED, why_not_messaging=why)


def _why_not_messaging(event_name: str, user: User, *, cloud: bool) -> str:
    if not user.click_id:
        return "no_click"
    if not cloud or not user.business_account_id:
        return "no_account"
    return "" if event_name in MESSAGING_NAMES else "name_not_for_messaging"
