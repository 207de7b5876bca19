"""The GraphQL side: a real one (graphql-core) over the part of the schema that is simulated.

So a query with a field, a type or a variable that Autentique does not have fails here as it would there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from graphql import GraphQLError, GraphQLResolveInfo, GraphQLScalarType, build_schema, graphql_sync

from simulators.autentique import payloads
from simulators.autentique.office import Office, moment
from simulators.autentique.state import Account, Document

SCHEMA: Final = build_schema((Path(__file__).parent / "schema.graphql").read_text(encoding="utf-8"))
LARGEST_FILE: Final = 20 * 1024 * 1024
"""Bytes: of the Professional plan."""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise GraphQLError("it has to be a string")
    return value


for _scalar in map(SCHEMA.get_type, ("UUID", "EmailScalar")):
    assert isinstance(_scalar, GraphQLScalarType)
    _scalar.coerce_input_value = _text


def answer(office: Office, account: Account, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    """`{data, errors?}` as it goes out, always with HTTP 200."""
    result = graphql_sync(SCHEMA, query, root_value=_Root(office, account), variable_values=variables)
    found = result.formatted
    if result.errors and result.data is None and not any(error.path for error in result.errors):
        return {"errors": found["errors"]}  # nothing was run
    return dict(found)


def problem(message: str, fields: dict[str, list[str]] | None = None) -> GraphQLError:
    """An error as Autentique writes it: a code, or `validation` with codes by field."""
    return GraphQLError(
        message, extensions={"validation": fields, "category": "validation"} if fields is not None else None
    )


class _Root:
    """graphql-core looks for a method by the field's name and gives it the arguments by theirs."""

    def __init__(self, office: Office, account: Account) -> None:
        self._office = office
        self._account = account

    def document(self, info: GraphQLResolveInfo[Any], id: str | None = None, **_: Any) -> dict[str, Any]:  # noqa: A002
        del info
        return self._shown(self._found(id))

    def documents(
        self,
        info: GraphQLResolveInfo[Any],
        *,
        limit: int,
        page: int,
        search: str | None = None,
        name: str | None = None,
        **flags: Any,
    ) -> dict[str, Any]:
        del info
        words = (search or name or "").lower()
        found = [
            each
            for each in self._office.store.of(self._account)
            if words in each.name.lower()
            and (each.deleted_at is None or flags.get("include_deleted"))
            and (not each.sandbox or flags.get("showSandbox") or flags.get("onlySandbox"))
            and (each.sandbox or not flags.get("onlySandbox"))
        ]
        if self._office.faults.take("documents", "lists_late"):
            found = []
        last = max(1, -(-len(found) // limit))
        return {
            "data": [self._shown(each) for each in found[(page - 1) * limit : page * limit]],
            "total": len(found),
            "per_page": limit,
            "current_page": page,
            "last_page": last,
            "has_more_pages": page < last,
        }

    def createDocument(  # noqa: N802 (Autentique's name, as are those below)
        self,
        info: GraphQLResolveInfo[Any],
        *,
        document: dict[str, Any],
        signers: list[dict[str, Any]],
        file: Any,
        sandbox: bool = False,
        **_: Any,
    ) -> dict[str, Any]:
        del info
        wrong = _wrong(document, signers, file)
        if wrong:
            raise problem("validation", wrong)
        return self._shown(self._office.create(self._account, document, signers, file, sandbox=sandbox))

    def updateDocument(self, info: GraphQLResolveInfo[Any], *, id: str, document: dict[str, Any]) -> dict[str, Any]:  # noqa: A002, N802
        del info
        found = self._found(id)
        if not _is_moment(document.get("deadline_at")):
            raise problem("validation", {"document.deadline_at": ["invalid_date"]})
        self._office.update(found, document)
        return self._shown(found)

    def deleteDocument(self, info: GraphQLResolveInfo[Any], *, id: str) -> bool:  # noqa: A002, N802
        del info
        self._office.delete(self._found(id))
        return True

    def resendSignatures(self, info: GraphQLResolveInfo[Any], *, public_ids: list[str]) -> bool:  # noqa: N802
        del info
        found = [self._office.store.signed_by(self._account, public_id) for public_id in public_ids]
        if not found or None in found:
            raise problem("signature_not_found")
        if not self._office.resend([each[1] for each in found if each is not None]):
            raise problem("too_many_resent_emails")
        return True

    def _found(self, document_id: str | None) -> Document:
        found = self._office.store.documents.get(document_id or "")
        if found is None or found.account is not self._account:
            raise problem("Document not found")
        return found

    def _shown(self, document: Document) -> dict[str, Any]:
        return payloads.document(document, self._office.origin)


def _wrong(document: dict[str, Any], signers: list[dict[str, Any]], file: Any) -> dict[str, list[str]]:
    """Codes by field, as validation errors have them."""
    found: dict[str, list[str]] = {}
    if not str(document["name"]).strip():
        found["document.name"] = ["required"]
    if not _is_moment(document.get("deadline_at")):
        found["document.deadline_at"] = ["invalid_date"]
    if document.get("reminder") and document.get("refusable") is False:
        found["document.reminder"] = ["reminder_requires_refusable"]
    if not signers:
        found["signers"] = ["must_be_at_least_items:1"]
    for number, signer in enumerate(signers):
        if not any(signer.get(name) for name in ("email", "phone", "name")):
            found[f"signers.{number}"] = ["required"]
        elif signer.get("email") and "@" not in str(signer["email"]):
            found[f"signers.{number}.email"] = ["invalid_email"]
    if not isinstance(file, tuple) or not file[1]:
        found["file"] = ["required"]
    elif len(file[1]) > LARGEST_FILE:
        found["file"] = [f"must_be_at_most_kilobytes:{LARGEST_FILE // 1024}"]
    return found


def _is_moment(text: object) -> bool:
    try:
        moment(text)
    except ValueError:
        return False
    return True
