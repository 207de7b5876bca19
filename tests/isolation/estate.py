"""What a company has: one resource of each kind, made as its people would make it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from domain.people.policies import TERMS
from tests.api.files import upload
from tests.api.people import PASSWORD, accept, invite, log_in
from tests.api.world import World, until


@dataclass(slots=True)
class Estate:
    """mark: a word that stands in every name and text of the company, and nowhere else. ids: kind → id."""

    world: World
    mark: str
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def teams(self) -> str:
        return f"/v1/companies/{self.ids['company']}/teams"

    async def get(self, kind: str) -> str:
        """The company's own; made when it is first asked for."""
        if kind not in self.ids:
            self.ids[kind] = await KINDS[kind](self)
        return self.ids[kind]

    async def anew(self, uses: dict[str, str]) -> Estate:
        """The same company with others of these kinds (kind → what is made): for a call that uses them up."""
        made = Estate(self.world, self.mark, {kind: id_ for kind, id_ in self.ids.items() if kind not in uses})
        for kind, maker in uses.items():
            made.ids[kind] = await KINDS[maker](made)
        return made

    async def post(self, path: str, body: Any, gives: str) -> str:
        return await self.call("POST", path, body, gives)

    async def call(self, method: str, path: str, body: Any, gives: str) -> str:
        """By the bootstrap token, in the company. gives: the member of the answer that is wanted."""
        headers = self.world.tenant(self.ids["company"]) if "company" in self.ids else {}
        answer = await self.world.http.request(method, path, json=body, headers=headers)
        assert answer.status_code == 200, f"{method} {path}: {answer.text}"
        return str(answer.json()[gives])

    def word(self) -> str:
        """One that nothing else is called, with the company's mark."""
        return f"{self.mark}{uuid4().hex[:8]}"


async def _company(estate: Estate) -> str:
    body = {"slug": estate.word(), "name": f"Company {estate.word()}"}
    answer = await estate.world.http.post("/v1/companies", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["company"])


async def _suspended_company(estate: Estate) -> str:
    company = await _company(estate)
    path = f"/v1/companies/{company}/suspension"
    answer = await estate.world.http.put(path, json={"reason": "for the test"})
    assert answer.status_code == 200, answer.text
    return company


async def _role(estate: Estate) -> str:
    body = {"name": f"Role {estate.word()}", "permissions": ["lead:read"]}
    return await estate.post(f"/v1/companies/{estate.ids['company']}/roles", body, "role")


async def _invitation(estate: Estate) -> str:
    answer = await invite(estate.world, estate.ids["company"], await estate.get("role"), f"{estate.word()}@example.org")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["invitation"])


async def _invitation_token(estate: Estate) -> str:
    return await estate.world.vault.links.token(await estate.get("invitation"))


async def _user(estate: Estate) -> str:
    """A member with the company's own role."""
    email = f"{estate.word()}@example.org"
    invited = (await invite(estate.world, estate.ids["company"], await estate.get("role"), email)).json()
    name = f"Ana {estate.word()}"
    accepted = await accept(estate.world, invited["invitation"], name=name, password=PASSWORD, terms=TERMS)
    assert accepted.status_code == 200, accepted.text
    return str(invited["user"])


async def _disabled_user(estate: Estate) -> str:
    user = await _user(estate)
    await estate.call("PUT", f"/v1/users/{user}/disabled", {"reason": "for the test"}, "status")
    return user


async def _team(estate: Estate) -> str:
    return await estate.post(estate.teams, {"name": f"Team {estate.word()}"}, "team")


async def _manned_team(estate: Estate) -> str:
    """With the company's member in it."""
    team = await _team(estate)
    return await estate.call("PUT", f"{estate.teams}/{team}/members/{await estate.get('user')}", None, "team")


async def _session(estate: Estate) -> str:
    """Of a member."""
    user = (await estate.world.http.get(f"/v1/users/{await estate.get('user')}")).json()["user"]
    return str((await log_in(estate.world, user["email"], PASSWORD)).json()["session"])


