"""One reader for each WhatsApp message type: the table at the end says which is which."""

from __future__ import annotations

from typing import Any, Final

import orjson

from domain.kernel.items import Reaction
from gateways.evolution.content import Content, Node, Reader, file_reader, read_message
from gateways.values import elements, first_words, known, mapping, number, words


def _text(node: Node) -> Content:
    return Content("text", node.name, text=first_words(node.value.get("text"), node.value.get("conversation")))


def _location(node: Node) -> Content:
    value = node.value
    facts = known(
        latitude=number(value.get("degreesLatitude")),
        longitude=number(value.get("degreesLongitude")),
        name=words(value.get("name")),
        address=words(value.get("address")),
        url=words(value.get("url")),
        live=True if node.name == "liveLocationMessage" or value.get("isLive") is True else None,
    )
    return Content("location", node.name, text=first_words(value.get("caption"), value.get("comment")), data=facts)


def _contacts(node: Node) -> Content:
    cards = [mapping(card) for card in elements(node.value.get("contacts"))] or [node.value]
    facts = known(
        vcards=[vcard for card in cards if (vcard := words(card.get("vcard")))],
        names=[name for card in cards if (name := words(card.get("displayName")))],
    )
    return Content("contacts", node.name, data=facts)


def _reaction(node: Node) -> Content:
    target = words(mapping(node.value.get("key")).get("id"))
    return Content("reaction", node.name, reaction=Reaction(target, words(node.value.get("text"))))


def _button(node: Node) -> Content:
    value = node.value
    chosen = first_words(value.get("selectedButtonId"), value.get("selectedId"), value.get("selectedID"))
    text = first_words(value.get("selectedDisplayText"), mapping(value.get("response")).get("selectedDisplayText"))
    facts = known(payload=chosen, index=number(value.get("selectedIndex")))
    return Content("button", node.name, text=text or chosen, data=facts)


def _list(node: Node) -> Content:
    value = node.value
    chosen = words(mapping(value.get("singleSelectReply")).get("selectedRowId"))
    facts = known(payload=chosen, description=words(value.get("description")))
    return Content("list", node.name, text=first_words(value.get("title"), chosen), data=facts)


def _interactive_response(node: Node) -> Content:
    """The answer to a native flow: a pressed button, a chosen list row, or a filled WhatsApp Flow."""
    flow = mapping(node.value.get("nativeFlowResponseMessage"))
    name, params = words(flow.get("name")), _params(flow.get("paramsJson"))
    body = words(mapping(node.value.get("body")).get("text"))
    text = first_words(body, params.get("display_text"), params.get("title"))
    payload = words(params.get("id"))
    if name == "flow" or "flow_token" in params:
        return Content("form", node.name, text=text, data=known(name=name, answers=params))
    kind = "list" if name in ("single_select", "menu_options") else "button"
    return Content(kind, node.name, text=text or payload, data=known(payload=payload, name=name, params=params))


def _params(raw: object) -> dict[str, Any]:
    if not isinstance(raw, str):
        return mapping(raw)
    try:
        return mapping(orjson.loads(raw))
    except orjson.JSONDecodeError:
        return {}


def _interactive(node: Node) -> Content:
    """A message that offers buttons, sent by a business: words and what it offers (no payload: nothing was pressed)."""
    value = node.value
    hydrated = mapping(value.get("hydratedTemplate")) or mapping(value.get("hydratedFourRowTemplate"))
    buttons = [
        *elements(mapping(value.get("nativeFlowMessage")).get("buttons")),
        *elements(value.get("buttons")),
        *elements(hydrated.get("hydratedButtons")),
    ]
    body = mapping(value.get("body")).get("text")
    header = first_words(mapping(value.get("header")).get("title"), value.get("text"))
    text = first_words(body, value.get("contentText"), hydrated.get("hydratedContentText"), header)
    return Content("button", node.name, text=text, data=known(buttons=buttons))


def _list_offer(node: Node) -> Content:
    value = node.value
    text = first_words(value.get("description"), value.get("title"))
    return Content("list", node.name, text=text, data=known(sections=elements(value.get("sections"))))


def _poll(node: Node) -> Content:
    options = [name for each in elements(node.value.get("options")) if (name := words(mapping(each).get("optionName")))]
    selectable = number(node.value.get("selectableOptionsCount"))
    return Content("poll", node.name, text=words(node.value.get("name")), data=known(options=options, max=selectable))


