"""Nothing personal or secret leaves by a log: canaries in every place of a line, and a control without the net."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
from typing import Any

import orjson
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from cli.masking import LONGEST, mask, mask_text

JWT = "eyJhbGciOiJFZDI1NTE5In0.eyJzdWIiOiJ1In0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"  # pragma: allowlist secret

CANARIES = [
    "maria.silva@example.com",
    "o'neil+news@mail.example.co.uk",
    "5511987654321@s.whatsapp.net",
    "+5511987654321",
    "+55 11 98765-4321",
    "+1 (415) 555-0132",
    "(11) 98765-4321",
    "11 98765-4321",
    "5511987654321",
    "11987654321",
    "123.456.789-09",
    "lgn_boot_8Zk3vQ0aTt1bXyYw",
    "sk_live_51Hx8Zk3vQ0aTt1bXyYw",  # pragma: allowlist secret
    "sk_test_51Hx8Zk3vQ0aTt1bXyYw",  # pragma: allowlist secret
    "sk-proj-abcdefghijklmnop0123",  # pragma: allowlist secret
    JWT,
]
"""Each as it might stand in a line, whole."""

IN_CONTEXT = [
    ("postgresql://legion:s3cr3t-of-mine@db:5432/vault", "s3cr3t-of-mine"),  # pragma: allowlist secret
    ("https://u:p@ss:w0rd@host/x", "w0rd"),  # pragma: allowlist secret
    ("Authorization: Bearer abcdef0123456789", "abcdef0123456789"),
    ("basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA"),
    ("password=hunter2hunter2", "hunter2"),
    ('{"password": "hunter2 with spaces"}', "hunter2"),
    ("{'api_key': 'hunter2'}", "hunter2"),
    ("x-webhook-secret: hunter2", "hunter2"),
]
"""(text, what must be gone of it)."""

HARMLESS = [
    "lead/0d5c2a8e-9f1b-4c7d-8e2a-123456789012",
    "2026-11-29T07:23:08.123456+00:00",
    "partition 3 offset 123456",
    "version_mismatch",
    "token_expired",
    "expected version 7, it is 8",
    "127.0.0.1:18080",
    "gpt-4o-mini",
    "/tmp/pytest-1234567890/log",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",  # pragma: allowlist secret
]


def masked(event: dict[str, Any]) -> str:
    return orjson.dumps(mask(None, "", event), default=str).decode()


@pytest.mark.parametrize("canary", CANARIES)
@pytest.mark.parametrize(
    "place", ["{}", "said {}", "({})", "'{}'", "<{}>", "to={}", "x {}, y", "{}\n", '"{}"', "a: {}."]
)
def test_no_canary_survives_in_any_place(canary: str, place: str) -> None:
    assert canary not in mask_text(place.format(canary))


@pytest.mark.parametrize(("text", "gone"), IN_CONTEXT)
def test_what_its_context_tells_is_masked(text: str, gone: str) -> None:
    assert gone not in mask_text(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_ids_times_and_places_stay_readable(text: str) -> None:
    assert mask_text(text) == text


@given(st.sampled_from(CANARIES), st.text(st.characters(codec="utf-8", categories=["Zs", "Po", "Sm"]), max_size=20))
def test_no_canary_survives_between_other_words(canary: str, around: str) -> None:
    # A sign that belongs to the word itself makes it another word.
    line = f"{around} {canary} {around}"
    assert canary not in mask_text(line)


LEAVES = st.sampled_from(CANARIES) | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.none()
NESTED = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["event", "detail", "x", "rows"]), NESTED, min_size=1))
def test_no_canary_survives_however_deep_it_lies(event: dict[str, Any]) -> None:
    line = masked(event)
    assert not [canary for canary in CANARIES if canary in line]


@given(st.text("acdghijmnopqtuvwxyz_ ,;", max_size=300))
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize(
    "key", ["password", "webhook_secret", "Authorization", "api_key", "email", "phone", "refresh_token"]
)
def test_a_key_that_names_a_secret_is_masked_whatever_its_value(key: str) -> None:
    assert masked({key: "harmless"}) == f'{{"{key}":"***"}}'
    assert "harmless" not in masked({"request": {key: "harmless"}})


def test_a_line_is_cut_before_it_takes_time() -> None:
    assert len(mask_text("a" * 10 * LONGEST)) == LONGEST + 1
    for evil in ("a@", "1 ", "password", "://", "+1-", "eyJ.", "a.", "(11) "):
        mask_text(evil * LONGEST)


PROGRAM = """
import logging
import sys
import structlog
from cli.log import configure
configure("test", "info")
if sys.argv[1] == "control":
    import cli.log
    for handler in logging.getLogger().handlers:
        handler.formatter.processors = [p for p in handler.formatter.processors if p is not cli.log.mask]
canary = sys.argv[2]
structlog.get_logger().info("said", words=canary, rows=[{"a": canary}])
logging.getLogger("another.package").warning("said %s", canary)
try:
    raise ValueError(f"cannot read {canary}")
except ValueError:
    structlog.get_logger().exception("failed")
    logging.getLogger("another.package").exception("failed")
raise RuntimeError(f"the end, with {canary}")
"""


def lines_of(how: str, canary: str) -> list[str]:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, how, canary], capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    return ended.stderr.splitlines()


def test_a_process_says_nothing_of_it_and_all_else_as_json() -> None:
    lines = lines_of("as it is", CANARIES[0])
    told = [orjson.loads(line) for line in lines]
    assert [each["event"] for each in told] == ["said", "said ***", "failed", "failed", "process_failed"]
    assert not [line for line in lines if CANARIES[0] in line]
    assert all({"timestamp", "level", "process"} <= each.keys() for each in told)
    assert "ValueError: cannot read ***" in told[2]["exception"]
    assert "ValueError: cannot read ***" in told[3]["exception"]
    assert "RuntimeError: the end, with ***" in told[4]["exception"]


def test_without_the_processor_the_canary_is_in_every_line() -> None:
    """The control of the one above."""
    lines = lines_of("control", CANARIES[0])
    assert len(lines) == 5
    assert all(CANARIES[0] in line for line in lines)


def test_what_a_request_binds_stands_in_its_lines() -> None:
    out = io.StringIO()
    logger = structlog.wrap_logger(
        structlog.PrintLogger(out),
        processors=[structlog.contextvars.merge_contextvars, mask, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    with structlog.contextvars.bound_contextvars(trace_id="12345678901234567890123456789012", company="c", user="u"):
        logger.info("said")
    assert orjson.loads(out.getvalue()) == {
        "event": "said", "trace_id": "12345678901234567890123456789012", "company": "c", "user": "u",
    }  # fmt: skip
