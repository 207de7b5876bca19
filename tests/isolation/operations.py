"""What the OpenAPI document says can be called. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.kernel.actor import Permission

OPEN: Final = "none"
"""`x-permission` of a route that needs no token."""


@dataclass(frozen=True, slots=True)
class Operation:
    """permission: None of one that is open to everybody. path_ids: names of path parameters. company_header: it has
    X-Tenant-ID. ids: (place, name) of all that the document says to be UUIDs, fields of the body dotted."""

    method: str
    path: str
    permission: Permission | None
    path_ids: tuple[str, ...]
    company_header: bool
    ids: frozenset[tuple[str, str]]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def company_in_path(self) -> bool:
        return "company_id" in self.path_ids


def operations(document: Mapping[str, Any]) -> tuple[Operation, ...]:
    """All of them. Raises KeyError for one that names no permission, unless it is a probe (tag `health`)."""
    return tuple(
        _operation(document, method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )


def _operation(document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> Operation:
    permission = OPEN if "health" in operation["tags"] else operation["x-permission"]
    parameters = operation.get("parameters", [])
    content = operation.get("requestBody", {}).get("content", {})
    body = content.get("application/json", {}).get("schema", {})
    named = {(each["in"], each["name"]) for each in parameters if _is_id(document, each["schema"])}
    return Operation(
        method=method,
        path=path,
        permission=None if permission == OPEN else Permission(permission),
        path_ids=tuple(each["name"] for each in parameters if each["in"] == "path"),
        company_header=any((each["in"], each["name"].lower()) == ("header", "x-tenant-id") for each in parameters),
        ids=frozenset(named | {("body", name) for name in _ids_within(document, body, "")}),
    )


def _is_id(document: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    return any(each.get("format") == "uuid" for each in _choices(document, schema))


def _choices(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What it may be, references followed."""
    if "$ref" in schema:
        yield from _choices(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    elif many := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        for each in many:
            yield from _choices(document, each)
    else:
        yield schema


def _ids_within(document: Mapping[str, Any], schema: Mapping[str, Any], at: str) -> Iterator[str]:
    for each in _choices(document, schema):
        if each.get("format") == "uuid":
            yield at
        for name, inner in each.get("properties", {}).items():
            yield from _ids_within(document, inner, f"{at}.{name}" if at else name)
        if "items" in each:
            yield from _ids_within(document, each["items"], f"{at}.0" if at else "0")
