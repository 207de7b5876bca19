"""`legion mails` against the real sink."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from cli.mails import mails
from domain.kernel.errors import NotFound, Unavailable
from gateways.mail.mail import Mail, Written
from proof.ground.mail import mail_sink
from proof.servers import reserved_port
from tests.cli.test_settings_unit import GOOD

ROOT = Path(__file__).parents[2]


def legion(*argv: str, sink_url: str) -> subprocess.CompletedProcess[str]:
    settings = {f"LEGION_{name}": value for name, value in GOOD.items()} | {"LEGION_MAIL_SINK_URL": sink_url}
    env = {name: value for name, value in os.environ.items() if not name.startswith("LEGION_")}
    command = [sys.executable, "-m", "cli", *argv]
    return subprocess.run(command, cwd=ROOT, env=env | settings, capture_output=True, text=True, check=False)


async def test_mails_are_shown_with_their_links() -> None:
    with mail_sink() as sink:
        for to in ("ana@example.org", "bia@example.org"):
            text = f"Hello,\n\nhttps://console.example/{to}#token\n"
            await sink.mailer().send(Mail(f"m-{to[:3]}", to, Written("en", "Subject", text, "<p></p>")))
        shown = legion("mails", sink_url=sink.url)
        assert shown.returncode == 0, shown.stderr
        for to in ("ana", "bia"):
            assert f"{to}@example.org  Subject\n\n    Hello,\n\n    https://console.example/{to}@" in shown.stdout
        one = legion("mails", "--to", "bia@example.org", "--json", sink_url=sink.url)
        assert [orjson.loads(each)["to"] for each in one.stdout.splitlines()] == [["bia@example.org"]]


def test_where_mails_are_really_sent_there_are_none_to_see() -> None:
    with pytest.raises(NotFound):
        mails("", None)
    with reserved_port() as port, pytest.raises(Unavailable):
        mails(f"http://127.0.0.1:{port}", None)
    shown = legion("mails", sink_url="")
    assert shown.returncode == 1
    assert orjson.loads(shown.stderr)["code"] == "no_mail_sink"
