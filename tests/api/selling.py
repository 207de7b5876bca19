"""Bodies of pipelines and services."""

from __future__ import annotations

from typing import Any

STAGES: list[dict[str, Any]] = [
    {"name": "New", "colour": "#1f2937", "probability": 10},
    {"name": "Offer", "colour": "#0ea5e9", "probability": 60, "requires": ["value", "items", "fact:budget"]},
]
PIPELINE: dict[str, Any] = {
    "name": "Sales",
    "stages": STAGES,
    "won_reasons": [{"label": "Price"}],
    "lost_reasons": [{"label": "Price"}, {"label": "No answer"}],
}
SERVICE: dict[str, Any] = {"name": "Course", "price": 9900, "currency": "BRL"}
