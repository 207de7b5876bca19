"""`ETag` of a single resource: the version of its stream, as it is projected. `If-None-Match` where nothing else is
in the answer."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, Request, Response

from api.auth import Caller, CallerDep
from api.preconditions import entity_tag, none_matches
from api.services import Services, ServicesDep
from domain.kernel.errors import VersionMismatch
from projections.read.versions import stream_version

TAGGED: Final[dict[str, Any]] = {
    "responses": {
        200: {"headers": {"ETag": {"description": "the version, for `If-Match`", "schema": {"type": "string"}}}},
        304: {"description": "The caller has it already, by `If-None-Match`"},
    }
}
"""Of a route decorator: what a read of one resource answers."""


class NotModified(Exception):
    """The caller has it already."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        super().__init__(tag)


class Tags:
    """Of one GET, in two steps, for what is read between them must not be older than its tag: with a version read too
    early a change is refused in vain, with one read too late somebody's change would be lost."""

    def __init__(self, request: Request, response: Response, services: Services) -> None:
        self._if_none_match = request.headers.get("if-none-match")
        self._response = response
        self._services = services

    async def version(self, stream: str) -> int:
        """Before the resource is read. Raises Unavailable."""
        return await version_of(self._services, stream)

    def show(self, version: int, *, whole: bool = True) -> None:
        """Once it is known that the caller may see it. whole: the answer holds nothing but what the stream says; then
        who has this version is told so: raises NotModified."""
        tag = entity_tag(version)
        if whole and not none_matches(self._if_none_match, version):
            raise NotModified(tag)
        self._response.headers["etag"] = tag


async def _tags(request: Request, response: Response, services: ServicesDep, _: CallerDep) -> Tags:
    return Tags(request, response, services)


TagsDep = Annotated[Tags, Depends(_tags)]


async def check_seen(services: Services, caller: Caller, stream: str) -> None:
    """For what cannot be left to the decider, because the vault is changed first. Raises VersionMismatch."""
    if caller.expected is not None:
        version = await version_of(services, stream)
        if version != caller.expected:
            raise VersionMismatch(detail=f"expected version {caller.expected}, it is {version}")


async def version_of(services: Services, stream: str) -> int:
    async with services.reads.statement() as conn:
        return await stream_version(conn, stream)


async def _not_modified(_: Request, error: Exception) -> Response:
    assert isinstance(error, NotModified)
    return Response(status_code=304, headers={"etag": error.tag})


def install(app: FastAPI) -> None:
    app.add_exception_handler(NotModified, _not_modified)
