"""Whether words ask not to be written to any more: computed at the edge, because the domain sees sealed words only.

Only a message that is nothing but such a phrase counts: "quero sair às 8" is no opt-out. Words that also answer an
ordinary question ("cancelar", "no", "fim", "end") are left out on purpose: a false opt-out silences a lead for good.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_PHRASES: Final = frozenset(
    # Portuguese
    "sair|parar|pare|descadastrar|descadastre|me descadastre|descadastrar me|remover|me remova|me remova da lista|"
    "remover da lista|me tire da lista|nao quero receber|nao quero mais receber|nao quero receber mensagens|"
    "nao quero mais receber mensagens|nao quero mais mensagens|nao me mande mais mensagens|nao me mande mensagens|"
    "nao me mande mais mensagem|nao mande mais mensagens|nao envie mais mensagens|nao me envie mais mensagens|"
    "pare de mandar mensagens|pare de me mandar mensagens|pare de enviar mensagens|pare de me enviar mensagens|"
    "parem de mandar mensagens|parem de me mandar mensagens|nao entre mais em contato|"
    # English: the carriers' keywords and the plain ways of saying so
    "stop|stopall|stop all|unsubscribe|opt out|optout|remove me|remove me from the list|remove me from your list|"
    "stop messaging me|stop texting me|stop writing me|stop writing to me|stop sending me messages|"
    "do not message me|dont message me|do not contact me|dont contact me|do not text me|dont text me|"
    "do not write to me|dont write to me|do not send me messages|dont send me messages|leave me alone|"
    # Spanish
    "baja|darme de baja|dame de baja|dar de baja|quiero darme de baja|detener|deten|no me escriban mas|"
    "no me escriba mas|no me escribas mas|no me escriban|no quiero recibir mensajes|no quiero recibir mas mensajes|"
    "no quiero mas mensajes|no me envien mas mensajes|no me envies mas mensajes|no me manden mas mensajes|"
    "no me mandes mas mensajes|dejen de escribirme|deja de escribirme|dejen de enviarme mensajes|"
    "quitenme de la lista|no me contacten mas".split("|")
)

_COURTESY: Final = frozenset(
    {"please", "por favor", "pf", "pfv", "porfavor", "obrigado", "obrigada", "gracias", "thanks"}
)

MAX_CHARS: Final = 120
"""Longer than every phrase with its courtesy: what is longer is a conversation."""


def opts_out(text: str | None) -> bool:
    """Case, accents, punctuation, emoji and a please before or after do not matter."""
    if not text or len(text) > MAX_CHARS:
        return False
    return _bare(_plain(text)) in _PHRASES


def _plain(text: str) -> str:
    """Lower case letters and digits of the base alphabet, words apart by one blank. `don't` is `dont`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^a-z0-9\s]", " ", re.sub(r"['’`´]", "", letters)).split())


def _bare(plain: str) -> str:
    """Without one courtesy at either end."""
    for word in _COURTESY:
        plain = plain.removeprefix(f"{word} ").removesuffix(f" {word}")
    return plain
