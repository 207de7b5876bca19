"""Names of a generation's database, and how to reach it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import quote, urlsplit

PREFIX: Final = "legion_g"


class Role(StrEnum):
    """Logins of a read database. PROJECTOR writes; RUNNER reads all companies, claims effects and may become APP;
    APP sees the company named by the setting `legion.company`; WRITER reads the journal; PROVISIONER may have the
    schemas of companies made (sql/provision.sql) and reads nothing."""

    PROJECTOR = "legion_projector"
    RUNNER = "legion_runner"
    APP = "legion_app"
    WRITER = "legion_writer"
    PROVISIONER = "legion_provisioner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passwords:
    """Of the five logins."""

    projector: str = field(repr=False)
    runner: str = field(repr=False)
    app: str = field(repr=False)
    writer: str = field(repr=False)
    provisioner: str = field(repr=False)

    def by_role(self) -> Mapping[Role, str]:
        return {
            Role.PROJECTOR: self.projector,
            Role.RUNNER: self.runner,
            Role.APP: self.app,
            Role.WRITER: self.writer,
            Role.PROVISIONER: self.provisioner,
        }


def database_name(n: int, *, prefix: str = PREFIX) -> str:
    """`legion_g<n>`."""
    return f"{prefix}{n}"


def dsn_for(base_dsn: str, n: int, role: str | None, password: str, *, prefix: str = PREFIX) -> str:
    """The URI of generation n on the server of `base_dsn`; role None keeps the base's own login."""
    parts = urlsplit(base_dsn)
    if role is None:
        return parts._replace(path=f"/{database_name(n, prefix=prefix)}").geturl()
    host = parts.netloc.rsplit("@", 1)[-1]
    login = f"{quote(role, safe='')}:{quote(password, safe='')}"
    return parts._replace(netloc=f"{login}@{host}", path=f"/{database_name(n, prefix=prefix)}").geturl()


def company_schema(company_id: str) -> str:
    """`c_<32 hex digits>`: the schema of the company's views, in every generation. Raises ValueError for no UUID."""
    digits = company_id.replace("-", "")
    if len(digits) != 32 or set(digits) - set("0123456789abcdef"):
        raise ValueError("a company's id is a UUID in lower case")
    return f"c_{digits}"


COMPANY_LOGINS: Final = "^legion_c_[0-9a-f]{32}$"
"""What `company_login` makes, as PostgreSQL's regular expression."""


def company_login(company_id: str) -> str:
    """`legion_c_<32 hex digits>`: the login of the company's own tools."""
    return f"legion_{company_schema(company_id)}"
