"""Values in commands and events of a lead."""

from __future__ import annotations

from enum import StrEnum


class ErasureReason(StrEnum):
    """Why a person is forgotten. A code and no text: it stands in the log for ever and must not tell who it was."""

    LEAD_REQUEST = "lead_request"
    AUTHORITY_ORDER = "authority_order"
    RETENTION_OVER = "retention_over"
    RECORDED_BY_MISTAKE = "recorded_by_mistake"
    TEST_DATA = "test_data"


class AssignReason(StrEnum):
    """Why a lead is given to somebody. A code and no text, as above."""

    DISTRIBUTION = "distribution"
    BALANCE = "balance"
    LANGUAGE = "language"
    ABSENCE = "absence"
    DEPARTURE = "departure"
    LEAD_REQUEST = "lead_request"
    CORRECTION = "correction"
