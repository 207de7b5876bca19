"""What the simulated model answers to `response_format`: JSON that follows the schema, filled from what the chat says.

Deterministic and without understanding. A chat is lines such as `[3] lead: my budget is 2.500,00`, in the last
message of the request. A field `{value, confidence, source}` is looked for by its name (`budget: 2500`, `budget is
2500`; `orçamento é 2500` by a word of its description in brackets: `(orçamento)`) and by what alone can answer it (one
of its choices, a date); a point `{text, messages}` is a line of the lead's, chosen by the field's name. What is not
there is null, where the schema lets it be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulators.openai.answers import plain_words

_LINE: Final = re.compile(r"^\[(\d+)\] (\w+): (.*)$", re.MULTILINE)
_BRACKETS: Final = re.compile(r"\(([^()]{2,60})\)")
_SAYS: Final = r"\s*(?::|=|\bis\b|\be\b|\bsao\b|\bof\b|\bde\b)\s*"
_NUMBER: Final = re.compile(r"-?\d[\d.,]*")
_ISO: Final = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_SLASHES: Final = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b")
_YES: Final = ("sim", "yes", "true", "claro")
_NO: Final = ("nao", "no", "false")
_TEXT_ENDS: Final = re.compile(r"[,;.!?](?:\s|$)")

_WANTS: Final = {
    "buy": ("comprar", "contratar", "quero", "preco", "orcamento", "buy", "interesse"),
    "rent": ("alugar", "aluguel", "rent"),
    "support": ("suporte", "ajuda", "problema", "support", "help"),
}
"""Intent → words that betray it, without accents."""

_POINTS: Final = {
    "needs": ("preciso", "quero", "procuro", "need", "want", "looking"),
    "objections": ("caro", "mas", "duvida", "receio", "expensive", "but", "afraid"),
}
"""A field of points → words that betray them. Any other takes the newest line."""


class InvalidSchema(ValueError):
    """What the documented server refuses with 400, and where."""


@dataclass(frozen=True, slots=True)
class Line:
    """plain: lower case, without accents."""

    number: int
    speaker: str
    words: str
    plain: str


def check(schema: Any, at: str = "") -> None:
    """Strict schemas: every object lists all its properties as required and allows no others. Raises InvalidSchema."""
    if not isinstance(schema, dict):
        raise InvalidSchema(f"In context={at or '()'}, a schema must be an object.")
    for each in schema.get("anyOf", ()):
        check(each, at)
    if schema.get("type") == "array":
        check(schema.get("items"), f"{at}.items")
    if schema.get("type") != "object":
        return
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        raise InvalidSchema(f"In context={at or '()'}, object schema missing properties.")
    if schema.get("additionalProperties") is not False:
        raise InvalidSchema(
            f"In context={at or '()'}, 'additionalProperties' is required to be supplied and to be false"
        )
    if sorted(schema.get("required") or ()) != sorted(properties):
        raise InvalidSchema(
            f"In context={at or '()'}, 'required' is required to be supplied and to be an array including every key in"
            " properties."
        )
    for name, each in properties.items():
        check(each, f"{at}.{name}")


def filled(schema: Mapping[str, Any], chat: str, *, leave_out: bool = False) -> str:
    """The answer's JSON. leave_out: properties that are null are not there, as of servers that are not strict."""
    lines = [Line(int(number), who, words, plain_words(words)) for number, who, words in _LINE.findall(chat)]
    made = _fill("", schema, lines)
    return json.dumps(_without_nulls(made) if leave_out else made, ensure_ascii=False, separators=(",", ":"))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return value


def _fill(name: str, schema: Mapping[str, Any], lines: Sequence[Line]) -> Any:
    if "anyOf" in schema:
        options = [each for each in schema["anyOf"] if each.get("type") != "null"]
        return _fill(name, options[0], lines) if options else None
    kind, properties = schema.get("type"), schema.get("properties", {})
    if kind == "object" and {"value", "source"} <= properties.keys():
        return _finding(name, schema, lines)
    if kind == "object" and {"text", "messages"} <= properties.keys():
        return _point(name, lines)
    if kind == "object":
        return {each: _fill(each, inner, lines) for each, inner in properties.items()}
    if kind == "array":
        return _points(name, lines)
    return _wanted(schema, lines) if "enum" in schema else None


