"""Templates of tests, and what stands in a PDF."""

from __future__ import annotations

import io
from typing import Any

import orjson
from pypdf import PdfReader

from gateways.typst.template import Template, parsed


def text(words: str, **over: Any) -> dict[str, Any]:
    return {"text": words, **over}


def paragraph(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"type": "paragraph", "runs": list(runs)}


def tree(*blocks: dict[str, Any], **kinds: str) -> dict[str, Any]:
    """kinds: of the variables, by name."""
    variables = [{"name": name, "kind": kind} for name, kind in kinds.items()]
    return {"title": "Contrato", "variables": variables, "blocks": list(blocks) or [paragraph(text("…"))]}


def template(*blocks: dict[str, Any], **kinds: str) -> Template:
    return parsed(orjson.dumps(tree(*blocks, **kinds)))


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def squeezed(words: str) -> str:
    """Without white space: where lines break is the page's affair."""
    return "".join(words.split())
