"""What an advisory means for us. Pure.

PyPI's advisories carry no severity. One with a fix counts as high, so that it fails: taking the fix costs one line of
the lock, and judging it by hand would cost more. One without a fix is told and fails nothing: nobody could mend it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Finding:
    """ids: the advisory's own first, then its others (CVE). fixed_in: versions; none: there is no fix yet."""

    package: Package
    ids: tuple[str, ...]
    fixed_in: tuple[str, ...]

    @property
    def fails(self) -> bool:
        return bool(self.fixed_in)

    def line(self) -> str:
        what = f"{self.package.name} {self.package.version}: {', '.join(self.ids)}"
        return f"{what}; fixed in {', '.join(self.fixed_in)}" if self.fixed_in else f"{what}; no fix yet"


def findings(package: Package, vulnerabilities: Iterable[dict[str, Any]]) -> list[Finding]:
    """Of PyPI's answer for one version. Withdrawn advisories are none."""
    return [
        Finding(package, (each["id"], *each.get("aliases", ())), tuple(each.get("fixed_in") or ()))
        for each in vulnerabilities
        if not each.get("withdrawn")
    ]


def locked(lock: dict[str, Any]) -> list[Package]:
    """The packages of a uv.lock that come from an index, by name."""
    found = {Package(each["name"], each["version"]) for each in lock["package"] if "registry" in each.get("source", {})}
    return sorted(found, key=lambda package: (package.name, package.version))
