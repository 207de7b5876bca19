"""Autentique v2 over HTTP (providers.md 5): contracts to be signed.

Nothing here is tried twice. Each document is billed and there is no idempotency key, so after OutcomeUnknown the caller
searches by its reference; what is not found may still have been made, and is never made again by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Literal, Self

import httpx

from domain.kernel.errors import GatewayFailed, InvalidInput, OutcomeUnknown
from gateways.autentique import queries
from gateways.autentique.documents import Document, document_of
from gateways.autentique.download import FILE_HOSTS, LARGEST_FILE, Downloaded, downloaded
from gateways.autentique.naming import REFERENCE, carries, named
from gateways.autentique.signers import Signer
from gateways.autentique.wire import Upload, exchange, not_found
from gateways.errors import RefusedForReasons
from gateways.http import Timeouts
from gateways.values import elements, mapping, truth

API: Final = "https://api.autentique.com.br"

_PER_PAGE: Final = 20  # documents; each one that a query returns may be billed (the schema's price `documents_query`)
_MOST_PAGES: Final = 50  # of one search; a reference is unique, so more means that the search does not filter
# Seconds. A creation on a connection that the server closes meanwhile ends as "unknown", so ours close first.
_KEEPALIVE_S: Final = 2.0
# The upload of a file of some MB through a slow line, and the provider's own work with it.
_TIMEOUTS: Final = Timeouts(connect=5.0, read=40.0, total=60.0)


@dataclass(frozen=True, slots=True)
class NewDocument:
    """reference: ours, kept in the name (`naming`). sortable: they sign in the order given. deadline_at: aware.
    reminder: by mail to who has not acted. refusable: may be rejected. sandbox: a document without force and cost."""

    title: str = field(repr=False)
    reference: str
    pdf: bytes = field(repr=False)
    signers: tuple[Signer, ...]
    sandbox: bool
    message: str | None = field(default=None, repr=False)
    sortable: bool = False
    refusable: bool = True
    reminder: Literal["DAILY", "WEEKLY"] | None = None
    deadline_at: datetime | None = None

    def variables(self) -> dict[str, Any]:
        """Raises InvalidInput: `reference_invalid`, `title_invalid`, `signer_invalid`, `file_invalid`."""
        if not self.signers:
            raise InvalidInput("signer_invalid", "nobody is to sign")
        if not self.pdf.startswith(b"%PDF-"):
            raise InvalidInput("file_invalid", "not a PDF")
        document: dict[str, Any] = {
            "name": named(self.title, self.reference),
            "refusable": self.refusable,
            "sortable": self.sortable,
        }
        if self.message:
            document["message"] = self.message
        if self.reminder:
            document["reminder"] = self.reminder
        if self.deadline_at:
            document["deadline_at"] = stamp(self.deadline_at)
        signers = [signer.variables() for signer in self.signers]
        return {"document": document, "signers": signers, "sandbox": self.sandbox}


class AutentiqueClient:
    """token: of an account; documents are that account's. base_url: of the API or the simulator. file_hosts: whence
    files may be fetched besides. Close it, or use `async with`."""

    def __init__(
        self,
        token: str,
        *,
        base_url: str = API,
        file_hosts: Iterable[str] = FILE_HOSTS,
        timeouts: Timeouts = _TIMEOUTS,
        pool: httpx.AsyncClient | None = None,
    ) -> None:
        self.timeouts = timeouts
        self._http = pool or httpx.AsyncClient(base_url=base_url, limits=httpx.Limits(keepalive_expiry=_KEEPALIVE_S))
        self._base_url = httpx.URL(base_url)
        self._file_hosts = frozenset(file_hosts)
        self._headers = {"authorization": f"Bearer {token}", "accept": "application/json"}

    def using(self, token: str) -> AutentiqueClient:
        """The same connections for another account. Close the first one only."""
        return AutentiqueClient(
            token,
            base_url=str(self._base_url),
            file_hosts=self._file_hosts,
            timeouts=self.timeouts,
            pool=self._http,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def create(self, new: NewDocument) -> Document:
        """Makes the document and lets Autentique ask its signers, exactly once.

        Raises InvalidInput, NeverSent, RateLimited, CredentialsRefused, RefusedForReasons (nothing was made) or
        OutcomeUnknown (it may have been: `find`, never `create` again).
        """
        upload = Upload(f"{new.reference}.pdf", new.pdf)
        made = document_of(await self._call(queries.CREATE, new.variables(), repeatable=False, upload=upload))
        if made is None:
            raise OutcomeUnknown(detail="a document without an id")
        return made

    async def document(self, document_id: str) -> Document | None:
        """As it is now; None for an id that this account does not see. Raises GatewayFailed besides."""
        try:
            return document_of(await self._call(queries.DOCUMENT, {"id": document_id}))
        except RefusedForReasons as error:
            if not_found(error):
                return None
            raise

    async def find(self, reference: str) -> tuple[Document, ...]:
        """All documents that carry our reference, deleted and sandbox ones too. Nothing found is no proof that nothing
        was made; more than one is a document too many.

        Raises InvalidInput `reference_invalid`, GatewayFailed `search_too_long`, and as `document`.
        """
        if not REFERENCE.fullmatch(reference):
            raise InvalidInput("reference_invalid", "8 to 64 letters, digits and hyphens")
        found: dict[str, Document] = {}  # by id: pages shift when a document is made meanwhile
        for page in range(1, _MOST_PAGES + 1):
            asked = {"search": reference, "limit": _PER_PAGE, "page": page}
            answer = mapping(await self._call(queries.SEARCH, asked))
            if "data" not in answer:  # no list is not an empty list
                raise GatewayFailed(detail="a search without a list")
            rows = elements(answer["data"])
            seen = [document for row in rows if (document := document_of(row))]
            found |= {document.id: document for document in seen if carries(document.name, reference)}
            if not rows or not truth(answer.get("has_more_pages")):
                return tuple(found.values())
        raise GatewayFailed("search_too_long", f"more than {_MOST_PAGES} pages")

    async def cancel(self, document_id: str, now: datetime) -> Document | None:
        """Nobody can sign from now on (deleting alone does not stop who has the link). As often as one likes.
        now: aware. None for an id that this account does not see."""
        changes = {"id": document_id, "document": {"deadline_at": stamp(now)}}
        try:
            return document_of(await self._call(queries.UPDATE, changes))
        except RefusedForReasons as error:
            if not_found(error):
                return None
            raise

    async def resend(self, public_ids: Sequence[str]) -> None:
        """Asks these signers again. Raises RefusedForReasons `too_many_resent_emails`, OutcomeUnknown, and as
        `create`."""
        if await self._call(queries.RESEND, {"public_ids": list(public_ids)}, repeatable=False) is not True:
            raise OutcomeUnknown(detail="resending was not confirmed")

    async def download(self, url: str, *, largest: int = LARGEST_FILE) -> Downloaded:
        """One of a document's files. largest: bytes. Raises GatewayFailed, TooLarge (`download`)."""
        return await downloaded(
            self._http,
            url,
            self.timeouts,
            own=self._base_url,
            hosts=self._file_hosts,
            authorization=self._headers["authorization"],
            largest=largest,
        )

    async def _call(
        self, query: str, variables: Mapping[str, Any], *, repeatable: bool = True, upload: Upload | None = None
    ) -> Any:
        return await exchange(
            self._http,
            query,
            variables,
            self.timeouts,
            headers=self._headers,
            repeatable=repeatable,
            upload=upload,
        )


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z, as Autentique's own examples write deadlines."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
