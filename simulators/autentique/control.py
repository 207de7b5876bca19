"""What no real Autentique has: the signers' hands, the clock, faults, and a look at what happened."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException

from simulators.autentique.api import OfficeDep
from simulators.autentique.faults import KINDS
from simulators.autentique.office import Office, Stopped, moment, shown
from simulators.autentique.state import Account, Document, Endpoint, Signature
from simulators.body import read_object

router = APIRouter()
BodyDep = Annotated[dict[str, Any], Depends(read_object)]


def _document(office: OfficeDep, document_id: str) -> Document:
    found = office.store.documents.get(document_id)
    if found is None:
        raise HTTPException(404, "no such document")
    return found


DocumentDep = Annotated[Document, Depends(_document)]


def _signature(document: DocumentDep, public_id: str) -> Signature:
    found = document.signature(public_id)
    if found is None:
        raise HTTPException(404, "no such signature")
    return found


SignatureDep = Annotated[Signature, Depends(_signature)]


def _account(office: Office, body: dict[str, Any]) -> Account:
    """By its `token`; without one the only account there is."""
    accounts = office.store.accounts
    token = str(body.get("token") or (next(iter(accounts)) if len(accounts) == 1 else ""))
    if not token:
        raise HTTPException(400, "token: whose")
    return office.store.account(token)


@router.put("/_sim/webhook")
async def webhook(office: OfficeDep, body: BodyDep) -> dict[str, Any]:
    """`{token, url, secret, shape}`: where an account's events go."""
    shape = str(body.get("shape") or "data")
    if shape not in {"data", "object"} or not body.get("url"):
        raise HTTPException(400, "url, and shape: data or object")
    account = _account(office, body)
    account.endpoint = Endpoint(str(body["url"]), str(body.get("secret") or ""), shape)
    return {"organization": account.organization, "shape": shape}


@router.post("/_sim/documents/{document_id}/signatures/{public_id}/{act}")
async def act(
    office: OfficeDep, document: DocumentDep, signature: SignatureDep, act: str, body: BodyDep
) -> dict[str, Any]:
    """act: view, sign, reject, undelivered; `reason` for the last two. 409 when it is not possible."""
    reason = str(body["reason"]) if body.get("reason") else None
    try:
        if act == "view":
            office.view(document, signature)
        elif act == "sign":
            office.sign(document, signature)
        elif act == "reject":
            office.reject(document, signature, reason)
        elif act == "undelivered":
            office.undelivered(document, signature, reason)
        else:
            raise HTTPException(404, "act: view, sign, reject, undelivered")
    except Stopped as stopped:
        raise HTTPException(409, str(stopped)) from None
    return shown(document, office.origin)


@router.post("/_sim/documents/{document_id}/expire")
async def expire(office: OfficeDep, document: DocumentDep) -> dict[str, Any]:
    office.expire(document)
    return shown(document, office.origin)


@router.get("/_sim/documents")
async def documents(office: OfficeDep, reference: str = "") -> list[dict[str, Any]]:
    """All accounts' documents whose name holds the reference."""
    return [shown(each, office.origin) for each in office.store.documents.values() if reference in each.name]


@router.get("/_sim/billed")
async def billed(office: OfficeDep, reference: str = "") -> dict[str, Any]:
    charged = [each for each in office.store.billed if reference in office.store.documents[each].name]
    return {"count": len(charged), "documents": charged}


@router.get("/_sim/deliveries")
async def deliveries(office: OfficeDep, document: str | None = None) -> list[dict[str, Any]]:
    return [each for each in office.courier.shown() if document in {None, each["document"]}]


@router.post("/_sim/deliveries/again")
async def again(office: OfficeDep, body: BodyDep) -> dict[str, int]:
    """`{event_id, times}`: the same bytes once more."""
    return {"sent": office.courier.again(str(body.get("event_id")), int(body.get("times") or 1))}


@router.post("/_sim/hold")
async def hold(office: OfficeDep) -> dict[str, bool]:
    """Webhooks wait until they are released."""
    office.courier.holding = True
    return {"holding": True}


@router.post("/_sim/release")
async def release(office: OfficeDep, body: BodyDep) -> dict[str, list[str]]:
    """Delivers them one by one, the last first; with a `seed` shuffled. Answers when they are out."""
    seed = body.get("seed")
    return {"order": await office.courier.release(None if seed is None else int(seed))}


@router.post("/_sim/events", status_code=201)
async def emit(office: OfficeDep, body: BodyDep) -> dict[str, bool]:
    """`{type, document_id?, public_id?, resource?, created_at?, token?}`: an event that may never have happened."""
    document = office.store.documents.get(str(body.get("document_id")))
    signature = document.signature(str(body.get("public_id"))) if document else None
    resource = body.get("resource")
    sent = office.emit(
        document.account if document else _account(office, body),
        str(body.get("type")),
        document,
        signature,
        resource=resource if isinstance(resource, dict) else None,
        at=moment(body.get("created_at")),
    )
    return {"sent": sent}


@router.get("/_faults")
async def faults(office: OfficeDep) -> dict[str, Any]:
    return {"live": office.faults.shown(), "kinds": KINDS}


@router.post("/_faults", status_code=201)
async def add_fault(office: OfficeDep, body: BodyDep) -> dict[str, Any]:
    try:
        office.faults.add(body)
    except (AttributeError, TypeError, ValueError) as error:
        raise HTTPException(400, str(error)) from None
    return {"live": office.faults.shown()}


@router.delete("/_faults")
async def clear_faults(office: OfficeDep) -> dict[str, Any]:
    office.faults.live.clear()
    return {"live": []}
