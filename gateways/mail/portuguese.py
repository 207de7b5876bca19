"""Mails in Brazilian Portuguese."""

from __future__ import annotations

from typing import Final

from domain.access.matrix import Role
from gateways.mail.wording import Language, Wording

PORTUGUESE: Final = Language(
    tag="pt-BR",
    moment="%d/%m/%Y %H:%M",
    roles={
        Role.SUPER_ADMIN: "superadministrador",
        Role.BACKOFFICE_ADMIN: "administrador do back-office",
        Role.COMPANY_ADMIN: "administrador da empresa",
        Role.MANAGER: "gestor",
        Role.SDR: "SDR (pré-vendas)",
        Role.VIEWER: "leitor",
        Role.AUDITOR: "auditor",
    },
    invitation=Wording(
        subject="Convite para {company}",
        before=("Olá,", "você recebeu um convite para participar de {company} com a função de {role}."),
        link="Aceitar o convite",
        after=(
            "O link vale até {until}.",
            "Se você não esperava este convite, não faça nada: sem o link, nada acontece.",
        ),
    ),
    new_password=Wording(
        subject="Escolha uma nova senha",
        before=("Olá,", "alguém pediu uma nova senha para a sua conta."),
        link="Escolher uma nova senha",
        after=(
            "O link funciona uma única vez e vale por uma hora.",
            "Se não foi você, não faça nada: a sua senha continua a mesma.",
        ),
    ),
    locked=Wording(
        subject="A sua conta está bloqueada",
        before=("Olá,", "houve tentativas demais de entrar na sua conta. Ela está bloqueada por algum tempo."),
        link="Desbloquear a conta",
        after=(
            "O link funciona uma única vez e vale por uma hora.",
            "Se não foi você, não faça nada: ninguém entrou, e o bloqueio termina sozinho.",
        ),
    ),
)
