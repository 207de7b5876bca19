"""Errors as the Graph API writes them. Words for people come in Danish: who reads them instead of the codes fails."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse


class Problem(Exception):
    """An answer that is no success. kind: `type` in the body, which says little (a throttle is OAuthException too)."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        subcode: int | None = None,
        kind: str = "OAuthException",
        transient: bool | None = None,
        user: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
        facts = {
            "message": message,
            "type": kind,
            "code": code,
            "error_subcode": subcode,
            "is_transient": transient,
            "error_user_title": user and "Der opstod en fejl",
            "error_user_msg": user,
        }
        self.error: dict[str, Any] = {name: fact for name, fact in facts.items() if fact is not None}

    def answer(self, trace: str) -> JSONResponse:
        return JSONResponse({"error": {**self.error, "fbtrace_id": trace}}, self.status, self.headers)


def invalid(subcode: int, user: str) -> Problem:
    """An event of the batch is wrong, and the batch with it."""
    return Problem(400, 100, "Invalid parameter", subcode=subcode, transient=False, user=user)


def no_token() -> Problem:
    return Problem(401, 104, "An access token is required to request this resource.")


def dead_token(subcode: int | None) -> Problem:
    words = "Error validating access token: Session has expired" if subcode else "Invalid OAuth access token"
    return Problem(401, 190, words, subcode=subcode)


def wrong_proof() -> Problem:
    return Problem(400, 100, "Invalid appsecret_proof provided in the API argument", kind="GraphMethodException")


def no_permission(dataset: str) -> Problem:
    words = f"Unsupported post request. Object with ID '{dataset}' does not exist, cannot be loaded due to missing"
    return Problem(400, 100, f"{words} permissions, …", subcode=33, kind="GraphMethodException")