def _vote(node: Node) -> Content:
    poll = words(mapping(node.value.get("pollCreationMessageKey")).get("id"))
    chosen = [
        name for each in elements(mapping(node.value.get("vote")).get("selectedOptions")) if (name := words(each))
    ]
    return Content("poll", node.name, data=known(poll_id=poll, votes=chosen))


def _order(node: Node) -> Content:
    value = node.value
    facts = known(
        order_id=words(value.get("orderId")),
        title=words(value.get("orderTitle")),
        items=number(value.get("itemCount")),
        total_thousandths=number(value.get("totalAmount1000")),
        currency=words(value.get("totalCurrencyCode")),
        token=words(value.get("token")),
        seller=words(value.get("sellerJid")),
        status=words(value.get("status")),
    )
    return Content("order", node.name, text=words(value.get("message")), data=facts)


def _product(node: Node) -> Content:
    product = mapping(node.value.get("product"))
    facts = known(
        product_id=words(product.get("productId")),
        retailer_id=words(product.get("retailerId")),
        title=words(product.get("title")),
        description=words(product.get("description")),
        price_thousandths=number(product.get("priceAmount1000")),
        currency=words(product.get("currencyCode")),
        url=words(product.get("url")),
        seller=words(node.value.get("businessOwnerJid")),
    )
    return Content("order", node.name, text=words(node.value.get("body")), data=facts)


# proto.Message.ProtocolMessage.Type, where a message's own life is concerned; every other one is a device's talk.
_PROTOCOL: Final = {0: "REVOKE", 14: "MESSAGE_EDIT"}


def protocol(node: Node) -> Content:
    """A protocolMessage: a deletion or edit of its `key`'s message. protobuf omits the type when it is 0, REVOKE."""
    value = node.value
    target = words(mapping(value.get("key")).get("id"))
    edited = mapping(value.get("editedMessage"))
    stated = value.get("type")
    name = _PROTOCOL.get(stated, str(stated)) if isinstance(stated, int) else words(stated)
    if name is None:
        name = "MESSAGE_EDIT" if edited else "REVOKE" if target else "UNKNOWN"
    if name == "MESSAGE_EDIT":
        inner = read_message(edited, {}, READERS)
        return Content(
            "edit", node.name, text=inner.text, target_id=target, edited_at=value.get("timestampMs"), data=inner.data
        )
    if name == "REVOKE":
        return Content("delete", node.name, target_id=target)
    return Content("system", node.name, data={"protocol": name})


def _other(kind: str, *facts: str) -> Reader:
    """A type that is only a fact about something else."""

    def read(node: Node) -> Content:
        target = words(mapping(node.value.get("key")).get("id"))
        return Content(kind, node.name, data=known(message_id=target, **{fact: node.value.get(fact) for fact in facts}))

    return read


READERS: Final[dict[str, Reader]] = {
    "conversation": _text,
    "text": _text,
    "extendedTextMessage": _text,
    "imageMessage": file_reader("image"),
    "videoMessage": file_reader("video"),
    "ptvMessage": file_reader("video"),
    "audioMessage": file_reader("audio"),
    "documentMessage": file_reader("document"),
    "stickerMessage": file_reader("sticker"),
    "locationMessage": _location,
    "liveLocationMessage": _location,
    "contactMessage": _contacts,
    "contactsArrayMessage": _contacts,
    "reactionMessage": _reaction,
    "buttonsResponseMessage": _button,
    "templateButtonReplyMessage": _button,
    "listResponseMessage": _list,
    "interactiveResponseMessage": _interactive_response,
    "interactiveMessage": _interactive,
    "buttonsMessage": _interactive,
    "templateMessage": _interactive,
    "listMessage": _list_offer,
    "pollCreationMessage": _poll,
    "pollCreationMessageV2": _poll,
    "pollCreationMessageV3": _poll,
    "pollCreationMessageV5": _poll,
    "pollUpdateMessage": _vote,
    "orderMessage": _order,
    "productMessage": _product,
    "protocolMessage": protocol,
    "albumMessage": _other("other", "expectedImageCount", "expectedVideoCount"),
    "pinInChatMessage": _other("system", "type"),
    "keepInChatMessage": _other("system", "keepType"),
    "requestPhoneNumberMessage": _other("system"),
    "call": _other("call"),
    "callLogMesssage": _other("call", "isVideo", "callOutcome", "durationSecs"),
    "callLogMessage": _other("call", "isVideo", "callOutcome", "durationSecs"),
}
