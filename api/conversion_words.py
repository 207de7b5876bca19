"""Why something was not reported, or is found badly, in the languages of those who read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """code: stable. en, pt, es: what it means and what to do."""

    code: str
    en: str
    pt: str
    es: str


_WORDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "no_pixel": (
        "No pixel reports this lead. Add one for the company or for its Centurion.",
        "Nenhum pixel informa este lead. Adicione um para a empresa ou para o Centurion.",
        "Ningún píxel informa de este lead. Añada uno para la empresa o para su Centurion.",
    ),
    "not_enabled": (
        "The pixel does not report this milestone. Enable it in the pixel's settings.",
        "O pixel não informa este marco. Ative-o nas configurações do pixel.",
        "El píxel no informa de este hito. Actívelo en los ajustes del píxel.",
    ),
    "no_consent": (
        "The person has not agreed to the measuring of ads.",
        "A pessoa não concordou com a medição de anúncios.",
        "La persona no ha aceptado la medición de anuncios.",
    ),
    "opted_out": (
        "The person asked to be left alone.",
        "A pessoa pediu para não ser mais contatada.",
        "La persona pidió que no se la contactara.",
    ),
    "no_value": (
        "A purchase needs a value, and the deal has none. Reopen the deal, set its value, and win it again.",
        "Uma compra precisa de um valor, e o negócio não tem. Reabra o negócio, informe o valor e ganhe-o de novo.",
        "Una compra necesita un valor y el negocio no lo tiene. Reábralo, indique el valor y gánelo de nuevo.",
    ),
    "undone": (
        "It was taken back before it was sent.",
        "Foi desfeito antes de ser enviado.",
        "Se deshizo antes de enviarse.",
    ),
    "repeated": (
        "Meta knows it already: the same of this deal was reported before.",
        "A Meta já sabe: o mesmo deste negócio foi informado antes.",
        "Meta ya lo sabe: lo mismo de este negocio se informó antes.",
    ),
    "expired": (
        "It was not sent within the seven days in which Meta takes it.",
        "Não foi enviado nos sete dias em que a Meta aceita.",
        "No se envió en los siete días en que Meta lo acepta.",
    ),
    "held": (
        "The pixel is held: see there what has to be done. It goes on by itself afterwards.",
        "O pixel está retido: veja nele o que fazer. Depois continua sozinho.",
        "El píxel está retenido: vea allí qué hacer. Después continúa solo.",
    ),
    "too_late": (
        "It was sent, Meta's answer was lost, and after 48 hours once more could count twice. Look in Meta's Events "
        "Manager before you send it again.",
        "Foi enviado, a resposta da Meta se perdeu e, após 48 horas, reenviar poderia contar duas vezes. Consulte o "
        "Gerenciador de Eventos da Meta antes de reenviar.",
        "Se envió, la respuesta de Meta se perdió y, tras 48 horas, reenviar podría contar dos veces. Consulte el "
        "Administrador de eventos de Meta antes de reenviar.",
    ),
    "pixel_retired": (
        "It was sent, Meta's answer was lost, and the pixel was retired since.",
        "Foi enviado, a resposta da Meta se perdeu e o pixel foi desativado depois.",
        "Se envió, la respuesta de Meta se perdió y el píxel se retiró después.",
    ),
    "token_missing": (
        "The pixel has no token. Set one.",
        "O pixel não tem token. Informe um.",
        "El píxel no tiene token. Indique uno.",
    ),
    "token_dead": (
        "Meta does not take the token any more. Make a new one and set it here.",
        "A Meta não aceita mais o token. Gere um novo e informe-o aqui.",
        "Meta ya no acepta el token. Cree uno nuevo e indíquelo aquí.",
    ),
    "not_permitted": (
        "The token may not write to this dataset, or there is none. Give access in Meta's business settings, then "
        "release the pixel.",
        "O token não pode gravar neste conjunto de dados, ou ele não existe. Dê acesso nas configurações da Meta e "
        "libere o pixel.",
        "El token no puede escribir en este conjunto de datos, o no existe. Dé acceso en la configuración de Meta y "
        "libere el píxel.",
    ),
    "request_refused": (
        "Meta refuses the request as such. Report it to us with the trace id.",
        "A Meta recusa a requisição em si. Informe-nos com o id de rastreio.",
        "Meta rechaza la solicitud como tal. Infórmenos con el id de rastreo.",
    ),
    "event_too_old": (
        "It is older than the seven days that Meta takes.",
        "É mais antigo que os sete dias que a Meta aceita.",
        "Es más antiguo que los siete días que Meta acepta.",
    ),
    "too_old": (
        "It is older than the seven days that Meta takes.",
        "É mais antigo que os sete dias que a Meta aceita.",
        "Es más antiguo que los siete días que Meta acepta.",
    ),
    "in_future": (
        "It has not happened yet: a clock is wrong.",
        "Ainda não aconteceu: algum relógio está errado.",
        "Aún no ha ocurrido: algún reloj está mal.",
    ),
    "parameter_missing": (
        "A field that Meta requires is missing or of the wrong kind. Report it to us.",
        "Um campo exigido pela Meta falta ou é do tipo errado. Informe-nos.",
        "Falta un campo que Meta exige o es del tipo equivocado. Infórmenos.",
    ),
    "lead_id_invalid": (
        "The id of the lead ad's form is not one of Meta's.",
        "O id do formulário do anúncio não é da Meta.",
        "El id del formulario del anuncio no es de Meta.",
    ),
    "user_too_broad": (
        "Meta finds nobody, or too many people. Add a phone, an e-mail address or a click id.",
        "A Meta não encontra ninguém, ou pessoas demais. Inclua telefone, e-mail ou id do clique.",
        "Meta no encuentra a nadie, o a demasiadas personas. Añada teléfono, correo o id del clic.",
    ),
    "user_missing": (
        "Nothing says who it was.",
        "Nada diz quem era.",
        "Nada dice quién era.",
    ),
    "name_not_for_messaging": (
        "Meta does not take this name for chats behind an ad: use LeadSubmitted or Purchase.",
        "A Meta não aceita este nome para conversas vindas de anúncio: use LeadSubmitted ou Purchase.",
        "Meta no acepta este nombre para chats que vienen de un anuncio: use LeadSubmitted o Purchase.",
    ),
    "page_not_of_click": (
        "The page is not the one whose ad was clicked.",
        "A página não é a do anúncio clicado.",
        "La página no es la del anuncio en que se hizo clic.",
    ),
    "dataset_not_of_account": (
        "The dataset does not belong to this WhatsApp business account.",
        "O conjunto de dados não pertence a esta conta comercial do WhatsApp.",
        "El conjunto de datos no pertenece a esta cuenta de empresa de WhatsApp.",
    ),
    "event_refused": (
        "Meta refuses the event and does not say why. Look in Meta's Events Manager with the trace id.",
        "A Meta recusa o evento e não diz por quê. Consulte o Gerenciador de Eventos com o id de rastreio.",
        "Meta rechaza el evento y no dice por qué. Consulte el Administrador de eventos con el id de rastreo.",
    ),
    "value_missing": ("A purchase has a value.", "Uma compra tem um valor.", "Una compra tiene un valor."),
    "value_negative": (
        "A value is not below zero.",
        "Um valor não é negativo.",
        "Un valor no es negativo.",
    ),
    "currency_missing": ("A value has a currency.", "Um valor tem uma moeda.", "Un valor tiene una moneda."),
    "currency_unknown": (
        "Not a currency of ISO 4217.",
        "Não é uma moeda da ISO 4217.",
        "No es una moneda de ISO 4217.",
    ),
    "currency_case": (
        "Currencies are written in upper case, as in BRL.",
        "Moedas são escritas em maiúsculas, como BRL.",
        "Las monedas se escriben en mayúsculas, como BRL.",
    ),
    "phone_invalid": (
        "The phone number was left out: it is none.",
        "O telefone foi deixado de fora: não é um número.",
        "El teléfono se omitió: no es un número.",
    ),
    "phone_without_country": (
        "The phone number was left out: it needs its country code, as in 5511987654321.",
        "O telefone foi deixado de fora: precisa do código do país, como 5511987654321.",
        "El teléfono se omitió: necesita el código del país, como 5511987654321.",
    ),
    "email_invalid": (
        "The e-mail address was left out: it is none.",
        "O e-mail foi deixado de fora: não é um endereço.",
        "El correo se omitió: no es una dirección.",
    ),
    "phone_old_form": (
        "A mobile of Brazil without its ninth digit: with both forms it is found better.",
        "Celular brasileiro sem o nono dígito: com as duas formas é melhor encontrado.",
        "Móvil de Brasil sin el noveno dígito: con ambas formas se encuentra mejor.",
    ),
    "click_without_account": (
        "The click on the ad counts only with a number of WhatsApp Cloud.",
        "O clique no anúncio só conta com um número do WhatsApp Cloud.",
        "El clic en el anuncio solo cuenta con un número de WhatsApp Cloud.",
    ),
    "app_removed": (
        "The app was removed from the account. Connect the account again.",
        "O aplicativo foi removido da conta. Conecte a conta de novo.",
        "La aplicación se quitó de la cuenta. Vuelva a conectar la cuenta.",
    ),
    "password_changed": (
        "The token's owner has changed the password. Make a new token.",
        "O dono do token trocou a senha. Gere um novo token.",
        "El dueño del token cambió la contraseña. Cree un token nuevo.",
    ),
    "token_expired": (
        "The token has expired. Make a new one, best of a system user.",
        "O token expirou. Gere um novo, de preferência de um usuário do sistema.",
        "El token caducó. Cree uno nuevo, mejor de un usuario del sistema.",
    ),
    "token_invalid": (
        "Meta does not take the token. Make a new one.",
        "A Meta não aceita o token. Gere um novo.",
        "Meta no acepta el token. Cree uno nuevo.",
    ),
    "no_permission": (
        "The dataset does not exist, or the token may not write to it.",
        "O conjunto de dados não existe, ou o token não pode gravar nele.",
        "El conjunto de datos no existe, o el token no puede escribir en él.",
    ),
    "throttled": (
        "Meta was asked too often. It goes on by itself after a while.",
        "A Meta foi consultada demais. Continua sozinho em breve.",
        "Se consultó a Meta demasiado. Continúa solo en un rato.",
    ),
    "meta_failing": (
        "Meta does not answer properly at the moment. Try again later.",
        "A Meta não responde bem no momento. Tente mais tarde.",
        "Meta no responde bien por ahora. Inténtelo más tarde.",
    ),
}

CODES: Final = frozenset(_WORDS)
"""Codes that have words. A test holds them against all that can be recorded."""


def words_of(code: str) -> Words:
    """A code without words stands for itself: it is there to be looked up."""
    en, pt, es = _WORDS.get(code, (code, code, code))
    return Words(code=code, en=en, pt=pt, es=es)
