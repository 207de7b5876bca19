"""What a read-only login may ask. Pure.

`readonly=1` alone does not do: tried on chDB 4.4, it let through INTO OUTFILE, python(), KILL QUERY, the scalar
function file() (reads any file), DESCRIBE TABLE file(…) (first line of any file), and s3() and sqlite() as far as the
network and the disk. So a text is allowed only when it begins as a question, and calls nothing that reaches outside;
`readonly=1` remains as the second wall.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from embedded.clickhouse.scan import Kind, tokens

QUESTIONS = frozenset({"select", "with", "from", "show", "describe", "desc", "explain", "exists", "use"})
# Table functions that only compute, or read tables by name. Every other one, known or new, is refused.
HARMLESS_TABLE_FUNCTIONS = frozenset(
    "numbers numbers_mt zeros zeros_mt primes generateseries generate_series generaterandom values sqlstandardvalues "
    "format null view merge loop".split()
)
# Scalar functions that read files, the machine, other requests or a network service.
REACHING_FUNCTIONS = frozenset(
    "file catboostevaluate showcertificate getclienthttpheader getmacro getoskernelversion getserverport "
    "getserversetting filesystemavailable filesystemcapacity filesystemunreserved sleep sleepeachrow".split()
)
REACHING_PREFIXES = ("ai", "dictget", "addressto", "demangle")
# Words refused wherever they stand, strings and comments included, so that no slip of the scanner matters.
FORBIDDEN_TEXT = (b"outfile", b"infile", b"python")
SETTINGS_ALLOWED = frozenset(
    {"max_threads", "max_block_size", "max_result_rows", "max_result_bytes", "result_overflow_mode", "extremes"}
    | {"session_timezone", "join_use_nulls", "http_write_exception_in_output_format"}
)
SETTINGS_ALLOWED_PREFIXES = ("output_format_", "date_time_output_format")


def refused_functions(table_functions: Iterable[str]) -> frozenset[str]:
    """Lower-case names that a read-only login may not call, given the engine's own list of table functions."""
    return (frozenset(name.lower() for name in table_functions) - HARMLESS_TABLE_FUNCTIONS) | REACHING_FUNCTIONS


def refusal(sql: bytes, refused: frozenset[str]) -> str | None:
    """Why a read-only login may not send this text; None when it may."""
    lowered = sql.lower()
    for text in FORBIDDEN_TEXT:
        if text in lowered:
            return f"the word {text.decode()} is refused, even in a string: pass such a value as a parameter"
    found = list(tokens(sql))
    verb = next((token.word for token in found if token.text != "("), "")
    if verb not in QUESTIONS:
        return "only questions: " + ", ".join(sorted(QUESTIONS)).upper()
    for token in found:
        if token.kind is Kind.SIGN and not token.text.isascii():
            return "characters beyond ASCII are allowed only in strings and quoted identifiers"
        if token.kind is Kind.QUOTED and "\\" in token.text:
            return "escapes in quoted identifiers are refused"
    for token, after in pairwise(found):
        name = token.text.strip('"`').lower()
        called = after.text == "(" and token.kind in (Kind.WORD, Kind.QUOTED)
        if called and (name in refused or name.startswith(REACHING_PREFIXES)):
            return f"function {name} is refused"
    return None


def setting_allowed(name: str) -> bool:
    """Whether a read-only login may set this for its own question."""
    return name in SETTINGS_ALLOWED or name.startswith(SETTINGS_ALLOWED_PREFIXES)
