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

RULES: dict[str, Any] = {
    "questions": [
        {"key": "need", "label": "Need", "kind": "text", "asks": "what they need", "required": True, "points": 10},
        {
            "key": "budget",
            "label": "Budget",
            "kind": "number",
            "asks": "what they can pay",
            "required": True,
            "points": 30,
        },
        {
            "key": "size",
            "label": "Size",
            "kind": "choice",
            "asks": "how big it is",
            "choices": [{"value": "Small", "points": 5}, {"value": "Large", "points": 40}],
        },
    ],
    "threshold": 60,
    "intents": ["buy"],
}
"""Of qualification."""
