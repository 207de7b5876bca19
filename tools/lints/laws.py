"""The laws themselves, one function each: (path, tree) → findings.

L001  domain/ is pure: no I/O, clock, randomness or environment
L002  no naive datetime anywhere
L003  no query on a tenant table without its company
L004  opened words go into columns that an erasure empties
L005  every table of the vault says how a lead is erased from it
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple


class Finding(NamedTuple):
    code: str
    line: int
    text: str


Law = Callable[[str, ast.Module], Iterator[Finding]]

IMPURE_MODULES: Final = frozenset(
    "os io sys time random secrets socket ssl subprocess asyncio threading multiprocessing pathlib shutil tempfile "
    "logging http urllib sqlite3 select signal contextvars concurrent".split()
)
"""Standard modules through which I/O, a clock, randomness or hidden state would enter the domain."""

IMPURE_CALLS: Final = frozenset({"now", "utcnow", "today", "uuid1", "uuid4", "open", "print", "input"})

DOMAIN_LIBRARIES: Final = frozenset({"domain", "eventsourcing"})


def domain_is_pure(path: str, tree: ast.Module) -> Iterator[Finding]:
    """L001. Time, ids and anything looked up arrive in the command (design §3)."""
    if not path.startswith("domain/"):
        return
    for node in ast.walk(tree):
        for module in _imported(node):
            root = module.split(".")[0]
            if root in IMPURE_MODULES:
                yield Finding("L001", _line(node), f"domain imports {module}")
            elif root not in DOMAIN_LIBRARIES and root not in STDLIB:
                yield Finding("L001", _line(node), f"domain imports the library {module}")
        if isinstance(node, ast.Call) and _called(node) in IMPURE_CALLS:
            yield Finding("L001", node.lineno, f"domain calls {_called(node)}()")


def no_naive_datetime(_path: str, tree: ast.Module) -> Iterator[Finding]:
    """L002. A datetime without a zone means another moment on another machine."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = _called(node)
        named = {keyword.arg for keyword in node.keywords}
        owner = _owner(node)
        if name in {"utcnow", "utcfromtimestamp"}:
            yield Finding("L002", node.lineno, f"{name}() is naive")
        elif name == "now" and owner == "datetime" and not node.args and "tz" not in named:
            yield Finding("L002", node.lineno, "datetime.now() without a zone")
        elif name == "fromtimestamp" and owner == "datetime" and len(node.args) < 2 and "tz" not in named:
            yield Finding("L002", node.lineno, "datetime.fromtimestamp() without a zone")
        elif name == "datetime" and len(node.args) < 8 and "tzinfo" not in named and (node.args or named):
            yield Finding("L002", node.lineno, "datetime(…) without tzinfo")


TENANT_TABLE: Final = re.compile(
    r"\b(?:from|join|update|into)\s+core\.(leads|lead_aliases|conversations|messages|replies|centurions|"
    r"centurion_versions|instances|pipelines|stages|services|qualification_rules)\b",
    re.IGNORECASE,
)


def tenant_query_names_company(path: str, tree: ast.Module) -> Iterator[Finding]:
    """L003. Row level security is the second net; the first is that the query says whose rows it means."""
    if path.startswith(("tests/", "tools/", "benchmarks/", "proof/")):  # an oracle sees every row
        return
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        text = "" if id(node) in parts else _text(node)
        if text and TENANT_TABLE.search(text) and "company_id" not in text:
            yield Finding("L003", _line(node), "query on a tenant table without company_id")


PERSONAL_COLUMNS: Final = frozenset({"Words", "WordsJson"})
OPENS: Final = frozenset({"text", "json"})
"""Methods of `projections.engine.seen.Seen` that give what was sealed."""


def opened_words_can_be_erased(path: str, tree: ast.Module) -> Iterator[Finding]:
    """L004. A column that is given `e.text(…)` or `e.json(…)` is declared `Words` or `WordsJson`: from that follows its
    eraser. Nobody else in projections/ opens words at all."""
    if not path.startswith("projections/") or path == "projections/engine/seen.py":
        return
    personal = {
        node.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and _names(node.annotation) & PERSONAL_COLUMNS
    }
    named = {
        target.id: _opening_lines(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _opening_lines(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    kept: set[int] = set()
    for node in ast.walk(tree):
        for keyword in node.keywords if isinstance(node, ast.Call) else ():
            value = keyword.value
            lines = named.get(value.id, set()) if isinstance(value, ast.Name) else _opening_lines(value)
            kept |= lines
            if lines and keyword.arg not in personal:
                yield Finding("L004", value.lineno, f"{keyword.arg} is given opened words and is not declared Words")
    for line in sorted(_opening_lines(tree) - kept):
        yield Finding("L004", line, "words are opened for something else than a column")


CREATED: Final = re.compile(r"^create (?:unlogged )?table (?:if not exists )?(\w+)", re.IGNORECASE | re.MULTILINE)


def vault_tables_have_erasers(path: str, tree: ast.Module) -> Iterator[Finding]:
    """L005. `ERASERS` names every table that a migration makes, and no other."""
    if path != "vault/erasure.py":
        return
    named: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and _names(node.target) == {"ERASERS"} and isinstance(node.value, ast.Dict):
            named = {_text(key): _line(key) for key in node.value.keys if key is not None}
    folder = Path(__file__).resolve().parents[2] / "vault" / "migrations"
    made = {name for file in folder.glob("*.sql") for name in CREATED.findall(file.read_text())} | {"schema_migration"}
    for name in sorted(made - named.keys()):
        yield Finding("L005", 1, f"table {name} of the vault has no entry in ERASERS")
    for name in sorted(named.keys() - made):
        yield Finding("L005", named[name], f"the vault has no table {name}")


LAWS: Final[tuple[Law, ...]] = (
    domain_is_pure,
    no_naive_datetime,
    tenant_query_names_company,
    opened_words_can_be_erased,
    vault_tables_have_erasers,
)

STDLIB: Final = frozenset(
    "__future__ abc base64 bisect collections copy dataclasses datetime decimal enum fractions functools hashlib "
    "heapq hmac itertools json math operator re statistics string textwrap types typing "
    "unicodedata uuid zoneinfo".split()
)
"""What the domain may use of the standard library: values and algorithms."""


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        return [node.module]
    return []


def _called(node: ast.Call) -> str:
    func = node.func
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _opening_lines(tree: ast.AST) -> set[int]:
    """Where `e.text(…)` or `e.json(…)` stands, e being what handlers call the event they see."""
    return {
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in OPENS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "e"
    }


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _owner(node: ast.Call) -> str:
    func = node.func
    if not isinstance(func, ast.Attribute):
        return ""
    value = func.value
    return value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            part.value for part in node.values if isinstance(part, ast.Constant) and isinstance(part.value, str)
        )
    return ""


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 1))
