"""What no real Evolution has: the lead's hands, the owner's hands, faults, and a look at what happened."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request

from simulators.body import read_object
from simulators.evolution.faults import KINDS
from simulators.evolution.network import Network
from simulators.evolution.state import Instance, digits

router = APIRouter()


def _network(request: Request) -> Network:
    network: Network = request.app.state.network
    return network


NetworkDep = Annotated[Network, Depends(_network)]
BodyDep = Annotated[dict[str, Any], Depends(read_object)]


def _typed(network: Network, body: dict[str, Any]) -> tuple[Instance, str, dict[str, Any], dict[str, Any]]:
    """`{instance, phone, text}` or a whole Baileys `message`; the rest as wished."""
    instance = network.store.instances.get(str(body.get("instance") or "demo"))
    if instance is None:
        raise HTTPException(404, "no such instance")
    phone, text, content = digits(str(body.get("phone") or "")), body.get("text"), body.get("message")
    if not phone:
        raise HTTPException(400, "phone is required")
    if not isinstance(content, dict):
        if not isinstance(text, str) or not text:
            raise HTTPException(400, "text or message is required")
        content = {"conversation": text}
    facts = {name: body[name] for name in ("name", "id", "lid", "quoted_id", "timestamp") if body.get(name)}
    return instance, phone, content, facts


@router.post("/_sim/lead", status_code=201)
async def lead(network: NetworkDep, body: BodyDep) -> dict[str, Any]:
    instance, phone, content, facts = _typed(network, body)
    return network.from_lead(instance, phone, content, **facts).public()


@router.post("/_sim/owner", status_code=201)
async def owner(network: NetworkDep, body: BodyDep) -> dict[str, Any]:
    instance, phone, content, facts = _typed(network, body)
    return network.from_owner(instance, phone, content, **facts).public()


@router.get("/_sim/chat")
async def chat(network: NetworkDep, instance: str, phone: str) -> list[dict[str, Any]]:
    return [message.public() for message in network.store.chat(instance, digits(phone))]


@router.get("/_sim/instances")
async def instances(network: NetworkDep) -> list[dict[str, str]]:
    return [{"name": each.name, "state": each.state} for each in network.store.instances.values()]


@router.get("/_sim/sent")
async def sent(network: NetworkDep, instance: str | None = None, phone: str | None = None) -> list[dict[str, Any]]:
    return network.sent(instance, digits(phone) if phone else None)


@router.get("/_sim/deliveries")
async def deliveries(network: NetworkDep) -> list[dict[str, Any]]:
    return network.courier.shown()


@router.post("/_sim/close/{name}")
async def close(network: NetworkDep, name: str, body: BodyDep) -> dict[str, str]:
    """The connection breaks with a code (401 logged out, 428 closed, …)."""
    instance = network.store.instances.get(name)
    if instance is None:
        raise HTTPException(404, "no such instance")
    network.close_connection(instance, int(body.get("code") or 428))
    return {"state": instance.state}


@router.put("/_sim/tenant")
async def tenant(network: NetworkDep, body: BodyDep) -> dict[str, str]:
    """Whose events the page shows."""
    network.store.save_tenant(str(body.get("tenant") or ""))
    return {"tenant": network.store.tenant}


@router.get("/_faults")
async def faults(network: NetworkDep) -> dict[str, Any]:
    return {"live": network.faults.shown(), "kinds": KINDS}


@router.post("/_faults", status_code=201)
async def add_fault(network: NetworkDep, body: BodyDep) -> dict[str, Any]:
    try:
        network.faults.add(body)
    except (TypeError, ValueError) as error:
        raise HTTPException(400, str(error)) from None
    return {"live": network.faults.shown()}


@router.delete("/_faults")
async def clear_faults(network: NetworkDep) -> dict[str, Any]:
    network.faults.live.clear()
    return {"live": []}
