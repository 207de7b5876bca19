"""The one error tree of Legion. Every error has a stable `code` (snake_case, never renamed).

    LegionError                     status
    ├── Refused                     409   a decider says no: recorded as CommandRefused
    │   ├── Forbidden               403   the actor lacks the command's permission
    │   └── VersionMismatch         412   what the caller has seen is not how it is any more
    ├── InvalidInput                422   the shape of a request, body or field is wrong
    ├── Unauthenticated             401   no proof of who is calling
    ├── NotFound                    404   nothing of that id that the caller may see
    ├── TooLarge                    413   over a stated limit
    ├── Limited                     429   too often: again after a while
    ├── Unavailable                 503   a part is away or behind: try again later
    │   └── OutcomeUnknown          504   sent, but nobody knows what came of it
    ├── GatewayFailed               502   a provider answered with an error
    ├── Poison                      500   cannot be handled now or later: to the DLQ
    ├── Corrupt                     500   the log, a key or a table is not what it must be: stop and alarm
    └── Misconfigured               500   a setting is missing or wrong: the start stops

`status` is the HTTP status that the API answers with; the rest of the code does not look at it.
"""

from __future__ import annotations


class LegionError(Exception):
    """Root of the tree. `code` is stable and machine-readable, `detail` is for people and free of personal data."""

    status = 500
    default_code = "error"

    def __init__(self, code: str | None = None, detail: str = "") -> None:
        self.code = code or self.default_code
        self.detail = detail
        super().__init__(f"{self.code}: {detail}" if detail else self.code)


class Refused(LegionError):
    """A decider's no. Written to the log as `CommandRefused{code, detail}`: a refusal is audit too."""

    status = 409
    default_code = "refused"


class Forbidden(Refused):
    """The actor's grant does not hold the permission that the command needs."""

    status = 403
    default_code = "forbidden"


class VersionMismatch(Refused):
    """The stream that the command expects at a version is at another."""

    status = 412
    default_code = "version_mismatch"


class InvalidInput(LegionError):
    """Wrong shape. `detail` names the field."""

    status = 422
    default_code = "invalid_input"


class Unauthenticated(LegionError):
    """No valid proof of identity."""

    status = 401
    default_code = "unauthenticated"


class NotFound(LegionError):
    """Nothing of that id that the caller may see."""

    status = 404
    default_code = "not_found"


class TooLarge(LegionError):
    """Over a stated limit."""

    status = 413
    default_code = "too_large"


class Limited(LegionError):
    """Too often. retry_after_s: seconds until it may be tried again."""

    status = 429
    default_code = "rate_limited"

    def __init__(self, code: str | None = None, detail: str = "", *, retry_after_s: int) -> None:
        super().__init__(code, detail)
        self.retry_after_s = retry_after_s


class Unavailable(LegionError):
    """A part that is needed is away or behind; the same call may succeed later."""

    status = 503
    default_code = "unavailable"


class OutcomeUnknown(Unavailable):
    """The request left, its outcome did not come back. It may or may not have happened."""

    status = 504
    default_code = "outcome_unknown"


class GatewayFailed(LegionError):
    """A provider answered with an error. Its word stands in `detail`."""

    status = 502
    default_code = "gateway_failed"


class Poison(LegionError):
    """A record that no retry will make handleable. Goes to the DLQ with its code."""

    default_code = "poison"


class Corrupt(LegionError):
    """Chain, position, key or table broken: the process stops and alarms, never guesses."""

    default_code = "corrupt"


class Misconfigured(LegionError):
    """A setting is missing or wrong. `detail` names it."""

    default_code = "misconfigured"
