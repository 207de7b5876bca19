"""Only words that are nothing but a wish not to be written to opt out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.normalise.opt_out import opts_out


@pytest.mark.parametrize(
    "text",
    [
        "SAIR",
        "Parar.",
        "pare!!",
        "Não quero mais receber mensagens",
        "nao me mande mais mensagens, por favor",
        "Por favor, me descadastre 🙏",
        "STOP",
        "Unsubscribe, please",
        "Please don't message me",
        "don’t contact me",
        "BAJA",
        "Darme de baja, gracias",
        "¡No me escriban más!",
    ],
)
def test_a_plain_wish_opts_out(text: str) -> None:
    assert opts_out(text)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "🙏",
        "quero sair às 8",
        "o ônibus vai parar aqui?",
        "Can you stop by tomorrow?",
        "cancelar",
        "não",
        "la persiana baja",
        "não quero mais receber mensagens de outro vendedor, mas a sua proposta me interessa",
        "stop " * 100,
    ],
)
def test_a_conversation_does_not(text: str | None) -> None:
    assert not opts_out(text)


@given(st.text(max_size=200))
def test_any_text_is_answered(text: str) -> None:
    assert opts_out(text) in (True, False)
