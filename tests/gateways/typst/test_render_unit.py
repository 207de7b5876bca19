from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import typst
from hypothesis import example, given, settings
from hypothesis import strategies as st

import gateways.typst.render
from domain.kernel.errors import TooLarge
from gateways.typst.characters import REPERTOIRE, composed
from gateways.typst.problems import ValuesInvalid
from gateways.typst.render import Place, render
from gateways.typst.template import parsed
from tests.gateways.typst.trees import pages, paragraph, squeezed, template, text, tree

AT = datetime(2026, 3, 15, 12, 0, 0, tzinfo=UTC)
PROGRAM = Path(gateways.typst.render.__file__).parent / "contract.typ"

WHOLE: dict[str, Any] = tree(
    {"type": "heading", "level": 1, "runs": [text("Contrato de {{service}}")]},
    paragraph(text("Entre "), {"variable": "client", "bold": True, "italic": True}, text(" e nós,\npor {{price}}.")),
    {"type": "list", "ordered": True, "items": [[text("primeiro")], [text("segundo", bold=True)]]},
    {"type": "list", "items": [[text("solto")], []]},
    {"type": "table", "header": [[text("Item")], [text("Preço")]], "rows": [[[text("x")], [{"variable": "price"}]]]},
    {"type": "page_break"},
    {"type": "signature", "signer": "client", "runs": [text("{{client}}")]},
    {"type": "signature", "signer": "us"},
    service="text",
    client="text",
    price="money",
)
VALUES = {"service": "vendas", "client": "Rosa Lima", "price": {"minor": 123456, "currency": "BRL"}}


def one(value: str, **over: Any) -> list[str]:
    """The pages of a contract that says only this."""
    return pages(render(template(paragraph({"variable": "v", **over}), v="text"), {"v": value}, "pt-BR", AT).pdf)


def test_every_block_comes_out() -> None:
    made = render(parsed(orjson.dumps(WHOLE)), VALUES, "pt-BR", AT)
    first, second = pages(made.pdf)
    assert first.replace("\xa0", " ").splitlines() == [
        "Contrato de vendas",
        "Entre Rosa Lima e nós,",
        "por R$ 1.234,56.",
        "1. primeiro",
        "2. segundo",
        "• solto",
        "•",
        "Item Preço",
        "x R$ 1.234,56",
        "1 / 2",
    ]
    assert second.splitlines() == ["Rosa Lima", "2 / 2"]
    client, us = made.places
    assert (client.signer, client.page, us.signer, us.page) == ("client", 2, "us", 2)
    assert isinstance(client, Place)
    assert 0 < client.x < 100
    assert 0 < client.y < us.y < 100


def test_the_same_input_is_the_same_bytes_in_every_process() -> None:
    made = render(parsed(orjson.dumps(WHOLE)), VALUES, "pt-BR", AT)
    assert render(parsed(orjson.dumps(WHOLE)), VALUES, "pt-BR", AT) == made
    code = (
        "import hashlib, sys; from gateways.typst.render import render; from gateways.typst.template import parsed;"
        "from tests.gateways.typst.test_render_unit import AT, VALUES, WHOLE; import orjson;"
        "print(hashlib.sha256(render(parsed(orjson.dumps(WHOLE)), VALUES, 'pt-BR', AT).pdf).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        text=True,
        cwd=PROGRAM.parents[2],
        env={"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "HOME": "/nonexistent"},
    )
    assert other.stdout.strip() == hashlib.sha256(made.pdf).hexdigest()
    assert render(parsed(orjson.dumps(WHOLE)), VALUES, "en", AT).pdf != made.pdf


def test_the_date_is_the_contracts() -> None:
    made = render(template(), {}, "pt-BR", AT).pdf
    assert b"D:20260315120000" in made
    assert render(template(), {}, "pt-BR", AT.replace(year=2027)).pdf != made


HOSTILE = [
    '#read("/etc/passwd")',
    '#import "@preview/cetz:0.3.0"',
    '"] #panic("x") #["',
    "\\u{41} \\n $x^2$ `raw` @ref <label> = head",
    "*bold* _italic_ ~ -- --- ... // gone /* gone */",
    "#eval(sys.inputs.contract)",
    "{{v}} {{other}}",
    "- item\n+ item\n/ term: x",
    "https://example.com",
    '<place> #metadata("x") <place>',
]
WORDS = st.text(st.sampled_from(sorted(REPERTOIRE)) | st.sampled_from("#*_`$@<>[](){}\\\"'/=-+~\n"), max_size=60)


@settings(max_examples=120, deadline=None)
@given(WORDS, st.booleans(), st.booleans())
def test_any_text_comes_out_as_that_text(value: str, bold: bool, italic: bool) -> None:
    meant = squeezed(composed(value))
    if not meant:
        with pytest.raises(ValuesInvalid):
            one(value)
        return
    (page,) = one(value, bold=bold, italic=italic)
    assert squeezed(page) == meant + "1/1"


@pytest.mark.parametrize("value", HOSTILE)
def test_code_comes_out_as_text(value: str) -> None:
    (page,) = one(value)
    assert squeezed(page) == squeezed(value) + "1/1"
    words = value.replace("{{", "{ {").replace("}}", "} }")  # a template's own braces mean variables
    made = render(template(paragraph(text(words)), {"type": "signature", "signer": "us"}), {}, "en", AT)
    assert squeezed(words) in squeezed(pages(made.pdf)[0])
    assert len(made.places) == 1


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=20))
@example("\u202e")
@example("e\u0301\u0301")
def test_any_string_at_all_is_shown_or_refused(value: str) -> None:
    try:
        (page,) = one(value)
    except ValuesInvalid as error:
        refused = error
    else:
        assert squeezed(page) == squeezed(composed(value)) + "1/1"
        return
    assert refused.problems[0].code in {"missing", "character_unsupported"}


