"""The documented endpoints of Evolution API v2, as far as Legion and its tests use them."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from simulators.body import read_object
from simulators.evolution import payloads
from simulators.evolution.network import Network
from simulators.evolution.state import Instance, Webhook, digits

_NAMES: Final = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}
_SHORTEST_PHONE: Final = 8  # digits; shorter ones are "not on WhatsApp" here


class ApiFailure(Exception):
    """An error as Evolution writes it: HTTP status and body."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


def failure(status: int, *message: Any) -> ApiFailure:
    return ApiFailure(status, payloads.problem(status, _NAMES.get(status, "Internal Server Error"), *message))


async def _hang(request: Request) -> Response:
    """No answer, until the client gives up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response(status_code=499)


def _network(request: Request) -> Network:
    network: Network = request.app.state.network
    given, wanted = request.headers.get("apikey", ""), request.app.state.api_key
    tokens = {instance.token for instance in network.store.instances.values()}
    if not given or (wanted and given != wanted and given not in tokens):
        raise failure(401, "Unauthorized")
    return network


NetworkDep = Annotated[Network, Depends(_network)]


def _instance(name: str, network: NetworkDep) -> Instance:
    found = network.store.instances.get(name)
    if found is None:
        raise failure(404, f'The "{name}" instance does not exist')
    return found


InstanceDep = Annotated[Instance, Depends(_instance)]
BodyDep = Annotated[dict[str, Any], Depends(read_object)]

router = APIRouter()


@router.post("/instance/create", status_code=201)
async def create(network: NetworkDep, body: BodyDep) -> dict[str, Any]:
    name = str(body.get("instanceName") or "")
    if not name:
        raise failure(400, "instanceName is required")
    if name in network.store.instances:
        raise failure(403, f'This name "{name}" is already in use.')
    instance = network.create(name, token=str(body.get("token") or ""), number=str(body.get("number") or ""))
    if isinstance(body.get("webhook"), dict):
        instance.webhook = _webhook(body["webhook"])
        network.store.save_instance(instance)
    shown: dict[str, Any] = {
        "instance": {
            "instanceName": name,
            "instanceId": instance.id,
            "integration": "WHATSAPP-BAILEYS",
            "status": "connecting" if body.get("qrcode") else "close",
        },
        "hash": instance.token,
    }
    if body.get("qrcode"):
        network.connect(instance)
        shown["qrcode"] = {**payloads.qr_code(instance), "count": 1}
    return shown


@router.get("/instance/connect/{name}")
async def connect(network: NetworkDep, instance: InstanceDep) -> dict[str, Any]:
    if instance.state == "open":
        return {"instance": {"instanceName": instance.name, "state": "open"}}
    network.connect(instance)
    code = payloads.qr_code(instance)
    return {"pairingCode": code["pairingCode"], "code": code["code"], "base64": code["base64"], "count": 1}


@router.get("/instance/connectionState/{name}")
async def connection_state(instance: InstanceDep) -> dict[str, Any]:
    return {"instance": {"instanceName": instance.name, "state": instance.state}}


@router.get("/instance/fetchInstances")
async def fetch(network: NetworkDep, instanceName: str | None = None) -> list[dict[str, Any]]:  # noqa: N803 (Evolution's parameter)
    found = network.store.instances.values()
    return [payloads.instance_row(each) for each in found if instanceName in (None, each.name)]


@router.post("/instance/restart/{name}")
async def restart(network: NetworkDep, instance: InstanceDep) -> dict[str, Any]:
    network.close_connection(instance, 515)
    network.connect(instance)
    return {"instance": {"instanceName": instance.name, "state": instance.state}}


@router.delete("/instance/logout/{name}")
async def logout(network: NetworkDep, instance: InstanceDep) -> dict[str, Any]:
    network.close_connection(instance, 401)
    closed = {"instance": instance.name, "status": "closed", "disconnectionReasonCode": 401}
    network.report(instance, "status.instance", closed)
    network.report(instance, "logout.instance", None)
    return {"status": "SUCCESS", "error": False, "response": {"message": "Instance logged out"}}


@router.delete("/instance/delete/{name}")
async def delete(network: NetworkDep, instance: InstanceDep) -> dict[str, Any]:
    network.report(instance, "remove.instance", None)
    network.store.remove_instance(instance)
    return {"status": "SUCCESS", "error": False, "response": {"message": "Instance deleted"}}


@router.post("/webhook/set/{name}", status_code=201)
async def set_webhook(network: NetworkDep, instance: InstanceDep, body: BodyDep) -> dict[str, Any]:
    """The nested form only: the code ignores the flat one of the documentation with a 400."""
    nested = body.get("webhook")
    if not isinstance(nested, dict) or not nested.get("url"):
        raise failure(400, 'instance requires property "webhook"')
    instance.webhook = _webhook(nested)
    network.store.save_instance(instance)
    return await find_webhook(instance)


@router.get("/webhook/find/{name}")
async def find_webhook(instance: InstanceDep) -> dict[str, Any]:
    hook = instance.webhook
    if hook is None:
        raise failure(404, "Webhook not found")
    return {"url": hook.url, "enabled": hook.enabled, "events": hook.events, "webhookByEvents": hook.by_events}


@router.post("/message/sendText/{name}", status_code=201)
async def send_text(request: Request, network: NetworkDep, instance: InstanceDep, body: BodyDep) -> Response:
    """201 with status PENDING: it stands in the queue. The faults of `SENDING` strike here."""
    number, text = str(body.get("number") or ""), body.get("text")
    if not number or not isinstance(text, str) or not text:
        raise failure(400, "number and text are required")
    fault = network.faults.take("never_accepts", "refuse")
    if fault is not None and fault.kind == "refuse":
        raise failure(fault.status, "simulated refusal")
    if fault is not None:
        return await _hang(request)
    if instance.state != "open":
        raise failure(400, "Error: Connection Closed")
    if len(digits(number)) < _SHORTEST_PHONE:
        raise failure(400, {"exists": False, "jid": f"{digits(number)}@s.whatsapp.net", "number": number})
    if body.get("delay"):  # shows "composing" and blocks the call for so long
        network.presence(instance, number, "composing", int(body["delay"]))
        await network.pause(int(body["delay"]) / 1000)
    quoted = body.get("quoted")
    quoted_id = quoted.get("key", {}).get("id") if isinstance(quoted, dict) else None
    fails = network.faults.take("fail") is not None
    message = network.from_api(instance, number, {"conversation": text}, quoted_id, fails=fails)
    after = network.faults.take("timeout_after_accept", "error_after_accept")
    if after is not None and after.kind == "timeout_after_accept":
        return await _hang(request)
    if after is not None:
        raise failure(after.status, "simulated failure after acceptance")
    return JSONResponse(payloads.record(message, instance), 201)


@router.post("/chat/sendPresence/{name}", status_code=201)
async def send_presence(network: NetworkDep, instance: InstanceDep, body: BodyDep) -> dict[str, str]:
    """Blocks for the delay, as the real one does."""
    presence, delay = str(body.get("presence") or ""), int(body.get("delay") or 0)
    if not body.get("number") or not presence:
        raise failure(400, "number and presence are required")
    network.presence(instance, str(body["number"]), presence, delay)
    await network.pause(delay / 1000)
    return {"presence": presence}


@router.post("/chat/markMessageAsRead/{name}", status_code=201)
async def mark_read(network: NetworkDep, instance: InstanceDep, body: BodyDep) -> dict[str, str]:
    marks = body.get("readMessages")
    network.mark_read(instance, [str(mark.get("id")) for mark in marks or [] if isinstance(mark, dict)])
    return {"message": "Read messages", "read": "success"}


@router.post("/chat/whatsappNumbers/{name}")
async def whatsapp_numbers(instance: InstanceDep, body: BodyDep) -> list[dict[str, Any]]:
    del instance
    asked = [str(number) for number in body.get("numbers") or []]
    return [
        {"exists": len(digits(n)) >= _SHORTEST_PHONE, "jid": f"{digits(n)}@s.whatsapp.net", "number": n} for n in asked
    ]


@router.post("/chat/findMessages/{name}")
async def find_messages(network: NetworkDep, instance: InstanceDep, body: BodyDep) -> dict[str, Any]:
    where = body.get("where")
    key = where.get("key", {}) if isinstance(where, dict) else {}
    late = network.faults.take("lists_late") is not None
    found = [
        message
        for message in network.store.messages.values()
        if message.instance == instance.name
        and not (late and message.from_me)
        and key.get("id") in (None, message.id)
        and key.get("remoteJid") in (None, message.jid)
    ]
    size, page = int(body.get("offset") or 50), int(body.get("page") or 1)
    newest_first = sorted(found, key=lambda message: message.at, reverse=True)
    rows = [payloads.stored(message, instance) for message in newest_first[(page - 1) * size : page * size]]
    pages = -(-len(found) // size)
    return {"messages": {"total": len(found), "pages": pages, "currentPage": page, "records": rows}}


def _webhook(nested: dict[str, Any]) -> Webhook:
    headers = nested.get("headers")
    return Webhook(
        url=str(nested.get("url")),
        headers={str(k): str(v) for k, v in headers.items()} if isinstance(headers, dict) else {},
        events=[str(name) for name in nested.get("events") or []],
        by_events=bool(nested.get("byEvents")),
        enabled=bool(nested.get("enabled", True)),
    )
