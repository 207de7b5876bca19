"""What Meta's codes mean and what to do, in plain words.

Meta's own `error_user_title` and `error_user_msg` come in the language of the token's owner and are never read
(providers.md 6). Ours have stable codes, so that the console says them in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Cause:
    """code: stable. what, do: English, for people."""

    code: str
    what: str
    do: str


SUBCODES: Final[Mapping[int, Cause]] = {
    2804003: Cause(
        "event_too_old",
        "An event of the request is older than Meta takes (7 days).",
        "It cannot be reported any more. Look why the queue stood.",
    ),
    2804019: Cause(
        "parameter_missing",
        "A field that Meta requires is missing or of the wrong kind.",
        "Look at the event's fields; report it to us, as we check before sending.",
    ),
    2804036: Cause(
        "lead_id_invalid",
        "The id of the lead ad's form is not one of Meta's.",
        "Send the event without it, or with the id that Meta's webhook gave.",
    ),
    2804050: Cause(
        "user_too_broad",
        "Meta finds nobody, or too many people, by what the event says of the person.",
        "Give a phone with country code, an e-mail address or a click id.",
    ),
    2804066: Cause(
        "name_not_for_messaging",
        "This event's name is not taken for chats behind an ad.",
        "Use LeadSubmitted or Purchase, or send it as system_generated.",
    ),
    2804072: Cause(
        "page_not_of_click",
        "The page is not the one whose ad was clicked.",
        "Send the page of the ad, or none.",
    ),
    2804132: Cause(
        "dataset_not_of_account",
        "The dataset does not belong to this WhatsApp business account.",
        "Set the dataset that Meta shows for the account.",
    ),
}
"""Of code 100. 2804003, 2804050 and 2804066 as in providers.md; the others as seen in public code, not checked."""

TOKEN_SUBCODES: Final[Mapping[int, Cause]] = {
    458: Cause("app_removed", "The app was removed from the account.", "Connect the account again."),
    460: Cause("password_changed", "The token's owner has changed the password.", "Make a new token."),
    463: Cause("token_expired", "The access token has expired.", "Make a new token, best of a system user: it lasts."),
    467: Cause("token_invalid", "The access token is no longer valid.", "Make a new token."),
}
"""Of code 190 (Graph API, error handling [K]; 463 [C])."""

TOKEN: Final = Cause("token_invalid", "Meta does not take the access token.", "Make a new token and set it here.")
PERMISSION: Final = Cause(
    "no_permission",
    "The dataset does not exist, or the token may not write to it.",
    "Check the dataset's id, and give the token's owner access to it in Meta's business settings.",
)
THROTTLED: Final = Cause("throttled", "Meta was asked too often.", "Nothing: it goes on by itself after a while.")
TRANSIENT: Final = Cause("meta_failing", "Meta is failing at the moment.", "Nothing: it is tried again.")
PAYLOAD: Final = Cause(
    "event_refused",
    "Meta refuses the event and does not say why in a code that we know.",
    "Look at it in Meta's Events Manager with the trace id.",
)
REQUEST: Final = Cause(
    "request_refused",
    "Meta refuses the request as such, whatever events are in it.",
    "Report it to us with code and trace id.",
)
