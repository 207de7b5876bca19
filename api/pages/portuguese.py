"""The pages in Portuguese, as it is written in Brazil."""

from __future__ import annotations

from typing import Final

from api.pages.wording import Wording

PORTUGUESE: Final = Wording(
    tag="pt-BR",
    wait="Um momento…",
    no_script="Esta página precisa de JavaScript.",
    away="Não é possível fazer isto agora. Tente de novo daqui a pouco.",
    broken="Este link não está completo. Abra-o mais uma vez a partir do e-mail.",
    failed="Não funcionou. Abra o link mais uma vez a partir do e-mail.",
    email="E-mail",
    name="Seu nome",
    password="Nova senha",  # noqa: S106  a label
    password_hint="Pelo menos 12 caracteres. Várias palavras sem relação entre si são uma boa escolha.",  # noqa: S106
    email_invalid="Isto não é um endereço de e-mail.",
    password_weak="Esta senha é fácil de adivinhar. Acrescente uma ou duas palavras.",  # noqa: S106
    password_too_short="Esta senha é curta demais: são pelo menos 12 caracteres.",  # noqa: S106
    password_too_long="Esta senha é longa demais: são no máximo 128 caracteres.",  # noqa: S106
    name_missing="Diga como você se chama.",
    invited_title="Convite",
    invited="Você foi convidado para participar de {company}, como {email}.",
    invited_known="Você já tem uma conta. Você participa com ela e entra como sempre.",
    invited_terms="Aceito os termos de uso (versão {terms}).",
    invited_button="Aceitar o convite",
    invited_done="Agora você participa. Já pode entrar.",
    invited_late="Este convite é antigo demais.",
    invited_again="Pedir outro",
    invited_asked="Quem convidou você vê que você pede outro convite.",
    invited_taken="Este convite já foi aceito. Você pode entrar.",
    invited_gone="Este convite foi retirado.",
    choose_title="Nova senha",
    choose="Escolha uma nova senha. Depois disso, todas as suas sessões terminam.",
    choose_button="Salvar a senha",
    choose_done="Sua senha foi alterada. Você já pode entrar.",
    choose_over="Este link não funciona mais: ele vale uma vez, por uma hora, e só o mais novo.",
    ask="Informe seu e-mail, e enviamos um link para escolher uma nova senha.",
    ask_button="Enviar o link",
    ask_done="Se houver uma conta com este endereço, um e-mail está a caminho.",
    unlock_title="Conta bloqueada",
    unlock="Houve tentativas demais de entrar. Se você quer entrar agora, desbloqueie sua conta.",
    unlock_button="Desbloquear a conta",
    unlock_done="Sua conta está desbloqueada. Você já pode entrar.",
    unlock_over="Este link não funciona mais. Um bloqueio termina sozinho depois de quinze minutos.",
)
