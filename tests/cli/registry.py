"""A schema registry that behaves as Confluent's API says, as far as `cli.schemas` uses it: no real one runs here.

Modes are per subject. POST with an id is refused outside of IMPORT (42205); IMPORT for a subject that is not empty
needs force; an id stands for one schema only.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException


def make_registry() -> FastAPI:
    app = FastAPI()
    schemas: dict[int, str] = {}
    subjects: dict[str, dict[int, int]] = {}
    modes: dict[str, str] = {}
    app.state.schemas, app.state.modes = schemas, modes

    @app.get("/schemas/ids/{id_}")
    async def by_id(id_: int) -> dict[str, str]:
        if id_ not in schemas:
            raise HTTPException(404, "40403")
        return {"schema": schemas[id_]}

    @app.put("/mode/{subject}")
    async def set_mode(subject: str, body: dict[str, str], force: bool = False) -> dict[str, str]:
        if body["mode"] == "IMPORT" and subjects.get(subject) and not force:
            raise HTTPException(422, "42205")
        modes[subject] = body["mode"]
        return body

    @app.delete("/mode/{subject}")
    async def reset_mode(subject: str) -> dict[str, str]:
        return {"mode": modes.pop(subject, "READWRITE")}

    @app.post("/subjects/{subject}/versions")
    async def add(subject: str, body: dict[str, Any]) -> dict[str, int]:
        if modes.get(subject) != "IMPORT" or body["version"] in subjects.get(subject, {}):
            raise HTTPException(422, "42205")
        if schemas.setdefault(body["id"], body["schema"]) != body["schema"]:
            raise HTTPException(422, "42207")
        subjects.setdefault(subject, {})[body["version"]] = body["id"]
        return {"id": body["id"]}

    return app


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Its base URL on loopback."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
