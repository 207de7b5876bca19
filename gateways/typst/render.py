"""A template and its values to a PDF: the same bytes for the same input, without files, network or clock.

The program (`contract.typ`) is ours and never changes; what is shown is JSON. It may read the folder in which it lies,
and nothing there is anybody's. The PDF is PDF/A-2u: fonts inside, every glyph with its character, made to be kept.

Typst works in this thread without a pause (figures in the ADR): whoever has an event loop calls it in a thread, a few
at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
import typst
from babel.core import Locale

from domain.kernel.errors import TooLarge
from gateways.typst.characters import composed
from gateways.typst.template import Block, Items, Runs, SignaturePlace, Table, Template
from gateways.typst.values import locale_of, texts_of

MOST_CHARACTERS: Final = 400_000
"""Of the whole contract: a long value in many places is long many times. About 90 pages, 2 s."""

_PROGRAM: Final = Path(__file__).parent / "contract.typ"
_WIDTH_PT: Final = 595.28  # A4
_HEIGHT_PT: Final = 841.89


@dataclass(frozen=True, slots=True)
class Place:
    """Where a signer's line is. page: from 1. x, y: per cent of the page from its upper left corner."""

    signer: str
    page: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Rendered:
    pdf: bytes = field(repr=False)
    places: tuple[Place, ...]


def render(template: Template, values: Mapping[str, Any], locale: str, at: datetime) -> Rendered:
    """locale: BCP 47. at: aware, the PDF's date: a second of the contract, not of the rendering.

    Raises InvalidInput `locale_unknown`, ValuesInvalid with all that is wrong, TooLarge `contract_too_large`.
    """
    known = locale_of(locale)
    contract = _contract(template, texts_of(template, values, known), known)
    inputs = {"contract": orjson.dumps(contract).decode()}
    # No other fonts than those within Typst: another machine's would make other bytes. No folder of packages.
    compiler = typst.Compiler(
        _PROGRAM,
        root=_PROGRAM.parent,
        font_paths=typst.Fonts(include_system_fonts=False),
        sys_inputs=inputs,
        package_path=_PROGRAM.parent,
        package_cache_path=_PROGRAM.parent,
    )
    pdf = compiler.compile(format="pdf", pdf_standards="a-2u", timestamp=int(at.timestamp()))
    assert isinstance(pdf, bytes)
    signs = any(isinstance(block, SignaturePlace) for block in template.blocks)
    return Rendered(pdf, _places(compiler) if signs else ())


def _places(compiler: typst.Compiler) -> tuple[Place, ...]:
    found = orjson.loads(compiler.query("<place>", field="value"))
    return tuple(
        Place(
            each["signer"],
            each["position"]["page"],
            round(100 * _points(each["position"]["x"]) / _WIDTH_PT, 2),
            round(100 * _points(each["position"]["y"]) / _HEIGHT_PT, 2),
        )
        for each in found
    )


def _points(length: str) -> float:
    return float(length.removesuffix("pt"))


def _contract(template: Template, texts: Mapping[str, str], locale: Locale) -> dict[str, Any]:
    """What `contract.typ` shows. Raises TooLarge."""
    left = MOST_CHARACTERS

    def runs(them: Runs) -> list[dict[str, Any]]:
        nonlocal left
        said = []
        for run in them:
            text = "".join(texts[piece] if variable else composed(piece) for variable, piece in run.pieces())
            left -= len(text)
            if left < 0:
                raise TooLarge("contract_too_large", f"more than {MOST_CHARACTERS} characters")
            said.append({"text": text, "bold": run.bold, "italic": run.italic})
        return said

    def shown(block: Block) -> dict[str, Any]:
        tree: dict[str, Any] = block.model_dump(include={"type", "level", "ordered", "signer"})
        match block:
            case Items():
                tree["items"] = [runs(item) for item in block.items]
            case Table():
                tree["header"] = [runs(cell) for cell in block.header]
                tree["cells"] = [runs(cell) for row in block.rows for cell in row]
                tree["columns"] = block.columns
            case _ if hasattr(block, "runs"):
                tree["runs"] = runs(block.runs)
        return tree

    return {
        "title": composed(template.title),
        "language": locale.language,
        "region": locale.territory,
        "blocks": [shown(block) for block in template.blocks],
    }