async def _key(estate: Estate) -> str:
    """Of a machine."""
    body = {"name": f"Key {estate.word()}", "scopes": ["lead:read"]}
    answer = await estate.world.http.post(f"/v1/companies/{estate.ids['company']}/api-keys", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"]["id"])


async def _centurion(estate: Estate) -> str:
    body = {
        "name": f"C {estate.word()}",
        "persona": f"Sells {estate.mark}.",
        "model": "gpt-4o-mini",
        "fallback_text": "Soon.",
    }
    return await estate.post("/v1/centurions", body, "centurion")


async def _command(estate: Estate) -> str:
    body = {
        "name": f"C {estate.word()}",
        "persona": f"Sells {estate.mark}.",
        "model": "gpt-4o-mini",
        "fallback_text": "Soon.",
    }
    return await estate.post("/v1/centurions", body, "command_id")


async def _instance(estate: Estate) -> str:
    body = {"external_name": estate.word(), "webhook_secret": uuid4().hex, "centurion": await estate.get("centurion")}
    return await estate.post("/v1/instances", body, "instance")


async def _pipeline(estate: Estate) -> str:
    body = {
        "name": f"P {estate.word()}",
        "stages": [{"name": f"S {estate.word()}", "colour": "#1f2937", "probability": 10}],
        "won_reasons": [{"label": estate.word()}],
        "lost_reasons": [{"label": estate.word()}],
    }
    return await estate.post("/v1/pipelines", body, "pipeline")


def _part(of: str) -> Callable[[Estate], Awaitable[str]]:
    async def made(estate: Estate) -> str:
        """The first one of the company's pipeline."""
        path = f"/v1/pipelines/{await estate.get('pipeline')}"
        answer = await estate.world.http.get(path, headers=estate.world.tenant(estate.ids["company"]))
        return str(answer.json()[of][0]["id"])

    return made


async def _service(estate: Estate) -> str:
    body = {"name": f"S {estate.word()}", "price": 9900, "currency": "BRL"}
    return await estate.post("/v1/services", body, "service")


async def _rules(estate: Estate) -> str:
    """Of qualification: other ones than those in force, and such as no lead of the company's meets."""
    word = estate.word()
    question = {"key": f"k{word}", "label": word, "kind": "text", "asks": word, "required": True}
    await estate.call("PUT", "/v1/qualification", {"questions": [question], "threshold": 0}, "status")
    return word


async def _pixel(estate: Estate) -> str:
    """Of a Centurion of its own."""
    body = {"name": f"P {estate.word()}", "dataset": "1234567890", "centurion": await _centurion(estate)}
    return await estate.post("/v1/pixels", body, "pixel")


async def _conversion(estate: Estate) -> str:
    """Of a lead that is worth a person's time."""
    lead, _ = await estate.world.lead(estate.ids["company"], f"Oi, {estate.word()}")
    await estate.post(f"/v1/leads/{lead}/qualification", {}, "status")
    tenant = estate.world.tenant(estate.ids["company"])
    found = (await estate.world.http.get("/v1/conversions", params={"lead": lead}, headers=tenant)).json()
    estate.ids["conversion_lead"] = lead
    return str(found["items"][0]["id"])


async def _conversion_lead(estate: Estate) -> str:
    await estate.get("conversion")
    return estate.ids["conversion_lead"]


async def _another_conversion(estate: Estate) -> None:
    lead, _ = await estate.world.lead(estate.ids["company"], f"Olá, {estate.word()}")
    await estate.post(f"/v1/leads/{lead}/qualification", {}, "status")


async def _lead(estate: Estate) -> str:
    lead, estate.ids["conversation"] = await estate.world.lead(
        estate.ids["company"], f"Oi, {estate.word()}", instance=await estate.get("instance")
    )
    return lead


async def _conversation(estate: Estate) -> str:
    await estate.get("lead")
    return estate.ids["conversation"]


async def _event(estate: Estate) -> str:
    """Of the lead."""
    body = {"facts": [{"key": "need", "value": estate.word()}]}
    path = f"/v1/leads/{await estate.get('lead')}/facts"
    answer = await estate.world.http.put(path, json=body, headers=estate.world.tenant(estate.ids["company"]))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["events"][0])


async def _deal(estate: Estate) -> str:
    """Of the lead, whom nobody has."""
    body = {"reason": "by_person", "pipeline": await estate.get("pipeline"), "stage": await estate.get("stage")}
    return await estate.post(f"/v1/leads/{await estate.get('lead')}/handoff", body, "deal")


async def _activity(estate: Estate) -> str:
    """A task of the deal."""
    body = {"kind": "task", "text": estate.word(), "due_at": "2027-01-01T12:00:00Z"}
    return await estate.post(f"/v1/deals/{await estate.get('deal')}/activities", body, "activity")


async def _autentique(estate: Estate) -> str:
    """The company's account, for trying."""
    body = {"token": uuid4().hex, "webhook_secrets": [uuid4().hex], "sandbox": True}
    return await estate.call("PUT", "/v1/integrations/autentique", body, "webhook_url")


