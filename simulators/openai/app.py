"""The server: chat completions (streamed or whole), models, and what tests need: `/_faults`, `/_calls`.

Standing alone: nothing of Legion is imported. Deterministic: the same seed and prompt give the same answer.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from simulators.body import read_object
from simulators.openai.answers import Said, answer, burst, tokens
from simulators.openai.faults import Fault, Faults
from simulators.openai.forms import InvalidSchema, check, filled, pieces
from simulators.sse import CutOff, Streamed, event

MODELS: Final = ("legion-sim", "gpt-4o-mini")
_CALLS_KEPT: Final = 1000
_DECLINED: Final = "I'm sorry, I can't help with that."


@dataclass(slots=True)
class Call:
    """One request as tests see it. form: it asked for JSON by a schema. outcome: open, done, cancelled (the client
    left), cut, error."""

    number: int
    model: str
    streamed: bool
    messages: list[Said]
    at: float
    form: bool = False
    outcome: str = "open"
    tokens_out: int = 0

    def shown(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "model": self.model,
            "streamed": self.streamed,
            "form": self.form,
            "messages": [{"role": said.role, "content": said.text} for said in self.messages],
            "burst": len(burst(self.messages)),
            "at": self.at,
            "outcome": self.outcome,
            "tokens_out": self.tokens_out,
        }


@dataclass(slots=True)
class Simulator:
    """seed: of the answers. token_s: seconds between tokens when nothing is wrong. api_key: None accepts any key."""

    seed: int = 0
    token_s: float = 0.015
    api_key: str | None = None
    faults: Faults = field(default_factory=Faults)
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=_CALLS_KEPT))
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def complete(self, request: Request) -> Response:
        if not self._authorised(request):
            return _error(401, "Incorrect API key provided", "invalid_api_key")
        asked = await read_object(request)
        messages = _messages(asked.get("messages"))
        if not messages or not isinstance(asked.get("model"), str):
            return _error(400, "model and messages are required", "invalid_request")
        try:
            schema = _schema(asked.get("response_format"))
        except InvalidSchema as wrong:
            return _error(400, f"Invalid schema for response_format: {wrong}", "invalid_request_error")
        call = Call(next(self.numbers), asked["model"], bool(asked.get("stream")), messages, time.time())
        call.form = schema is not None
        self.calls.append(call)
        faults = self.faults.take(form=call.form)
        if "error" in faults:
            call.outcome = "error"
            return _error(faults["error"].status, "simulated failure", "simulated")
        reply = _Reply(self, call, asked, faults, schema)
        if call.streamed:
            return Streamed(reply.stream(), on_gone=lambda: setattr(call, "outcome", "cancelled"))
        return Streamed(
            reply.whole(), media_type="application/json", on_gone=lambda: setattr(call, "outcome", "cancelled")
        )

    def _authorised(self, request: Request) -> bool:
        given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        return given == self.api_key if self.api_key else bool(given)


class _Reply:
    """One answer on its way out, with the faults that hit it."""

    def __init__(
        self,
        simulator: Simulator,
        call: Call,
        asked: dict[str, Any],
        faults: dict[str, Fault],
        schema: dict[str, Any] | None,
    ) -> None:
        self.call = call
        self.faults = faults
        self.token_s = faults["slow"].seconds if "slow" in faults else simulator.token_s
        self.field = "refusal" if "refusal" in faults else "content"
        if "refusal" in faults:
            said = tokens(_DECLINED)
        elif schema is None or "garbled" in faults:
            said = tokens(answer(call.messages, int(asked.get("seed") or simulator.seed)))
        else:
            said = list(pieces(filled(schema, call.messages[-1].text, leave_out="missing" in faults)))
        limit = asked.get("max_tokens") or asked.get("max_completion_tokens") or len(said)
        self.said = said[: int(limit)]
        self.finish = "stop" if len(said) <= int(limit) else "length"
        options = asked.get("stream_options")
        self.wants_usage = isinstance(options, dict) and options.get("include_usage") is True
        self.base = {"id": f"chatcmpl-sim-{call.number}", "created": int(call.at), "model": call.model}

    @property
    def usage(self) -> dict[str, int]:
        prompt = sum(len(tokens(said.text)) for said in self.call.messages)
        return {"prompt_tokens": prompt, "completion_tokens": len(self.said), "total_tokens": prompt + len(self.said)}

    async def stream(self) -> AsyncGenerator[bytes, None]:
        await self._wait()
        yield self._chunk({"role": "assistant", "content": ""})
        async for token in self._tokens():
            yield self._chunk({self.field: token})
        yield self._chunk({}, self.finish)
        if self.wants_usage:
            yield event({**self.base, "object": "chat.completion.chunk", "choices": [], "usage": self.usage})
        self.call.outcome = "done"
        yield event("[DONE]")

    async def whole(self) -> AsyncGenerator[bytes, None]:
        await self._wait()
        text = "".join([token async for token in self._tokens()])
        message = {"role": "assistant", "content": None, self.field: text}
        choice = {"index": 0, "message": message, "finish_reason": self.finish}
        body = {**self.base, "object": "chat.completion", "choices": [choice], "usage": self.usage}
        self.call.outcome = "done"
        yield json.dumps(body, ensure_ascii=False).encode()

    async def _wait(self) -> None:
        if "hang" in self.faults:
            await asyncio.Event().wait()
        if "delay" in self.faults:
            await asyncio.sleep(self.faults["delay"].seconds)

    async def _tokens(self) -> AsyncGenerator[str, None]:
        cut = self.faults.get("cut")
        for token in self.said:
            if cut is not None and self.call.tokens_out >= cut.tokens:
                self.call.outcome = "cut"
                raise CutOff
            await asyncio.sleep(self.token_s)
            self.call.tokens_out += 1
            yield token

    def _chunk(self, delta: dict[str, str], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return event({**self.base, "object": "chat.completion.chunk", "choices": [choice]})


def make_app(simulator: Simulator) -> FastAPI:
    """The ASGI application around one simulator's state."""
    app = FastAPI(title="OpenAI-compatible simulator", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        rows = [{"id": name, "object": "model", "created": 0, "owned_by": "simulator"} for name in MODELS]
        return {"object": "list", "data": rows}

    @app.post("/v1/chat/completions")
    async def completions(request: Request) -> Response:
        return await simulator.complete(request)

    @app.get("/_calls")
    async def calls() -> list[dict[str, Any]]:
        return [call.shown() for call in simulator.calls]

    @app.delete("/_calls")
    async def forget() -> dict[str, bool]:
        simulator.calls.clear()
        return {"cleared": True}

    @app.get("/_faults")
    async def faults() -> list[dict[str, Any]]:
        return [fault.shown() for fault in simulator.faults.live]

    @app.post("/_faults", response_model=None)
    async def add_fault(request: Request) -> Response:
        try:
            return JSONResponse(simulator.faults.add(await read_object(request)).shown())
        except (TypeError, ValueError) as error:
            return _error(400, str(error), "invalid_fault")

    @app.delete("/_faults")
    async def clear_faults() -> dict[str, bool]:
        simulator.faults.clear()
        return {"cleared": True}

    return app


def _messages(value: object) -> list[Said]:
    rows = value if isinstance(value, list) else []
    return [Said(str(row.get("role")), _text(row.get("content"))) for row in rows if isinstance(row, dict)]


def _schema(asked: object) -> dict[str, Any] | None:
    """Of `response_format`, None for plain text. Raises InvalidSchema."""
    if not isinstance(asked, dict) or asked.get("type") != "json_schema":
        return None
    given = asked.get("json_schema")
    schema = given.get("schema") if isinstance(given, dict) else None
    check(schema)
    return schema if isinstance(schema, dict) else None


def _text(content: object) -> str:
    """Content is a string or a list of parts."""
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _error(status: int, message: str, code: str) -> JSONResponse:
    headers = {"retry-after": "1"} if status == 429 else None
    return JSONResponse({"error": {"message": message, "type": code, "code": code}}, status, headers)
