"""Rendering beside an event loop: a few at a time, and nobody waits for ever.

Typst cannot be stopped: a rendering that takes too long goes on in its thread and keeps its place, so that a burst of
them delays others and never fills the machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final

from domain.kernel.errors import Unavailable
from gateways.typst.render import Rendered, render
from gateways.typst.template import Template

AT_ONCE: Final = 2
"""Each may take 290 MB (ADR 0015)."""

LIMIT_S: Final = 20.0
"""Ten times what the largest contract takes; most of it is waiting for a place."""


class Renderer:
    """Close it."""

    def __init__(self, *, at_once: int = AT_ONCE, limit_s: float = LIMIT_S) -> None:
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="typst")
        self._limit_s = limit_s

    async def render(self, template: Template, values: Mapping[str, Any], locale: str, at: datetime) -> Rendered:
        """As `render.render`. Raises Unavailable `rendering_too_slow` besides."""
        work = self._pool.submit(render, template, values, locale, at)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(work), self._limit_s)
        except TimeoutError:
            raise Unavailable("rendering_too_slow", f"not done within {self._limit_s:g} s") from None

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
