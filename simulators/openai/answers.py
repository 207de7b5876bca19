"""What the simulated model says: a sales assistant's Portuguese, the same for the same seed and prompt.

It says how many messages of the lead it answers and which subjects it saw in them, so that a test can tell one
considered reply to four messages from a reply to the last one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

# Subject → words that betray it. Written without accents: prompts are compared in lower case without them.
_SUBJECTS = {
    "preço": ("preco", "valor", "custa", "quanto", "barato", "desconto"),
    "visita": ("visita", "agendar", "horario", "amanha", "conhecer"),
    "pagamento": ("pagamento", "parcela", "financiamento", "entrada", "pix", "cartao"),
    "entrega": ("entrega", "prazo", "chega", "frete", "endereco", "rua"),
    "garantia": ("garantia", "troca", "defeito", "devolucao"),
    "saudação": ("oi", "ola", "bom dia", "boa tarde", "boa noite"),
}
_REPLIES = {
    "preço": "O valor fica a partir de R$ 1.890, com condições melhores à vista.",
    "visita": "Tenho horários livres amanhã às 10h e às 15h para você conhecer tudo com calma.",
    "pagamento": "Você pode dividir em até 12 vezes sem juros, ou pagar no Pix com 5% de desconto.",
    "entrega": "O prazo de entrega é de 3 a 5 dias úteis para a sua região.",
    "garantia": "Todos os itens têm 12 meses de garantia e troca fácil nos primeiros 30 dias.",
    "saudação": "Que bom falar com você!",
}
_OPENINGS = ("Olá!", "Oi, tudo bem?", "Oi! Obrigada pelo contato.")
_CLOSINGS = (
    "Qual dessas opções faz mais sentido para você?",
    "Quer que eu já reserve isso para você?",
    "Posso te mandar os detalhes por aqui mesmo?",
)
_GENERIC = "Entendi o que você precisa e posso ajudar com isso agora mesmo."
_ACCENTS = str.maketrans("áàâãéêíóôõúüç", "aaaaeeiooouuc")
# Tokens are words with the space before them: what a stream shows, not what a tokenizer counts.
_TOKEN = re.compile(r"\s*\S+|\s+$")


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the request: role and plain text."""

    role: str
    text: str


def burst(messages: Sequence[Said]) -> list[str]:
    """What the user wrote since the last answer of the assistant: one text a line, as callers join a burst by lines."""
    since = max((i for i, message in enumerate(messages) if message.role == "assistant"), default=-1)
    written = (message.text for message in messages[since + 1 :] if message.role == "user")
    return [line for text in written for line in text.splitlines() if line.strip()]


def answer(messages: Sequence[Said], seed: int) -> str:
    """The reply. Paragraphs are separated by a blank line, as an assistant that is sent in chunks should write."""
    texts = burst(messages)
    digest = hashlib.sha256(repr((seed, [(m.role, m.text) for m in messages])).encode()).digest()
    subjects = found_subjects(texts)
    seen = "a sua mensagem" if len(texts) == 1 else f"as suas {len(texts)} mensagens"
    about = f" sobre {', '.join(subjects)}" if subjects else ""
    opening = _OPENINGS[digest[0] % len(_OPENINGS)]
    middle = " ".join(_REPLIES[subject] for subject in subjects) or _GENERIC
    return f"{opening} Li {seen}{about}.\n\n{middle}\n\n{_CLOSINGS[digest[1] % len(_CLOSINGS)]}"


def found_subjects(texts: Sequence[str]) -> list[str]:
    """Subjects of the texts, in the order in which they came up."""
    found: dict[str, None] = {}
    for text in texts:
        plain = plain_words(text)
        for subject, words in _SUBJECTS.items():
            if any(re.search(rf"\b{word}", plain) for word in words):
                found.setdefault(subject)
    return list(found)


def plain_words(text: str) -> str:
    """In lower case without accents: as long as the text, for the usual ones."""
    return text.lower().translate(_ACCENTS)


def tokens(text: str) -> list[str]:
    """The pieces in which a text is streamed; joined they are the text."""
    return _TOKEN.findall(text)
