"""A NUL in a text is told to whoever sends it; it harms neither a read nor the writer that meets it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.api.world import World

pytestmark = pytest.mark.stack


async def test_a_nul_is_refused_and_the_writer_goes_on(world: World) -> None:
    company = await world.company()
    people = f"/v1/companies/{company}/members/{uuid4()}"
    answers = [
        await world.http.post(f"/v1/companies/{company}/invitations", json={"email": "a@example.org", "role": "\0"}),
        await world.http.delete(f"{people}?role=%00"),
        await world.http.put(f"{people}/role", json={"role": "\0", "before": "sdr"}),
        await world.http.put(f"{people}/role", json={"role": "sdr", "before": "a\0"}),
        await world.http.post("/v1/companies", json={"slug": "a\0b", "name": "Acme"}),
        await world.http.put(f"/v1/companies/{company}/slug", json={"slug": "a\0b"}),
        await world.http.post("/v1/auth/login", json={"email": "a\0@example.org", "password": "x"}),
    ]
    for answer in answers:
        assert answer.status_code in {401, 404, 409, 422}, answer.text
        assert answer.json()["code"] in {"nul_in_text", "name_invalid", "invalid_slug", "email_invalid"}, answer.text
    assert await world.company(), "decided in the same partition"