async def _template(estate: Estate) -> str:
    text = [{"text": f"{{{{client}}}} {estate.mark}"}]
    blocks = [{"type": "paragraph", "runs": text}, {"type": "signature", "signer": "client"}]
    body = {"title": estate.mark, "variables": [{"name": "client", "kind": "text"}], "blocks": blocks}
    return await estate.post("/v1/templates", {"name": f"T {estate.word()}", "body": body}, "template")


async def _contract(estate: Estate) -> str:
    """A draft of the deal."""
    await estate.get("autentique")
    signer = {"signer": "client", "name": f"Ana {estate.mark}", "email": f"{estate.word()}@example.org"}
    body = {
        "deal": await estate.get("deal"),
        "template": await estate.get("template"),
        "values": {"client": estate.word()},
        "signers": [signer],
    }
    return await estate.post("/v1/contracts", body, "contract")


async def _file(estate: Estate) -> str:
    """An image, whose content is text all the same."""
    answer = await upload(estate.world, estate.ids["company"], f"GIF89a {estate.word()}".encode(), name=estate.word())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def _file_link(estate: Estate) -> str:
    link = await estate.world.vault.file_links.make(estate.ids["company"], await estate.get("file"))
    return link.token


async def _another_lead(estate: Estate) -> None:
    await estate.world.lead(estate.ids["company"], f"Olá, {estate.word()}")


async def _another_deal(estate: Estate) -> None:
    lead, _ = await estate.world.lead(estate.ids["company"], f"Olá, {estate.word()}")
    await estate.post(f"/v1/leads/{lead}/handoff", {"reason": "by_person"}, "deal")


async def _another_contract(estate: Estate) -> None:
    await _contract(estate)


async def _another_file(estate: Estate) -> None:
    await _file(estate)


def _cursor(path: str, another: Callable[[Estate], Awaitable[None]]) -> Callable[[Estate], Awaitable[str]]:
    async def made(estate: Estate) -> str:
        """Of the page after the company's first row; there is one, for there are two rows."""
        await another(estate)
        return await end_of_first_page(estate, path)

    return made


async def end_of_first_page(estate: Estate, path: str) -> str:
    """Cursor of the list's first row."""
    tenant = estate.world.tenant(estate.ids["company"])

    async def after() -> str | None:
        page = await estate.world.http.get(path, params={"limit": 1}, headers=tenant)
        return None if page.json()["next"] is None else str(page.json()["next"])

    return await until("a second page", after)


KINDS: Final[dict[str, Callable[[Estate], Awaitable[str]]]] = {
    "company": _company,
    "suspended_company": _suspended_company,
    "role": _role,
    "spare_role": _role,
    "invitation": _invitation,
    "invitation_token": _invitation_token,
    "user": _user,
    "disabled_user": _disabled_user,
    "team": _team,
    "manned_team": _manned_team,
    "session": _session,
    "key": _key,
    "centurion": _centurion,
    "command": _command,
    "instance": _instance,
    "pipeline": _pipeline,
    "stage": _part("stages"),
    "won_reason": _part("won_reasons"),
    "lost_reason": _part("lost_reasons"),
    "service": _service,
    "rules": _rules,
    "pixel": _pixel,
    "conversion": _conversion,
    "conversion_lead": _conversion_lead,
    "lead": _lead,
    "conversation": _conversation,
    "event": _event,
    "deal": _deal,
    "activity": _activity,
    "autentique": _autentique,
    "template": _template,
    "contract": _contract,
    "file": _file,
    "file_link": _file_link,
    "file_cursor": _cursor("/v1/files", _another_file),
    "lead_cursor": _cursor("/v1/leads", _another_lead),
    "conversation_cursor": _cursor("/v1/conversations", _another_lead),
    "conversion_cursor": _cursor("/v1/conversions", _another_conversion),
    "deal_cursor": _cursor("/v1/deals", _another_deal),
    "contract_cursor": _cursor("/v1/contracts", _another_contract),
}
"""Kind of a resource → who makes one. `disabled_…`, `suspended_…`, `spare_…`: what a call uses up (`Entry.uses`)."""

THROWN_AWAY: Final = frozenset({"suspended_company", "disabled_user", "manned_team"})
"""Kinds that a company does not have from the start."""


def new_mark() -> str:
    return f"q{uuid4().hex[:10]}"


async def furnished(world: World) -> Estate:
    """A company with one of each kind."""
    estate = Estate(world, new_mark())
    for kind in KINDS:
        if kind not in THROWN_AWAY:
            await estate.get(kind)
    return estate
