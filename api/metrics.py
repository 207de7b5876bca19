"""Metrics of the API process, as a typed catalogue. `GET /metrics` in Prometheus' text format."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

FAST: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
"""Seconds. An accepted webhook takes 1 to 5 ms here; the tail is a broker's restart."""

INGRESS: Final = Histogram(
    "legion_ingress_seconds", "Time from request to answer at the ingress", ["status", "code"], buckets=FAST
)
REQUESTS: Final = Histogram(
    "legion_api_request_seconds", "Time from request to answer under /v1", ["method", "route", "status"], buckets=FAST
)
COMMANDS: Final = Counter("legion_api_commands_total", "Commands submitted by the API", ["command", "outcome"])
RULES: Final = Counter(
    "legion_api_request_rules_total", "Requests that a request rule matched", ["rule", "action", "mode"]
)
STREAMS_OPEN: Final = Gauge("legion_api_event_streams", "Open SSE connections")
