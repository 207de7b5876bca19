"""The OpenAI simulator as a plain HTTP client sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from proof.ground.simulator import simulator
from simulators.openai.answers import Said, answer, burst, found_subjects, tokens

ASKED = {"model": "legion-sim", "messages": [{"role": "user", "content": "qual o prazo de entrega?"}]}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with (
        simulator("simulators.openai", "--token-seconds", "0", ready="/v1/models") as url,
        httpx.Client(base_url=url, headers={"authorization": "Bearer k"}, trust_env=False) as made,
    ):
        yield made


def test_a_burst_is_what_came_since_the_last_answer() -> None:
    said = [Said("user", "a"), Said("assistant", "b"), Said("user", "c"), Said("system", "x"), Said("user", "d")]
    assert burst(said) == ["c", "d"]
    assert burst(said[:2]) == []


def test_the_answer_counts_the_burst_and_names_every_subject() -> None:
    said = [Said("user", text) for text in ("oi", "quanto custa?", "aceita pix?", "e a garantia?")]
    text = answer(said, 1)
    assert "as suas 4 mensagens sobre saudação, preço, pagamento, garantia" in text
    assert len(text.split("\n\n")) == 3
    assert text == answer(said, 1)
    assert "a sua mensagem" in answer(said[:1], 1)
    assert found_subjects(["xyz"]) == []
    assert "".join(tokens(text)) == text


def test_an_answer_in_one_piece(client: httpx.Client) -> None:
    body = client.post("/v1/chat/completions", json=ASKED).json()
    assert body["object"] == "chat.completion"
    assert "dias úteis" in body["choices"][0]["message"]["content"]
    assert body["usage"]["total_tokens"] == body["usage"]["prompt_tokens"] + body["usage"]["completion_tokens"]


def test_a_stream_ends_with_usage_only_when_it_was_asked_for(client: httpx.Client) -> None:
    for options, expected in (({"include_usage": True}, 1), (None, 0)):
        asked = {**ASKED, "stream": True, "stream_options": options}
        text = client.post("/v1/chat/completions", json=asked).text
        events = [line[6:] for line in text.split("\n") if line.startswith("data: ")]
        assert events[-1] == "[DONE]"
        chunks = [json.loads(event) for event in events[:-1]]
        assert sum("usage" in chunk for chunk in chunks) == expected


def test_wrong_requests_are_refused_like_the_real_one(client: httpx.Client) -> None:
    assert client.post("/v1/chat/completions", json={}).status_code == 400
    assert client.post("/v1/chat/completions", content=b"x").status_code == 400
    assert client.post("/v1/chat/completions", json=ASKED, headers={"authorization": ""}).status_code == 401
    parts = [{"role": "user", "content": [{"type": "text", "text": "pix?"}]}, 5]
    answer_ = client.post("/v1/chat/completions", json={**ASKED, "messages": parts}).json()
    assert "Pix" in answer_["choices"][0]["message"]["content"]


def test_faults_are_listed_counted_down_and_cleared(client: httpx.Client) -> None:
    client.delete("/_faults")
    assert client.post("/_faults", json={"kind": "gremlin"}).status_code == 400
    assert client.post("/_faults", json={"kind": "error", "count": "many"}).status_code == 400
    client.post("/_faults", json={"kind": "error", "status": 429, "count": 2})
    client.post("/_faults", json={"kind": "delay", "seconds": 0})
    seen = [client.post("/v1/chat/completions", json=ASKED).status_code for _ in range(3)]
    assert seen == [429, 429, 200]
    assert [fault["kind"] for fault in client.get("/_faults").json()] == ["delay"], "no count: until cleared"
    client.delete("/_faults")
    assert client.get("/_faults").json() == []


def test_calls_are_listed_with_their_burst(client: httpx.Client) -> None:
    client.delete("/_calls")
    client.post("/v1/chat/completions", json=ASKED)
    (call,) = client.get("/_calls").json()
    assert (call["burst"], call["outcome"], call["streamed"]) == (1, "done", False)
    assert call["messages"] == [{"role": "user", "content": "qual o prazo de entrega?"}]
