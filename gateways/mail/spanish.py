"""Mails in Spanish."""

from __future__ import annotations

from typing import Final

from domain.access.matrix import Role
from gateways.mail.wording import Language, Wording

SPANISH: Final = Language(
    tag="es",
    moment="%d/%m/%Y %H:%M",
    roles={
        Role.SUPER_ADMIN: "superadministrador",
        Role.BACKOFFICE_ADMIN: "administrador del back-office",
        Role.COMPANY_ADMIN: "administrador de la empresa",
        Role.MANAGER: "gerente",
        Role.SDR: "SDR (preventa)",
        Role.VIEWER: "lector",
        Role.AUDITOR: "auditor",
    },
    invitation=Wording(
        subject="Invitación a {company}",
        before=("Hola:", "has recibido una invitación para unirte a {company} con el rol de {role}."),
        link="Aceptar la invitación",
        after=(
            "El enlace es válido hasta el {until}.",
            "Si no esperabas esta invitación, no hagas nada: sin el enlace no ocurre nada.",
        ),
    ),
    new_password=Wording(
        subject="Elige una contraseña nueva",
        before=("Hola:", "alguien ha pedido una contraseña nueva para tu cuenta."),
        link="Elegir una contraseña nueva",
        after=(
            "El enlace funciona una sola vez y es válido durante una hora.",
            "Si no has sido tú, no hagas nada: tu contraseña sigue siendo la misma.",
        ),
    ),
    locked=Wording(
        subject="Tu cuenta está bloqueada",
        before=("Hola:", "ha habido demasiados intentos de entrar en tu cuenta. Está bloqueada por un tiempo."),
        link="Desbloquear la cuenta",
        after=(
            "El enlace funciona una sola vez y es válido durante una hora.",
            "Si no has sido tú, no hagas nada: nadie ha entrado, y el bloqueo termina solo.",
        ),
    ),
)
