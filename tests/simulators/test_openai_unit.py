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


FORM = {
    "type": "json_schema",
    "json_schema": {
        "name": "form",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"size": {"anyOf": [{"type": "string", "enum": ["Small", "Large"]}, {"type": "null"}]}},
            "required": ["size"],
            "additionalProperties": False,
        },
    },
}


def formed(client: httpx.Client, text: str, **asked: object) -> httpx.Response:
    messages = [{"role": "user", "content": text}]
    body = {"model": "m", "messages": messages, "response_format": FORM, **asked}
    return client.post("/v1/chat/completions", json=body)


def test_a_form_is_filled_or_refused_as_the_real_one_does(client: httpx.Client) -> None:
    client.delete("/_faults")
    message = formed(client, "[1] lead: a small one").json()["choices"][0]["message"]
    assert json.loads(message["content"]) == {"size": "Small"}
    assert json.loads(formed(client, "nothing").json()["choices"][0]["message"]["content"]) == {"size": None}
    loose = {"type": "json_schema", "json_schema": {"name": "f", "schema": {"type": "object", "properties": {}}}}
    refused = formed(client, "x", response_format=loose)
    assert refused.status_code == 400
    assert "additionalProperties" in refused.json()["error"]["message"]


def test_faults_of_forms_pass_other_requests_by(client: httpx.Client) -> None:
    client.delete("/_faults")
    for kind in ("refusal", "garbled", "missing"):
        client.post("/_faults", json={"kind": kind, "count": 1})
        assert (
            "dias úteis" in client.post("/v1/chat/completions", json=ASKED).json()["choices"][0]["message"]["content"]
        )
        message = formed(client, "nothing").json()["choices"][0]["message"]
        assert (message.get("refusal") is not None) == (kind == "refusal")
        if kind == "garbled":
            assert not message["content"].startswith("{")
        if kind == "missing":
            assert json.loads(message["content"]) == {}
        assert client.get("/_faults").json() == []
    cut = formed(client, "[1] lead: small", max_tokens=1).json()["choices"][0]
    assert cut["finish_reason"] == "length"
