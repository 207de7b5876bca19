"""Every mail in every language: nothing missing, nothing left in braces, nothing that a name could break."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from domain.access.matrix import Role
from gateways.mail import texts
from gateways.mail.mail import Written

LINK = "https://console.example/invitations/5f?a=1&b=2#tok-en_"
UNTIL = datetime(2026, 12, 1, 14, 30, tzinfo=UTC)
LOCALES = ("en", "es", "pt-BR")


def invitation(locale: str, company: str = "Clínica Sol", role: str = Role.SDR) -> Written:
    return texts.invitation(locale, company=company, role=role, link=LINK, until=UNTIL)


def all_of(locale: str) -> list[Written]:
    return [invitation(locale), texts.new_password(locale, link=LINK), texts.locked(locale, link=LINK)]


class Page(HTMLParser):
    """Tags and words of a page, and where its links go."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("locale", LOCALES)
def test_every_language_has_every_text(locale: str) -> None:
    mails = all_of(locale)
    assert len({mail.subject for mail in mails}) == 3
    for mail in mails:
        page = Page(mail.html)
        assert mail.language == locale
        assert f"\n{LINK}\n" in mail.text
        assert page.links == [LINK]
        for text in (mail.subject, mail.text, page.words):
            assert "{" not in text
        said = [part for part in mail.text.split("\n") if part and part != LINK]
        assert all(part.removesuffix(":") in page.words for part in said), "both say the same"


def test_the_languages_differ() -> None:
    for number in range(3):
        assert len({all_of(locale)[number].text for locale in LOCALES}) == 3


@pytest.mark.parametrize("locale", LOCALES)
def test_every_role_has_a_name_in_every_language(locale: str) -> None:
    names = texts.language_of(locale).roles
    assert set(names) == set(Role)
    assert len(set(names.values())) == len(Role)
    for role in Role:
        assert names[role] in invitation(locale, role=role).text
        assert role == names[role] or "_" not in names[role]


def test_a_companys_own_role_is_called_as_it_is() -> None:
    assert "the role of Night shift." in invitation("en", role="Night shift").text


@pytest.mark.parametrize(
    ("locale", "language"),
    [("pt-PT", "pt-BR"), ("PT-br", "pt-BR"), ("es-419", "es"), ("en-GB", "en"), ("de", "en"), ("", "en")],
)
def test_a_locale_gets_the_nearest_language(locale: str, language: str) -> None:
    assert invitation(locale).language == language


def test_the_moment_is_told_in_the_readers_way_and_zone() -> None:
    until = UNTIL.astimezone(ZoneInfo("America/Sao_Paulo"))
    written = texts.invitation("pt-BR", company="c", role=Role.SDR, link=LINK, until=until)
    assert "até 01/12/2026 11:30 (America/Sao_Paulo)" in written.text
    assert "until 2026-12-01 14:30 (UTC)" in invitation("en").text


@pytest.mark.parametrize("locale", LOCALES)
def test_a_name_is_no_markup_no_placeholder_and_no_second_line(locale: str) -> None:
    bad = '<b onclick="x">&amp;</b> {role} %s\r\nBcc: eve@example.org\u2028\x00 end'
    written = invitation(locale, company=bad, role=bad)
    shown = '<b onclick="x">&amp;</b> {role} %s Bcc: eve@example.org end'
    assert shown in written.subject
    assert shown in written.text
    assert not set(written.subject) & set("\r\n\u2028\x00")
    page = Page(written.html)
    assert "b" not in page.tags
    assert page.words.count(shown) == 3  # title, company, role
