"""A contract template: JSON blocks of text with typed variables. It holds no code, so there is none to be run.

    {"title": "Contrato", "variables": [{"name": "client", "kind": "text"}],
     "blocks": [{"type": "heading", "level": 1, "runs": [{"text": "Contrato"}]},
                {"type": "paragraph", "runs": [{"text": "Entre {{client}} e "}, {"variable": "us", "bold": true}]},
                {"type": "list", "ordered": true, "items": [[{"text": "…"}]]},
                {"type": "table", "header": [[{"text": "Item"}]], "rows": [[[{"text": "…"}]]]},
                {"type": "page_break"},
                {"type": "signature", "signer": "client", "runs": [{"text": "{{client}}"}]}]}

A variable stands as `{{name}}` within a text or as a run of its own. What is put in its place is not looked at again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateways.typst.characters import composed, supported
from gateways.typst.problems import Problem, TemplateInvalid

LARGEST_TEMPLATE: Final = 100_000
"""Bytes of JSON: some forty pages of plain text."""

MOST_VARIABLES: Final = 200
"""Forms of 40 fields are usual; nobody fills in more than some dozens by hand."""

MOST_BLOCKS: Final = 2_000
MOST_COLUMNS: Final = 12
"""Of a table: more do not fit on a page."""

LONGEST_TITLE: Final = 150
"""Characters, as in Autentique's name of the document."""

MOST_PROBLEMS: Final = 100
"""Told at once: a tree that is wrong all over needs no thousand lines."""

CODES: Final = {"union_tag_invalid": "block_type_unknown", "union_tag_not_found": "block_type_missing"}
"""Where pydantic's code of a wrong shape says more of its own insides than of the template."""

Kind = Literal["text", "number", "money", "date", "cpf", "cnpj", "phone", "email"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]

_PLACEHOLDER: Final = re.compile(r"\{\{\s*([a-z][a-z0-9_]{0,59})\s*\}\}")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Variable(_Strict):
    """label: what people are asked for. required: a contract without it is none."""

    name: Name
    kind: Kind
    label: str = ""
    required: bool = True


class Run(_Strict):
    """Either a text, which may hold `{{name}}`, or a variable."""

    text: str | None = None
    variable: Name | None = None
    bold: bool = False
    italic: bool = False

    def pieces(self) -> Iterator[tuple[bool, str]]:
        """`(is a variable, its name or plain words)` in order."""
        if self.variable is not None:
            yield True, self.variable
            return
        for number, piece in enumerate(_PLACEHOLDER.split(self.text or "")):
            if piece:
                yield number % 2 == 1, piece


Runs = tuple[Run, ...]


class Heading(_Strict):
    type: Literal["heading"]
    level: Annotated[int, Field(ge=1, le=3)] = 1
    runs: Runs


class Paragraph(_Strict):
    type: Literal["paragraph"]
    runs: Runs


class Items(_Strict):
    type: Literal["list"]
    ordered: bool = False
    items: tuple[Runs, ...]


class Table(_Strict):
    """Cells are runs; each row has as many as the first."""

    type: Literal["table"]
    header: tuple[Runs, ...] = ()
    rows: tuple[tuple[Runs, ...], ...]

    @property
    def columns(self) -> int:
        return len(self.header or next(iter(self.rows), ()))


class PageBreak(_Strict):
    type: Literal["page_break"]


class SignaturePlace(_Strict):
    """A line to sign on. signer: by which who places signatures finds it again (`render.Place`)."""

    type: Literal["signature"]
    signer: Name
    runs: Runs = ()


Block = Annotated[Heading | Paragraph | Items | Table | PageBreak | SignaturePlace, Field(discriminator="type")]


class Template(_Strict):
    """As `parsed` gives it: every variable is declared once and used."""

    title: Annotated[str, Field(min_length=1, max_length=LONGEST_TITLE)]
    variables: Annotated[tuple[Variable, ...], Field(max_length=MOST_VARIABLES)] = ()
    blocks: Annotated[tuple[Block, ...], Field(max_length=MOST_BLOCKS)]


def parsed(body: bytes) -> Template:
    """body: JSON. Raises TemplateInvalid with all that is wrong with it."""
    if len(body) > LARGEST_TEMPLATE:
        raise TemplateInvalid([Problem("template_too_large", "")])
    try:
        template = Template.model_validate_json(body)
    except ValidationError as error:
        told = error.errors(include_url=False, include_context=False, include_input=False)
        raise TemplateInvalid([_problem(each["type"], each["loc"]) for each in told[:MOST_PROBLEMS]]) from None
    if problems := list(_problems(template)):
        raise TemplateInvalid(problems[:MOST_PROBLEMS])
    return template


def runs_of(block: Block) -> Iterator[tuple[str, Runs]]:
    """All runs of a block with the path to them."""
    match block:
        case Items():
            yield from ((f"items.{number}", runs) for number, runs in enumerate(block.items))
        case Table():
            for row, cells in enumerate(block.rows):
                yield from ((f"rows.{row}.{column}", runs) for column, runs in enumerate(cells))
            yield from ((f"header.{column}", runs) for column, runs in enumerate(block.header))
        case PageBreak():
            pass
        case _:
            yield "runs", block.runs


def _problem(code: str, path: tuple[int | str, ...]) -> Problem:
    # The path of one of several kinds of block also names the kind.
    kinds = {"heading", "paragraph", "list", "table", "page_break", "signature"}
    field = ".".join(str(part) for at, part in enumerate(path) if not (at == 2 and part in kinds))
    return Problem(CODES.get(code, code), field)


def _problems(template: Template) -> Iterator[Problem]:
    declared = Counter(variable.name for variable in template.variables)
    yield from (Problem("variable_declared_twice", name) for name, times in declared.items() if times > 1)
    if not supported(composed(template.title)):
        yield Problem("character_unsupported", "title")
    # Not by pydantic: what it could not read counts as missing there, and would be told of twice.
    if not template.blocks:
        yield Problem("empty", "blocks")
    used: set[str] = set()
    signers: set[str] = set()
    for number, block in enumerate(template.blocks):
        at = f"blocks.{number}"
        if isinstance(block, Items) and not block.items:
            yield Problem("empty", f"{at}.items")
        if isinstance(block, Table):
            yield from _table_problems(block, at)
        if isinstance(block, SignaturePlace):
            if block.signer in signers:
                yield Problem("signer_twice", f"{at}.signer")
            signers.add(block.signer)
        for path, runs in runs_of(block):
            for place, run in enumerate(runs):
                used |= {piece for is_variable, piece in run.pieces() if is_variable}
                yield from _run_problems(run, f"{at}.{path}.{place}", declared)
    yield from (Problem("variable_unused", name) for name in declared if name not in used)


def _table_problems(table: Table, at: str) -> Iterator[Problem]:
    if not table.rows:
        yield Problem("empty", f"{at}.rows")
    elif not 1 <= table.columns <= MOST_COLUMNS:
        yield Problem("columns_out_of_range", at)
    if any(len(row) != table.columns for row in table.rows):
        yield Problem("table_ragged", at)


def _run_problems(run: Run, at: str, declared: Counter[str]) -> Iterator[Problem]:
    if (run.text is None) == (run.variable is None):
        yield Problem("text_or_variable", at)
        return
    for is_variable, piece in run.pieces():
        if is_variable and piece not in declared:
            yield Problem("variable_undeclared", at)
        elif not is_variable and ("{{" in piece or "}}" in piece):
            yield Problem("placeholder_invalid", at)
        elif not is_variable and not supported(composed(piece)):
            yield Problem("character_unsupported", at)