@pytest.mark.parametrize("style", [{}, {"bold": True}, {"italic": True}, {"bold": True, "italic": True}])
def test_the_fonts_have_every_character(style: dict[str, bool]) -> None:
    """PDF/A-2u fails on a character without a glyph; what comes out is compared besides."""
    letters = "".join(sorted(letter for letter in REPERTOIRE if composed(letter) == letter and not letter.isspace()))
    shown = squeezed("".join(one(" ".join(letters), **style)))
    assert shown.replace("1/1", "") == letters.replace("1/1", "")


def test_a_character_without_a_glyph_would_be_an_error_of_the_renderer() -> None:
    """Control: the table of characters is not the only net."""
    blocks = [{"type": "paragraph", "runs": [{"text": "漢", "bold": False, "italic": False}]}]
    contract = {"title": "t", "language": "en", "region": None, "blocks": blocks}
    inputs = {"contract": orjson.dumps(contract).decode()}
    with pytest.raises(typst.TypstError, match="could not be displayed"):
        typst.compile(PROGRAM, format="pdf", sys_inputs=inputs, pdf_standards="a-2u", ignore_system_fonts=True)


def test_the_program_has_no_way_out() -> None:
    code = "\n".join(line.partition("//")[0] for line in PROGRAM.read_text(encoding="utf-8").splitlines())
    for word in (
        "eval",
        "read(",
        "image",
        "plugin",
        "import",
        "include",
        "csv",
        "yaml",
        "toml",
        "xml",
        "cbor",
        "today",
    ):
        assert word not in code


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_no_file_is_opened_beside_the_program_and_nothing_connects(tmp_path: Path) -> None:
    code = (
        "import os; from tests.gateways.typst.test_render_unit import *; whole = parsed(orjson.dumps(WHOLE));"
        "os.access('/from-here', 0);"
        "[render(whole, {**VALUES, 'client': value}, 'pt-BR', AT) for value in HOSTILE];"
        "os.access('/to-here', 0)"
    )
    seen = tmp_path / "seen"
    asked = "trace=open,openat,access,%network"
    argv = ["strace", "-f", "-o", str(seen), "-e", asked, sys.executable, "-c", code]
    subprocess.run(argv, capture_output=True, check=True, cwd=PROGRAM.parents[2])
    inside = seen.read_text().partition("/from-here")[2].partition("/to-here")[0]
    calls = [line for line in inside.splitlines()[1:] if "(" in line and "access(" not in line]
    known = (str(PROGRAM), "/babel/", "/etc/localtime", "/proc/self/", "/sys/fs/cgroup/")
    assert any(str(PROGRAM) in line for line in calls), "control: the program itself was seen being opened"
    assert [line for line in calls if not any(path in line for path in known)] == []


def test_a_form_of_forty_fields_works() -> None:
    kinds = ["text", "number", "money", "date", "cpf", "cnpj", "phone", "email"]
    values: dict[str, Any] = {
        "text": "Rosa Lima",
        "number": "12.5",
        "money": {"minor": 990, "currency": "BRL"},
        "date": "2026-03-15",
        "cpf": "52998224725",
        "cnpj": "11222333000181",
        "phone": "+5527996001122",
        "email": "rosa@example.com",
    }
    names = {f"field_{number}": kinds[number % 8] for number in range(40)}
    made = template(*(paragraph(text(f"{name}: {{{{{name}}}}}")) for name in names), **names)
    shown = "".join(pages(render(made, {name: values[kind] for name, kind in names.items()}, "pt-BR", AT).pdf))
    assert shown.count("field_") == 40
    assert shown.count("529.982.247-25") == 5


def test_a_value_in_too_many_places_is_refused() -> None:
    made = template(*[paragraph({"variable": "v"})] * 101, v="text")
    with pytest.raises(TooLarge) as raised:
        render(made, {"v": "palavra " * 500}, "pt-BR", AT)
    assert raised.value.code == "contract_too_large"
