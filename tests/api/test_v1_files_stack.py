"""Files over the API: uploaded as what they are, read through a link that opens one file for a while, nobody else's."""

from __future__ import annotations

import time
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.edge.capped import MAX_BODY
from domain.security.commands import RecordAct
from domain.security.records import Act
from eventlog.codec import default_codec
from tests.api.files import PDF, PNG, follow, upload, uploaded, url_of
from tests.api.people import join
from tests.api.test_uploads_unit import HTML, SAMPLES, SVG
from tests.api.world import World
from tests.vault.test_file_links_stack import forged
from vault.file_links import LASTS_S, FileLinks

pytestmark = pytest.mark.stack


async def listed(world: World, company: str, **query: Any) -> dict[str, Any]:
    answer = await world.http.get("/v1/files", params=query, headers=world.tenant(company))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def told(world: World, file: str) -> list[RecordAct]:
    """What waits to be told to auditors, the oldest first."""
    waiting = await world.vault.outbox.waiting(older_than=timedelta(0), limit=1000)
    commands = [default_codec().decode_command(put.value)[1] for put in waiting]
    return [each for each in commands if isinstance(each, RecordAct) and each.about == file]


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_every_type_comes_back_whole_and_is_served_harmlessly(world: World) -> None:
    company = await world.company()
    for media_type, content in SAMPLES.items():
        made = (await upload(world, company, content, media_type, name='ação "1".x')).json()
        assert (made["size"], made["sha256"]) == (len(content), sha256(content).hexdigest())
        answer = await follow(world, await url_of(world, company, made["id"]))
        assert (answer.status_code, answer.content) == (200, content)
        headers = answer.headers
        assert headers["content-type"].partition(";")[0] == media_type
        way = "inline" if media_type.startswith("image/") else "attachment"
        assert headers["content-disposition"] == f"{way}; filename*=UTF-8''a%C3%A7%C3%A3o%20%221%22.x"
        assert headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert headers["x-content-type-options"] == "nosniff"
        private, _, age = headers["cache-control"].partition(", max-age=")
        assert private == "private"
        assert 0 < int(age) <= LASTS_S


async def test_what_is_not_what_it_says_is_refused_and_nothing_is_left(world: World) -> None:
    company = await world.company()
    for content, media_type, name, status, code in (
        (SVG, "image/png", "a.png", 422, "content_differs"),
        (HTML, "image/png", "a.png", 422, "content_differs"),
        (HTML, "application/pdf", "a.pdf", 422, "content_differs"),
        (PNG, "image/jpeg", "a.jpg", 422, "content_differs"),
        (SVG, "image/svg+xml", "a.svg", 422, "media_type_unknown"),
        (HTML, "text/html", "a.html", 422, "media_type_unknown"),
        (PNG, "", "a.png", 422, "media_type_unknown"),
        (b"", "image/png", "a.png", 422, "file_empty"),
        (PNG + bytes(MAX_BODY), "image/png", "a.png", 413, "body_too_large"),
        (PNG, "image/png", "", 422, "invalid_input"),
        (PNG, "image/png", "x" * 201, 422, "invalid_input"),
        (PNG, "image/png", "a\r\nset-cookie: b", 422, "invalid_input"),
        (PNG, "image/png", "a\0", 422, "invalid_input"),
        (PNG, "image/png", "../a", 422, "invalid_input"),
        (PNG, "image/png", "gnp.\u202etxt", 422, "invalid_input"),
    ):
        answer = await upload(world, company, content, media_type, name=name)
        assert refusal(answer) == (status, code), (media_type, name)
        if code == "invalid_input":
            assert answer.json()["errors"][0]["at"] == "query.name"
    assert (await listed(world, company))["items"] == []
    whole = PNG + bytes(MAX_BODY - len(PNG))  # the control: the largest that there may be
    assert (await upload(world, company, whole, "image/png")).status_code == 201


async def test_the_same_call_again_is_the_same_file_told_once(world: World) -> None:
    company, key = await world.company(), uuid4().hex
    one, same = [await upload(world, company, PNG, "image/png", idempotency_key=key) for _ in range(2)]
    assert one.json() == same.json()
    other = await upload(world, company, PNG + b"!", "image/png", idempotency_key=key)
    assert refusal(other) == (409, "file_differs")
    [added] = await told(world, one.json()["id"])
    assert (added.act, added.company) == (Act.FILE_ADDED, company)
    assert [(each.field, each.after) for each in added.changes] == [("media_type", "image/png"), ("size", "2056")]


async def test_pages_follow_each_other(world: World) -> None:
    company = await world.company()
    made = [await uploaded(world, company, name=f"{n}.png") for n in range(3)]
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = await listed(world, company, limit=2, **after)
        seen += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == made[::-1]
    wrong = await world.http.get("/v1/files", params={"after": "x"}, headers=world.tenant(company))
    assert refusal(wrong) == (422, "cursor_invalid")


