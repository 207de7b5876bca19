"""Logs: one JSON object a line on stderr, or coloured lines on a terminal. Never personal data, never secrets."""

from __future__ import annotations

import logging
import sys
from types import TracebackType
from typing import Any, Final

import orjson
import structlog

from cli.masking import mask

NOISY: Final = ("aiokafka", "httpx", "httpcore", "faust", "mode", "asyncio", "clickhouse_connect", "uvicorn.access")

SAFE: Final[tuple[Any, ...]] = (structlog.processors.format_exc_info, mask)
"""Last before the renderer: exceptions become text first, so that their words are masked too."""


def configure(process: str, level: str) -> None:
    """Sets up structlog and the standard library's logging for one process."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer = (
        _for_people()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(serializer=lambda value, **_: orjson.dumps(value, default=str).decode())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *SAFE, renderer],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    structlog.contextvars.bind_contextvars(process=process)
    sys.excepthook = _say_last_words


def quiet() -> None:
    """For a command that answers and ends: warnings only, on stderr. Standard output belongs to the answer."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            *SAFE,
            _for_people(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    )


def _for_people() -> Any:
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)


def _say_last_words(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What ends a process is a log line like any other: masked, and one line."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        structlog.get_logger().critical("process_failed", exc_info=(kind, error, trace))
