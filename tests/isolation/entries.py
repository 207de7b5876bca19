"""Every operation, and how it is called so that it would succeed. A new route needs one line here; a new kind of
resource needs its maker in `estate.KINDS`. What is missing, or too much, fails `test_cases_unit.py`.

A list that can be narrowed is called whole, too: what a filter hides is not seen to leak.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from domain.people.policies import TERMS
from tests.api.people import ORIGIN, PASSWORD
from tests.isolation.entry import Entry, New, Of, Own, Texts
from vault.accounts.key_text import KeyKind, new_text

CENTURION: Final[dict[str, Any]] = {
    "name": New("C {}"),
    "persona": "Sells.",
    "model": "gpt-4o-mini",
    "fallback_text": "Soon.",
}
REASON: Final = {"reason": "for the test"}
SETTINGS: Final = {"timezone": "Europe/Lisbon", "locale": "pt-PT", "brand": {"logo": Of("file")}}
ROLE: Final = {"name": New("Role {}"), "permissions": ["lead:read"]}
KEY: Final = {"name": New("Key {}"), "scopes": ["lead:read"]}
BROWSER: Final[Texts] = {**ORIGIN, "cookie": Own("cookie")}
LINK: Final[Texts] = {"X-Invitation-Token": Of("invitation_token")}
CHOSEN: Final = {"name": "Ana Prado", "password": PASSWORD, "terms": TERMS}
STAGE: Final = {"name": New("Stage {}"), "colour": "#1f2937", "probability": 10, "requires": ["fact:budget"]}
PIPELINE: Final = {"name": New("Pipeline {}"), "stages": [STAGE]}
CHANGED_PIPELINE: Final = {
    "name": New("Pipeline {}"),
    "stages": [{"id": Of("stage"), **STAGE}],
    "won_reasons": [{"id": Of("won_reason"), "label": New("{}")}],
    "lost_reasons": [{"id": Of("lost_reason"), "label": New("{}")}],
    "on_signature": {"stage": Of("stage"), "wins": True, "reason": Of("won_reason")},
}
NEW_PIPELINE: Final = {kind: kind for kind in ("pipeline", "stage", "won_reason", "lost_reason")}
SERVICE: Final = {"name": New("Service {}"), "price": 9900, "currency": "BRL"}
QUESTION: Final = {"key": "colour", "label": New("{}"), "kind": "text", "asks": New("{}"), "required": True}
RULES: Final = {
    "questions": [QUESTION],
    "threshold": 0,
    "handoff": {"pipeline": Of("pipeline"), "stage": Of("stage")},
}
PIXEL: Final[dict[str, Any]] = {
    "name": New("Pixel {}"),
    "dataset": "1234567890",
    "centurion": Of("centurion"),  # of another one each time: nobody's leads are reported twice
    "reports": [{"milestone": "qualified", "name": "Lead"}],
}
ITS_OWN: Final = {"centurion": "centurion"}
LATELY: Final = (datetime.now(UTC) - timedelta(days=1)).isoformat()
SAYING: Final = {"evidence": [Of("event")]}
HANDOFF: Final[dict[str, Any]] = {"reason": "by_person", "pipeline": Of("pipeline"), "stage": Of("stage"), **SAYING}
NEW_LEAD: Final = {"lead": "lead", "event": "event"}
NEW_DEAL: Final = {"lead": "lead", "event": "event", "deal": "deal"}
TEMPLATE: Final[dict[str, Any]] = {
    "name": New("Template {}"),
    "body": {
        "title": New("Contract {}"),
        "variables": [{"name": "client", "kind": "text"}],
        "blocks": [{"type": "paragraph", "runs": [{"text": "{{client}}"}]}, {"type": "signature", "signer": "client"}],
    },
}
SIGNER: Final = {"signer": "client", "name": New("Ana {}"), "email": New("{}@example.org")}
NEW_CONTRACT: Final = {**NEW_DEAL, "contract": "contract"}
OF_LEAD, OF_COMPANY = Of("lead", "lead/{}"), Of("company", "tenant/{}")

ENTRIES: Final[dict[str, Entry | tuple[Entry, ...]]] = {
    "GET /health/live": Entry(),
    "GET /health/ready": Entry(),
    "GET /metrics": Entry(),
    "GET /.well-known/jwks.json": Entry(),
    "POST /v1/auth/login": Entry(
        body={"email": Own("email"), "password": Own("password"), "company": Of("company")}, ends_session=True
    ),
    "POST /v1/auth/refresh": Entry(headers=BROWSER, ends_session=True),
    "POST /v1/auth/logout": Entry(headers=BROWSER, ends_session=True),
    "POST /v1/auth/password/forgotten": Entry(body={"email": Own("email")}),
    # Who has such a token has read the mail: nobody else's is tried.
    "POST /v1/auth/password/reset": Entry(body={"token": "none", "password": Own("next_password")}, reaches=404),
    "POST /v1/auth/unlock": Entry(body={"token": "none"}, reaches=404),
    "GET /v1/invitations/{invitation_id}": Entry(headers=LINK),
    "POST /v1/invitations/{invitation_id}/acceptance": Entry(
        headers=LINK, body=CHOSEN, uses={"invitation": "invitation", "invitation_token": "invitation_token"}
    ),
    "POST /v1/invitations/{invitation_id}/again": Entry(headers=LINK, reaches=409),  # it has not expired
    "GET /v1/me": Entry(people=True),
    "PUT /v1/me/name": Entry(body={"name": New("Ana {}")}, people=True),
    "PUT /v1/me/terms": Entry(body={"terms": TERMS}, people=True, reaches=409),  # accepted with the invitation
    "PUT /v1/me/password": Entry(
        body={"old": Own("password"), "new": Own("next_password")}, people=True, ends_session=True
    ),
    "POST /v1/me/totp": Entry(body={"password": Own("password")}, people=True),
    "PUT /v1/me/totp": Entry(body={"code": "000000"}, people=True, reaches=409),  # no code of the time
    "DELETE /v1/me/totp": Entry(body={"password": Own("password")}, people=True, reaches=404),
    "PUT /v1/me/company": Entry(body={"company": Of("company")}, people=True, members=True),
    "GET /v1/me/sessions": Entry(people=True),
    "DELETE /v1/me/sessions": Entry(people=True, ends_session=True),
    "DELETE /v1/me/sessions/{session_id}": (
        Entry(people=True, reaches=404),  # a colleague's is nobody else's either
        Entry(path={"session_id": Own("other_session")}, people=True),
    ),
    "GET /v1/users": (Entry(), Entry(query={"after": Of("user")})),
    "GET /v1/users/{user_id}": Entry(),
    "PUT /v1/users/{user_id}/disabled": Entry(body=REASON, uses={"user": "user"}),
    "DELETE /v1/users/{user_id}/disabled": Entry(uses={"user": "disabled_user"}),
    "PUT /v1/users/{user_id}/erasure": Entry(body=REASON, uses={"user": "disabled_user"}),
    "POST /v1/companies": Entry(body={"slug": New("s{}"), "name": New("Company {}")}),
    "GET /v1/companies": Entry(),
    "GET /v1/companies/{company_id}": Entry(),
    "PUT /v1/companies/{company_id}/name": Entry(body={"name": New("Company {}")}),
    "PUT /v1/companies/{company_id}/slug": Entry(body={"slug": New("s{}")}),
    "PUT /v1/companies/{company_id}/settings": Entry(body=SETTINGS, uses={"file": "file"}),  # others each time
    "PUT /v1/companies/{company_id}/suspension": Entry(body=REASON, uses={"company": "company"}),
    "DELETE /v1/companies/{company_id}/suspension": Entry(uses={"company": "suspended_company"}),
    "PUT /v1/companies/{company_id}/archive": Entry(body=REASON, uses={"company": "suspended_company"}),
    "GET /v1/companies/{company_id}/invitations": Entry(),
    "POST /v1/companies/{company_id}/invitations": Entry(body={"email": New("{}@example.org"), "role": Of("role")}),
    "GET /v1/companies/{company_id}/invitations/{invitation_id}": Entry(),
    "DELETE /v1/companies/{company_id}/invitations/{invitation_id}": Entry(uses={"invitation": "invitation"}),
    "GET /v1/companies/{company_id}/members": Entry(),
    "GET /v1/companies/{company_id}/members/{user_id}": Entry(),
    "PUT /v1/companies/{company_id}/members/{user_id}/role": Entry(
        body={"role": Of("spare_role"), "before": Of("role")}, uses={"user": "user"}
    ),
    "DELETE /v1/companies/{company_id}/members/{user_id}": Entry(query={"role": Of("role")}, uses={"user": "user"}),
    "GET /v1/companies/{company_id}/members/{user_id}/sessions": Entry(),
    "DELETE /v1/companies/{company_id}/members/{user_id}/sessions": Entry(uses={"user": "user"}),
    "DELETE /v1/companies/{company_id}/members/{user_id}/sessions/{session_id}": Entry(uses={"session": "session"}),
    "GET /v1/companies/{company_id}/roles": Entry(),
    "POST /v1/companies/{company_id}/roles": Entry(body=ROLE),
    "GET /v1/companies/{company_id}/roles/{role_id}": Entry(),
    "PUT /v1/companies/{company_id}/roles/{role_id}": Entry(body=ROLE),
    "DELETE /v1/companies/{company_id}/roles/{role_id}": Entry(uses={"role": "spare_role"}),
    "GET /v1/companies/{company_id}/api-keys": Entry(),
    "POST /v1/companies/{company_id}/api-keys": Entry(body=KEY),
    "GET /v1/companies/{company_id}/api-keys/{key_id}": Entry(),
    "PUT /v1/companies/{company_id}/api-keys/{key_id}": Entry(body=KEY, uses={"key": "key"}),
    "DELETE /v1/companies/{company_id}/api-keys/{key_id}": Entry(uses={"key": "key"}),
    "POST /v1/companies/{company_id}/api-keys/{key_id}/rotation": Entry(body={}, uses={"key": "key"}),
    # Who has a whole key is its holder: nobody else's is tried.
    "POST /v1/api-keys/leaked": Entry(body={"key": new_text(KeyKind.LIVE)}),
    "GET /v1/companies/{company_id}/teams": Entry(),
    "POST /v1/companies/{company_id}/teams": Entry(body={"name": New("Team {}")}),
    "PUT /v1/companies/{company_id}/teams/{team_id}/name": Entry(body={"name": New("Team {}")}),
    "PUT /v1/companies/{company_id}/teams/{team_id}/members/{user_id}": Entry(uses={"team": "team"}),
    "DELETE /v1/companies/{company_id}/teams/{team_id}/members/{user_id}": Entry(uses={"team": "manned_team"}),
    "DELETE /v1/companies/{company_id}/teams/{team_id}": Entry(uses={"team": "team"}),
    "GET /v1/security-events": (Entry(), Entry(query={"user": Of("user")})),
    "GET /v1/files": (Entry(), Entry(query={"after": Of("file_cursor")})),
    "POST /v1/files": Entry(query={"name": New("{}.txt")}, headers={"content-type": "text/plain"}, body=b"words"),
    "DELETE /v1/files/{file_id}": Entry(uses={"file": "file"}),
    "GET /v1/files/{file_id}/link": Entry(),
    "GET /v1/files/{file_id}/content": Entry(query={"link": Of("file_link")}, uses={"file_link": "file_link"}),
    "GET /v1/centurions": Entry(),
    "POST /v1/centurions": Entry(body=CENTURION),
    "GET /v1/centurions/{centurion_id}": Entry(),
    "PUT /v1/centurions/{centurion_id}": Entry(body=CENTURION),
    "PUT /v1/integrations/autentique": Entry(body={"sandbox": True}),  # it has a token and a secret
    "GET /v1/integrations/autentique": Entry(),
    "GET /v1/instances": Entry(),
    "POST /v1/instances": Entry(
        body={"external_name": New("i{}"), "webhook_secret": New("{}"), "centurion": Of("centurion")}
    ),
    "GET /v1/instances/{instance_id}": Entry(),
    "GET /v1/pipelines": Entry(),
    "POST /v1/pipelines": Entry(body=PIPELINE),
    # All that go on, and the calls before have made more of them: who may is told so.
    "PUT /v1/pipelines/order": Entry(body={"pipelines": [Of("pipeline")]}, reaches=409),
    "GET /v1/pipelines/{pipeline_id}": Entry(),
    "PUT /v1/pipelines/{pipeline_id}": Entry(body=CHANGED_PIPELINE, uses=NEW_PIPELINE),
    "DELETE /v1/pipelines/{pipeline_id}": Entry(uses={"pipeline": "pipeline"}),
    "GET /v1/qualification": Entry(uses={"rules": "rules"}),
    "PUT /v1/qualification": Entry(body=RULES),
    "DELETE /v1/qualification": Entry(uses={"rules": "rules"}),
    "GET /v1/services": Entry(),
    "POST /v1/services": Entry(body=SERVICE),
    "PUT /v1/services/{service_id}": Entry(body=SERVICE),
    "DELETE /v1/services/{service_id}": Entry(uses={"service": "service"}),
    "GET /v1/pixels": Entry(),
    "POST /v1/pixels": Entry(body=PIXEL, uses=ITS_OWN),
    "GET /v1/pixels/{pixel_id}": Entry(),
    "PUT /v1/pixels/{pixel_id}": Entry(body=PIXEL, uses=ITS_OWN),
    "DELETE /v1/pixels/{pixel_id}": Entry(uses={"pixel": "pixel"}),
    "PUT /v1/pixels/{pixel_id}/token": Entry(body={"token": New("{}")}, uses={"pixel": "pixel"}),
    # The company's own has no token.
    "POST /v1/pixels/{pixel_id}/release": Entry(reaches=409),
    "POST /v1/pixels/{pixel_id}/test": Entry(body={"test_code": "TEST1"}, reaches=409),
    "POST /v1/pixels/{pixel_id}/backfills": Entry(body={"since": LATELY}),
    "GET /v1/conversions": (
        Entry(query={"lead": Of("conversion_lead")}),
        Entry(query={"pixel": Of("pixel")}),
        Entry(query={"after": Of("conversion_cursor")}),
        Entry(),
    ),
    "GET /v1/conversions/{conversion_id}": Entry(),
    "POST /v1/conversions/{conversion_id}/resend": Entry(body={}, reaches=409),  # it is about to be sent
    "GET /v1/leads": (Entry(shows_leads=True), Entry(query={"after": Of("lead_cursor")})),
    "GET /v1/leads/{lead_id}": Entry(),
    "PUT /v1/leads/{lead_id}/assignment": (
        Entry(body={"user": Of("user"), "team": None, "reason": "distribution"}, uses={"lead": "lead"}),
        Entry(body={"user": None, "team": Of("team"), "reason": "distribution"}, uses={"lead": "lead"}),
    ),
    "POST /v1/leads/{lead_id}/erasure": Entry(body={"reason": "test_data"}, uses={"lead": "lead"}),
    "POST /v1/leads/{lead_id}/qualification": Entry(body=SAYING, uses=NEW_LEAD),
    "POST /v1/leads/{lead_id}/disqualification": Entry(body={"reason": "no_need", **SAYING}, uses=NEW_LEAD),
    # Its deal is open.
    "POST /v1/leads/{lead_id}/reopening": Entry(body={"reason": "new_need", **SAYING}, reaches=409),
    "GET /v1/leads/{lead_id}/facts": Entry(),
    "PUT /v1/leads/{lead_id}/facts": Entry(
        body={"facts": [{"key": "budget", "value": New("{}"), "source": Of("event")}], "intent": "buy"}
    ),
    "POST /v1/leads/{lead_id}/touches": Entry(body={"ad": New("{}")}),
    "PUT /v1/leads/{lead_id}/consents/{purpose}": Entry(
        path={"purpose": "messages"}, body={"given": True, "how": "form", **SAYING}, uses=NEW_LEAD
    ),
    "GET /v1/leads/{lead_id}/trail": Entry(query={"whole": "true"}),
    "POST /v1/leads/{lead_id}/handoff": (
        Entry(body={**HANDOFF, "user": Of("user")}, uses=NEW_LEAD),
        Entry(body={**HANDOFF, "team": Of("team")}, uses=NEW_LEAD),
    ),
    "GET /v1/deals": (
        Entry(shows_leads=True),
        Entry(query={"pipeline": Of("pipeline")}),
        Entry(query={"stage": Of("stage")}),
        Entry(query={"lead": Of("lead")}),
        Entry(query={"after": Of("deal_cursor")}),
    ),
    "GET /v1/deals/board": Entry(query={"pipeline": Of("pipeline")}, shows_leads=True),
    "GET /v1/deals/index": (
        Entry(),
        Entry(query={"company": Of("company")}),
        Entry(query={"after": Of("deal_cursor")}),
    ),
    "GET /v1/deals/{deal_id}": Entry(),
    "PUT /v1/deals/{deal_id}/stage": Entry(
        body={"stage": Of("stage"), "pipeline": Of("pipeline")},
        reaches=409,  # where it stands
    ),
    "PUT /v1/deals/{deal_id}/value": Entry(
        body={"currency": "BRL", "items": [{"service": Of("service"), "quantity": 1, "price": 100}]}
    ),
    "POST /v1/deals/{deal_id}/undoing": Entry(body={"reason": "mistake"}, uses=NEW_DEAL),
    "POST /v1/deals/{deal_id}/won": Entry(body={"reason": Of("won_reason"), **SAYING}, uses=NEW_DEAL),
    "POST /v1/deals/{deal_id}/lost": Entry(body={"reason": Of("lost_reason"), **SAYING}, uses=NEW_DEAL),
    "POST /v1/deals/{deal_id}/reopening": Entry(reaches=409),  # it is open
    "GET /v1/templates": Entry(),
    "POST /v1/templates": Entry(body=TEMPLATE),
    "GET /v1/templates/{template_id}": Entry(),
    "POST /v1/templates/{template_id}/versions": Entry(body=TEMPLATE),  # others each time
    "DELETE /v1/templates/{template_id}": Entry(uses={"template": "template"}),
    "POST /v1/templates/{template_id}/preview": Entry(body={"values": {"client": New("{}")}}),
    "GET /v1/contracts": (
        Entry(),
        Entry(query={"lead": Of("lead")}),
        Entry(query={"deal": Of("deal")}),
        Entry(query={"after": Of("contract_cursor")}),
    ),
    "POST /v1/contracts": Entry(
        body={"deal": Of("deal"), "template": Of("template"), "values": {"client": New("{}")}, "signers": [SIGNER]},
        uses={**NEW_DEAL, "template": "template"},
    ),
    "GET /v1/contracts/{contract_id}": Entry(),
    "POST /v1/contracts/{contract_id}/sending": Entry(uses=NEW_CONTRACT),
    "POST /v1/contracts/{contract_id}/cancelling": Entry(uses=NEW_CONTRACT),
    "POST /v1/contracts/{contract_id}/resending": Entry(body={"signer": "client"}, reaches=409),  # it was not sent
    "POST /v1/contracts/{contract_id}/settling": Entry(body={"never_made": True}, reaches=409),  # nothing is unknown
    "GET /v1/contracts/{contract_id}/file": Entry(reaches=409),  # nobody has signed
    "GET /v1/deals/{deal_id}/activities": Entry(),
    "POST /v1/deals/{deal_id}/activities": (
        Entry(body={"kind": "note", "text": New("{}")}),
        Entry(body={"kind": "file", "file": Of("file")}),
    ),
    "PUT /v1/deals/{deal_id}/activities/{activity_id}/done": Entry(uses={"activity": "activity"}),
    "GET /v1/conversations": (
        Entry(shows_leads=True),
        Entry(query={"lead": Of("lead")}),
        Entry(query={"after": Of("conversation_cursor")}),
    ),
    "GET /v1/conversations/{conversation_id}": Entry(),
    "GET /v1/conversations/{conversation_id}/timeline": Entry(),
    "PUT /v1/conversations/{conversation_id}/floor": Entry(body={"holder": "human"}),
    "GET /v1/commands/{command_id}": (
        Entry(query={"journey": OF_LEAD}),
        Entry(query={"journey": OF_COMPANY}),
    ),
    "GET /v1/events": Entry(query={"after": "start"}, streams=True),
    "GET /v1/journeys/{journey}/state": (
        Entry(path={"journey": OF_LEAD}),
        Entry(path={"journey": OF_COMPANY}),
        Entry(path={"journey": "holding"}, company=False),
    ),
    "GET /v1/journeys/{journey}/diff": (
        Entry(path={"journey": OF_LEAD}, query={"from": "0"}),
        Entry(path={"journey": OF_COMPANY}, query={"from": "0"}),
        Entry(path={"journey": "holding"}, query={"from": "0"}, company=False),
    ),
    "GET /v1/status": Entry(),
    "POST /v1/demo/messages": Entry(body={"phone": "5511987654321", "text": "Oi"}, reaches=404),  # this is no demo
    "GET /v1/demo/mails": Entry(reaches=404),
}


def variants(name: str) -> tuple[Entry, ...]:
    """Of one operation. Raises KeyError for one without."""
    found = ENTRIES[name]
    return found if isinstance(found, tuple) else (found,)
