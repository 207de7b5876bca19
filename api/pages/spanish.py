"""The pages in Spanish."""

from __future__ import annotations

from typing import Final

from api.pages.wording import Wording

SPANISH: Final = Wording(
    tag="es",
    wait="Un momento…",
    no_script="Esta página necesita JavaScript.",
    away="Ahora no es posible hacerlo. Inténtelo de nuevo en un momento.",
    broken="Este enlace no está completo. Ábralo otra vez desde el correo.",
    failed="No ha funcionado. Abra el enlace otra vez desde el correo.",
    email="Correo electrónico",
    name="Su nombre",
    password="Nueva contraseña",  # noqa: S106  a label
    password_hint="Al menos 12 caracteres. Varias palabras sin relación entre sí son una buena elección.",  # noqa: S106
    email_invalid="Esto no es una dirección de correo.",
    password_weak="Esta contraseña es fácil de adivinar. Añada una o dos palabras.",  # noqa: S106
    password_too_short="Esta contraseña es demasiado corta: al menos 12 caracteres.",  # noqa: S106
    password_too_long="Esta contraseña es demasiado larga: 128 caracteres como máximo.",  # noqa: S106
    name_missing="Diga cómo se llama.",
    invited_title="Invitación",
    invited="Le invitan a participar en {company}, como {email}.",
    invited_known="Ya tiene una cuenta. Participa con ella y entra como siempre.",
    invited_terms="Acepto las condiciones de uso (versión {terms}).",
    invited_button="Aceptar la invitación",
    invited_done="Ahora participa. Ya puede entrar.",
    invited_late="Esta invitación es demasiado antigua.",
    invited_again="Pedir otra",
    invited_asked="Quien le invitó ve que pide otra invitación.",
    invited_taken="Esta invitación ya está aceptada. Puede entrar.",
    invited_gone="Esta invitación fue retirada.",
    choose_title="Nueva contraseña",
    choose="Elija una nueva contraseña. Después se cierran todas sus sesiones.",
    choose_button="Guardar la contraseña",
    choose_done="Su contraseña ha cambiado. Ya puede entrar.",
    choose_over="Este enlace ya no funciona: vale una vez, durante una hora, y solo el más nuevo.",
    ask="Escriba su correo electrónico, y le enviamos un enlace para elegir una nueva contraseña.",
    ask_button="Enviar el enlace",
    ask_done="Si hay una cuenta con esta dirección, un correo está en camino.",
    unlock_title="Cuenta bloqueada",
    unlock="Hubo demasiados intentos de entrar. Si quiere entrar ahora, desbloquee su cuenta.",
    unlock_button="Desbloquear la cuenta",
    unlock_done="Su cuenta está desbloqueada. Ya puede entrar.",
    unlock_over="Este enlace ya no funciona. Un bloqueo termina por sí solo tras un cuarto de hora.",
)
