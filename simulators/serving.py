"""Running a simulator until it is told to stop."""

from __future__ import annotations

import signal
import sys
from types import FrameType

import uvicorn
from fastapi import FastAPI


def serve(app: FastAPI, host: str, port: int) -> None:
    """Serves until SIGTERM or Ctrl-C, then exits with status 0.

    uvicorn raises the signal again after its graceful end; without a handler the process would die of it, as if killed.
    Open streams last for ever: they get one second.
    """
    signal.signal(signal.SIGTERM, _stop)
    uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=1)


def _stop(number: int, frame: FrameType | None) -> None:
    del number, frame
    sys.exit(0)
