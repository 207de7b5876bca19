"""The pages behind mails' links: whole in each language, strict in what they allow, and about what the API has."""

from __future__ import annotations

import re
from dataclasses import fields
from functools import cache

import httpx
import pytest

from api.app import described
from api.pages.html import LANGUAGES, PLACEHOLDER, wording_of
from api.pages.wording import Wording
from api.routes.pages import SCRIPT

PAGES = ["/invitations/0d5c2a8e-9f1b-4c7d-8e2a-3b6f5a4d7c10", "/new-password", "/unlock"]
INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:", re.IGNORECASE)
OF_THE_API = {"expired", "accepted", "revoked"}
"""States of an invitation that the script hands on."""


APP = cache(described)
"""One for all tests: it keeps nothing, and is slow to make."""


def client(*, own_pages: bool = True) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(APP(own_pages=own_pages))
    return httpx.AsyncClient(transport=transport, base_url="http://legion.example")


async def page(path: str, languages: str = "en") -> httpx.Response:
    async with client() as http:
        answer = await http.get(path, headers={"accept-language": languages})
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_allows_nothing_but_its_own(path: str) -> None:
    answer = await page(path)
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert (policy["default-src"], policy["script-src"], policy["frame-ancestors"]) == ("'none'", "'self'", "'none'")
    assert "unsafe" not in answer.headers["content-security-policy"]
    expected = {"referrer-policy": "no-referrer", "cache-control": "no-store", "x-content-type-options": "nosniff"}
    assert {name: answer.headers[name] for name in expected} == expected
    assert not INLINE.search(answer.text)
    assert INLINE.search("<script>1</script>"), "the control"
    assert "http" not in answer.text.replace("http-equiv", ""), "nothing of elsewhere"


@pytest.mark.parametrize("path", PAGES)
async def test_what_a_page_loads_is_there(path: str) -> None:
    loaded = re.findall(r'(?:src|href)="([^"]+)"', (await page(path)).text)
    assert sorted(loaded) == ["/pages/page.css", "/pages/page.js"]
    async with client() as http:
        types = {each: (await http.get(each)).headers["content-type"] for each in loaded}
    assert types["/pages/page.js"].startswith("text/javascript")
    assert types["/pages/page.css"].startswith("text/css")


@pytest.mark.parametrize("path", PAGES)
async def test_script_and_page_speak_of_the_same(path: str) -> None:
    text, script = (await page(path)).text, SCRIPT.decode()
    literals = set(re.findall(r'"([\w-]+)"', script)) | OF_THE_API
    states = {state for each in re.findall(r'data-when="([^"]+)"', text) for state in each.split()} - {"waiting"}
    assert states
    assert states <= literals
    assert all(f"{each}:" in script for each in re.findall(r'data-does="([^"]+)"', text))
    said = re.search(r"say\(\{(.*)\}\)", script)
    assert said is not None
    assert set(re.findall(r'data-said="([^"]+)"', text)) <= set(re.findall(r"(\w+):", said[1]))


async def test_what_the_script_asks_for_is_in_the_api() -> None:
    async with client() as http:
        paths = (await http.get("/openapi.json")).json()["paths"]
    asked = re.findall(r'call\("(\w+)", (?:invitation(?: \+ "([^"]*)")?|"([^"]+)")', SCRIPT.decode())
    assert len(asked) == 6
    for method, below, path in asked:
        operation = paths[path or "/v1/invitations/{invitation_id}" + below][method.lower()]
        assert operation["x-permission"] == "none"


@pytest.mark.parametrize(
    ("languages", "tag"),
    [
        ("pt-BR,pt;q=0.9,en;q=0.8", "pt-BR"),
        ("es-MX", "es"),
        ("fr, es;q=0.5, en;q=0.4", "es"),
        ("en;q=0.1, PT;q=0.2", "pt-BR"),
        ("pt;q=0, es;q=0.1", "es"),
        ("fr", "en"),
        ("", "en"),
        ("*", "en"),
        ("es;q=x, pt;q=0.1", "pt-BR"),
        (",;,=;q", "en"),
    ],
)
async def test_the_readers_language(languages: str, tag: str) -> None:
    answer = await page("/unlock", languages)
    assert (answer.headers["content-language"], answer.headers["vary"]) == (tag, "accept-language")
    assert f'<html lang="{tag}">' in answer.text
    assert wording_of(languages).unlock in answer.text


def test_languages_say_the_same_things() -> None:
    for field in fields(Wording):
        texts = {tag: str(getattr(words, field.name)) for tag, words in LANGUAGES.items()}
        assert all(texts.values())
        assert len({tuple(sorted(PLACEHOLDER.findall(text))) for text in texts.values()}) == 1, field.name
        assert len(set(texts.values())) == len(texts), f"{field.name} is not translated"


async def test_with_a_console_there_are_none() -> None:
    async with client(own_pages=False) as http:
        for path in (*PAGES, "/pages/page.js"):
            answer = await http.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_link_that_is_no_invitation_is_no_page() -> None:
    async with client() as http:
        answer = await http.get("/invitations/x")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
        assert (await http.post("/unlock")).status_code == 405
