"""A chat model behind an OpenAI-compatible API, through the official client, streamed and never tried twice.

Streaming is what makes a hanging server visible early (no token for a while) and a cancelled reply cheap (the server
stops generating when the connection closes).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Literal, Self, cast

import openai
from openai.types.chat import ChatCompletionMessageParam

from gateways.cancel_safe import cancel_safe
from gateways.errors import ChatRateLimited, ChatRefused, ChatTimeout, ChatUnavailable

# Characters for one token of Portuguese text, for servers that report no usage. Rough; the result is flagged.
_CHARACTERS_PER_TOKEN: Final = 4


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of the prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ChatSchema:
    """The JSON that an answer shall be. name: a–z, 0–9, `_` and `-`. schema: JSON Schema within what servers take as
    strict: each object lists all its properties as required and allows no others."""

    name: str
    schema: Mapping[str, Any]

    def format(self) -> dict[str, Any]:
        """As `response_format` says it."""
        return {"type": "json_schema", "json_schema": {"name": self.name, "strict": True, "schema": self.schema}}


@dataclass(frozen=True, slots=True)
class ChatResult:
    """text: the whole answer. tokens_estimated: the server gave no usage, both counts are our estimate.

    first_token_s, latency_s: seconds from the call to the first and to the last piece.
    """

    text: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    tokens_estimated: bool
    finish_reason: str
    first_token_s: float
    latency_s: float


@dataclass(slots=True)
class _Gathering:
    """What has come in so far."""

    pieces: list[str] = field(default_factory=list)
    model: str | None = None
    finish_reason: str | None = None
    declined: bool = False
    usage: tuple[int, int] | None = None
    first_token_s: float | None = None


class ChatClient:
    """silence_s: longest wait for the next piece. total_s: for the whole answer. Close it, or use `async with`."""

    def __init__(self, base_url: str, api_key: str, *, silence_s: float = 20.0, total_s: float = 90.0) -> None:
        self.total_s = total_s
        timeout = openai.Timeout(silence_s, connect=5.0)
        self._openai = openai.AsyncOpenAI(base_url=base_url, api_key=api_key, timeout=timeout, max_retries=0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._openai.close()

    async def complete(
        self,
        messages: Sequence[ChatMessage],
        *,
        model: str,
        temperature: float = 0.7,
        max_tokens: int = 600,
        seed: int | None = None,
        schema: ChatSchema | None = None,
    ) -> ChatResult:
        """One answer, with a schema as JSON: whether it is what the schema says is for the caller to look. Raises
        ChatTimeout, ChatUnavailable, ChatRateLimited, ChatRefused; when cancelled the stream is closed, and with it the
        server's work."""
        started = time.monotonic()
        gathered = _Gathering()
        prompt = [{"role": message.role, "content": message.content} for message in messages]
        options: dict[str, Any] = {"temperature": temperature, "max_tokens": max_tokens}
        if seed is not None:
            options["seed"] = seed
        if schema is not None:
            options["response_format"] = schema.format()
        try:
            await cancel_safe(lambda: self._gather(gathered, prompt, model, options, started), within_s=self.total_s)
        except (TimeoutError, openai.APITimeoutError) as error:
            raise ChatTimeout(detail=f"after {time.monotonic() - started:.1f} s") from error
        except openai.OpenAIError as error:
            raise _named(error) from error
        except ValueError as error:  # the client passes on what its JSON parser says about a broken stream
            raise ChatUnavailable(detail="unreadable stream") from error
        if gathered.finish_reason is None:
            raise ChatUnavailable(detail="the stream ended in the middle")
        if gathered.declined:
            raise ChatRefused(detail="the model declined")
        return _result(gathered, prompt, model, time.monotonic() - started)

    async def _gather(
        self, gathered: _Gathering, prompt: list[dict[str, str]], model: str, options: dict[str, Any], started: float
    ) -> None:
        stream = await self._openai.chat.completions.create(
            # The client's types want one class for each role; ours says the same in one.
            messages=cast("list[ChatCompletionMessageParam]", prompt),
            model=model,
            stream=True,
            stream_options={"include_usage": True},
            **options,
        )
        async with stream:
            async for chunk in stream:
                gathered.model = chunk.model or gathered.model
                if chunk.usage is not None:
                    gathered.usage = (chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
                for choice in (chunk.choices or [])[:1]:
                    if choice.delta.content:
                        gathered.first_token_s = gathered.first_token_s or time.monotonic() - started
                        gathered.pieces.append(choice.delta.content)
                    gathered.declined = gathered.declined or bool(choice.delta.refusal)
                    gathered.finish_reason = choice.finish_reason or gathered.finish_reason


def _result(gathered: _Gathering, prompt: list[dict[str, str]], model: str, latency_s: float) -> ChatResult:
    text = "".join(gathered.pieces)
    estimated = sum(map(len, (message["content"] for message in prompt))), len(text)
    tokens = gathered.usage or tuple(-(-characters // _CHARACTERS_PER_TOKEN) for characters in estimated)
    return ChatResult(
        text=text,
        model=gathered.model or model,
        prompt_tokens=tokens[0],
        completion_tokens=tokens[1],
        tokens_estimated=gathered.usage is None,
        finish_reason=gathered.finish_reason or "",
        first_token_s=latency_s if gathered.first_token_s is None else gathered.first_token_s,
        latency_s=latency_s,
    )


def _named(error: openai.OpenAIError) -> Exception:
    """The client's error in our words. Its message may quote the prompt and stays out of `detail`."""
    if isinstance(error, openai.RateLimitError):
        stated = error.response.headers.get("retry-after", "")
        return ChatRateLimited(
            "HTTP 429", retry_after_s=float(stated) if stated.isascii() and stated.isdigit() else None
        )
    if isinstance(error, openai.APIStatusError):
        detail = f"HTTP {error.status_code}"
        # 408 and 409 are the server's own time-out and lock; 5xx its failure: another try may do.
        passing = error.status_code >= 500 or error.status_code in (408, 409)
        return ChatUnavailable(detail=detail) if passing else ChatRefused(detail=detail)
    return ChatUnavailable(detail=type(error).__name__)