async def test_a_deleted_files_link_is_dead_at_once(world: World) -> None:
    company = await world.company()
    file = await uploaded(world, company)
    url = await url_of(world, company, file)
    assert (await follow(world, url)).status_code == 200
    path = f"/v1/files/{file}"
    assert (await world.http.delete(path, headers=world.tenant(company))).status_code == 204
    assert refusal(await follow(world, url)) == (404, "file_not_found")
    assert refusal(await world.http.delete(path, headers=world.tenant(company))) == (404, "file_not_found")
    assert [each.act for each in await told(world, file)] == [Act.FILE_ADDED, Act.FILE_REMOVED]


async def test_whatever_is_wrong_with_a_link_the_answer_is_the_same(world: World) -> None:
    """Forged, over, of another file, of another company, of nothing: as of a file that is not there."""
    company, other = await world.company(), await world.company()
    mine, theirs, nothing = await uploaded(world, company), await uploaded(world, other), str(uuid4())
    links = world.vault.file_links
    late = FileLinks(world.vault.links, clock=lambda: time.time() - LASTS_S)
    mine_token = (await links.make(company, mine)).token
    tried = [
        (nothing, (await links.make(company, nothing)).token),
        (mine, (await late.make(company, mine)).token),
        (theirs, mine_token),
        (theirs, (await links.make(company, theirs)).token),
        (mine, (await links.make(other, mine)).token),
        *((mine, each) for each in list(forged(mine_token))[:: 63 * 4] if each.isprintable()),
        (mine, ""),
        (mine, "\0"),
    ]
    answers = set()
    for file, token in tried:
        async with httpx.AsyncClient(base_url=world.http.base_url, trust_env=False, timeout=30) as nobody:
            answer = await nobody.get(f"/v1/files/{file}/content", params={"link": token})
        assert refusal(answer) == (404, "file_not_found"), token
        answers.add((answer.text.replace(file, "*"), answer.headers["cache-control"], tuple(answer.headers)))
    assert len(answers) == 1
    for of, file in ((company, mine), (other, theirs)):  # the control
        assert (await follow(world, await url_of(world, of, file))).content == PNG


async def test_another_companys_file_is_none(world: World) -> None:
    company, other = await world.company(), await world.company()
    file, admin = await uploaded(world, company), await join(world, other, "company_admin")
    for id_ in (file, str(uuid4())):
        for method, path in (("GET", f"/v1/files/{id_}/link"), ("DELETE", f"/v1/files/{id_}")):
            assert refusal(await admin.call(method, path, x_tenant_id=other)) == (404, "file_not_found")
            assert refusal(await admin.call(method, path, x_tenant_id=company)) == (403, "tenant_mismatch")
    assert (await admin.call("GET", "/v1/files", x_tenant_id=other)).json()["items"] == []
    assert refusal(await upload(world, company, PNG, "image/png", by=admin)) == (403, "tenant_mismatch")
    assert [each["id"] for each in (await listed(world, company))["items"]] == [file]


async def test_who_may_read_a_company_reads_its_files_and_who_may_set_it_changes_them(world: World) -> None:
    company = await world.company()
    viewer, admin = await join(world, company, "viewer"), await join(world, company, "company_admin")
    made = await upload(world, company, PNG, "image/png", by=admin)
    assert (made.status_code, made.json()["made_by"]) == (201, f"user:{admin.user}")
    path = f"/v1/files/{made.json()['id']}"
    link = await viewer.call("GET", f"{path}/link", x_tenant_id=company)
    assert (await follow(world, link.json()["url"])).content == PNG
    assert refusal(await viewer.call("DELETE", path, x_tenant_id=company)) == (403, "forbidden")
    assert refusal(await upload(world, company, PNG, "image/png", by=viewer)) == (403, "forbidden")
    assert (await admin.call("DELETE", path, x_tenant_id=company)).status_code == 204


async def test_a_logo_is_an_image_of_the_company(world: World) -> None:
    company, other = await world.company(), await world.company()
    mine, theirs = await uploaded(world, company), await uploaded(world, other)
    paper = await uploaded(world, company, PDF, "application/pdf")

    async def put(logo: str) -> httpx.Response:
        body = {"timezone": "Europe/Lisbon", "locale": "pt-PT", "brand": {"logo": logo}}
        return await world.http.put(f"/v1/companies/{company}/settings", json=body)

    for logo in (theirs, paper, str(uuid4())):
        answer = await put(logo)
        assert refusal(answer) == (422, "unknown_logo")
        assert answer.json()["detail"] == "brand.logo: no image of the company has this id"
    for logo in ("x", mine.upper(), f"{mine}\n", "\0"):
        answer = await put(logo)
        assert (refusal(answer), answer.json()["errors"][0]["at"]) == ((422, "invalid_input"), "body.brand.logo")
    for logo in (mine, ""):
        assert (await put(logo)).status_code == 200
