"""What a call to a provider can come to. The kinds matter to the one who decides whether a call may be made again.

    NeverSent          503   no byte of the request left: a new try is safe
    RefusedByProvider  502   the provider said no and did nothing
    ├── RateLimited    429 → the same no, with a time to wait
    ├── CredentialsRefused  401, 403: the same no to every call of this key
    └── RefusedForReasons   the same no to this request, with what is wrong with it
    OutcomeUnknown     504   (kernel) it left and nobody knows: never again by itself
    ChatFailed         503   a model gave no usable answer: asking again is safe, it only costs
    ├── ChatTimeout
    ├── ChatUnavailable
    ├── ChatRateLimited
    └── ChatUnreadable  what it said is not what was asked for
    ChatRefused        502   the model's server will not answer this request, now or later
    MailPostponed      503   the mail server said "later" (4xx)
    MailRefused        502   the mail server will not take this mail, now or later (5xx)
    Meta…                    as meta/errors.py tells them apart

A provider's own words may hold a phone number or a text: they stand in `body`, never in `detail`, which is logged.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.kernel.errors import GatewayFailed, Unavailable


class NeverSent(Unavailable):
    """No connection came about."""

    default_code = "never_sent"


class RefusedByProvider(GatewayFailed):
    """A definite no: `http_status` and the provider's `body` (cut, may be personal: not for logs)."""

    default_code = "refused_by_provider"

    def __init__(self, detail: str = "", *, http_status: int, body: str = "") -> None:
        super().__init__(None, detail)
        self.http_status = http_status
        self.body = body


class RateLimited(RefusedByProvider):
    """Too fast. `retry_after_s`: seconds that the provider asks for, None when it does not say."""

    default_code = "rate_limited"

    def __init__(
        self, detail: str = "", *, http_status: int = 429, body: str = "", retry_after_s: float | None = None
    ) -> None:
        super().__init__(detail, http_status=http_status, body=body)
        self.retry_after_s = retry_after_s


class CredentialsRefused(RefusedByProvider):
    """The key is wrong, was revoked, or may not do this: no call will succeed until somebody changes it."""

    default_code = "credentials_refused"


@dataclass(frozen=True, slots=True)
class Reason:
    """field: path in what was sent, empty for the whole. code: the provider's. parameter: what the code is about ("3"
    of "at least 3 characters")."""

    field: str
    code: str
    parameter: str | None = None


class RefusedForReasons(RefusedByProvider):
    """A definite no to this request, now and later. `reasons`: codes and fields, nothing that was in them."""

    default_code = "refused_for_reasons"

    def __init__(self, detail: str = "", *, http_status: int, reasons: tuple[Reason, ...], body: str = "") -> None:
        super().__init__(detail, http_status=http_status, body=body)
        self.reasons = reasons


class ChatFailed(Unavailable):
    """No answer this time."""

    default_code = "chat_failed"


class ChatTimeout(ChatFailed):
    """Not finished within the time given."""

    default_code = "chat_timeout"


class ChatUnavailable(ChatFailed):
    """No connection, an error of the server, or a stream that broke off."""

    default_code = "chat_unavailable"


class ChatRateLimited(ChatFailed):
    """Too many requests or tokens. `retry_after_s` as the server says, or None."""

    default_code = "chat_rate_limited"

    def __init__(self, detail: str = "", *, retry_after_s: float | None = None) -> None:
        super().__init__(None, detail)
        self.retry_after_s = retry_after_s


class ChatUnreadable(ChatFailed):
    """It answered, and not in the form that was asked for: broken off, no JSON, or JSON of another shape."""

    default_code = "chat_unreadable"


class ChatRefused(GatewayFailed):
    """Wrong key, unknown model, content filter, a request that the server does not take, or one that the model will not
    carry out."""

    default_code = "chat_refused"


class MailPostponed(Unavailable):
    """Not now: full, busy, or greylisted."""

    default_code = "mail_postponed"


class MailRefused(GatewayFailed):
    """Never: no such mailbox, or no mail like this. `smtp_status`: 500 to 599. `body`: the server's words (cut, may be
    personal: not for logs)."""

    default_code = "mail_refused"

    def __init__(self, detail: str = "", *, smtp_status: int, body: str = "") -> None:
        super().__init__(None, detail)
        self.smtp_status = smtp_status
        self.body = body
