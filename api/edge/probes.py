"""What an orchestrator asks: never limited and never blocked, or a busy hour would end in restarts."""

from __future__ import annotations

from typing import Final

PROBES: Final = frozenset({"/health/live", "/health/ready", "/metrics"})