def _finding(name: str, schema: Mapping[str, Any], lines: Sequence[Line]) -> dict[str, Any] | None:
    value = schema["properties"]["value"]
    names = [plain_words(name.replace("_", " ")), plain_words(name)]
    names += [plain_words(each) for each in _BRACKETS.findall(schema.get("description", ""))]
    by_lead = [line for line in reversed(lines) if line.speaker == "lead"]
    for sure, found in ((95, _named), (80, _alone)):
        for line in by_lead:
            if (said := found(names, value, line, schema.get("description", ""))) is not None:
                return {"value": said, "confidence": sure, "source": line.number}
    return None


def _named(names: Sequence[str], value: Mapping[str, Any], line: Line, _: str) -> Any:
    """`budget: 2500`, `my budget is 2500`: the value stands behind the name."""
    for name in names:
        if match := re.search(rf"\b{re.escape(name)}\b{_SAYS}", line.plain):
            rest = line.words[match.end() :] if len(line.words) == len(line.plain) else line.plain[match.end() :]
            if (said := _value(value, rest)) is not None:
                return said
    return None


def _alone(_: Sequence[str], value: Mapping[str, Any], line: Line, description: str) -> Any:
    """What can be nothing else: one of the choices, or a date."""
    if "enum" in value or "YYYY-MM-DD" in description:
        return _value(value, line.words)
    return None


def _value(schema: Mapping[str, Any], text: str) -> Any:
    plain = plain_words(text)
    if "enum" in schema:
        return next((one for one in schema["enum"] if re.search(rf"\b{re.escape(plain_words(one))}\b", plain)), None)
    match schema.get("type"):
        case "boolean":
            first = re.match(r"\W*(\w+)", plain)
            word = first[1] if first else ""
            return True if word in _YES else False if word in _NO else None
        case "number" | "integer":
            match = _NUMBER.search(plain)
            return None if match is None else _number(match[0], plain[match.end() :])
        case _:
            return _date(text) or _TEXT_ENDS.split(text, maxsplit=1)[0].strip() or None


def _number(digits: str, rest: str) -> int | float:
    """As Brazilians write it: 2.500,50. `mil` is a thousand."""
    digits = digits.strip(".,")
    if "," in digits or re.fullmatch(r"-?\d{1,3}(\.\d{3})+", digits):
        digits = digits.replace(".", "").replace(",", ".", 1).replace(",", "")
    value = float(digits) if digits.count(".") <= 1 else float(digits.replace(".", ""))
    if re.match(r"\s*mil\b", rest):
        value *= 1000
    return int(value) if value.is_integer() else value


def _date(text: str) -> str | None:
    if match := _ISO.search(text):
        return match[0]
    if match := _SLASHES.search(text):
        day, month, year = match.groups()
        return f"{year}-{int(month):02}-{int(day):02}"
    return None


def _wanted(schema: Mapping[str, Any], lines: Sequence[Line]) -> str | None:
    """The newest line of the lead's that betrays one."""
    for line in (line for line in reversed(lines) if line.speaker == "lead"):
        for one in schema["enum"]:
            if any(re.search(rf"\b{word}", line.plain) for word in (plain_words(one), *_WANTS.get(one, ()))):
                return str(one)
    return None


def _points(name: str, lines: Sequence[Line]) -> list[dict[str, Any]]:
    words = _POINTS.get(name, ())
    found = (line for line in lines if line.speaker == "lead" and any(f" {word}" in f" {line.plain}" for word in words))
    return [{"text": line.words, "messages": [line.number]} for line in found]


def _point(name: str, lines: Sequence[Line]) -> dict[str, Any]:
    by_lead = [line for line in lines if line.speaker == "lead"] or list(lines)
    if not by_lead:
        return {"text": "", "messages": []}
    newest = by_lead[-1]
    if name == "summary":
        said = f"O lead escreveu {len(by_lead)} mensagens; a última: {newest.words}"
        return {"text": said, "messages": [line.number for line in by_lead]}
    return {"text": f"Responder a: {newest.words}", "messages": [newest.number]}


def pieces(text: str) -> Iterator[str]:
    """As it is streamed: joined they are the text."""
    return iter(re.findall(r"[^,{}\[\]]*[,{}\[\]]|[^,{}\[\]]+", text))
