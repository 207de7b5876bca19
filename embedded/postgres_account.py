"""As whom Postgres runs: it refuses root, so root needs another account for it.

Two ways, chosen by what the machine allows: become `nobody` (needs every folder above the programs and the data
open to others), or a user namespace in which we are nobody (`unshare`; often forbidden inside containers).
A folder once initialised keeps the way its files are owned by.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from embedded import death

_NOBODY = 65534
UNSHARE = ("unshare", "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}", "--")


class NoAccount(RuntimeError):
    """Neither way works here; the message says what would."""


@dataclass(frozen=True, slots=True)
class Account:
    """How to run Postgres' programs: `prefix` goes before the command; `uid` is taken on when it is not None."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def own(self, folder: Path) -> None:
        """Give a (new) folder to the account, closed to others as Postgres demands."""
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if self.uid is not None and self.gid is not None:
            os.chown(folder, self.uid, self.gid)

    def assume(self) -> None:
        """Turn this process into the account, before `exec`. The wish to die with the parent is renewed."""
        if self.uid is None or self.gid is None:
            return
        wish, parent = death.requested_signal(), os.getppid()
        os.setgroups([])
        os.setgid(self.gid)
        os.setuid(self.uid)
        if wish:
            death.signal_on_parent_death(wish)
            if os.getppid() != parent:
                os._exit(1)


def open_to_others(path: Path) -> bool:
    """Whether any account can enter every folder on the way to `path` (and read it, when it is there)."""
    resolved = path.resolve()
    existing = [folder for folder in resolved.parents if folder.exists()]
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in existing)


def namespaces_work() -> bool:
    """Whether this machine lets us make a user namespace."""
    if shutil.which(UNSHARE[0]) is None:
        return False
    return subprocess.run([*UNSHARE, "true"], check=False, capture_output=True).returncode == 0  # noqa: S603 - constant


def choose(
    programs: Path,
    data: Path,
    *,
    is_root: bool | None = None,
    has_namespaces: Callable[[], bool] = namespaces_work,
) -> Account:
    """The account for `data` (Postgres' own folder, perhaps not yet made). Raises `NoAccount`."""
    if not (os.geteuid() == 0 if is_root is None else is_root):
        return Account()
    owner = data.stat().st_uid if (data / "PG_VERSION").exists() else None
    nobody = pwd.getpwuid(_NOBODY)
    if owner in (None, nobody.pw_uid) and open_to_others(programs / "postgres") and open_to_others(data):
        return Account(uid=nobody.pw_uid, gid=nobody.pw_gid)
    if owner in (None, 0) and has_namespaces():
        return Account(prefix=UNSHARE)
    raise NoAccount(
        "Postgres does not run as root: start the stack as a plain user, or place the installation and the data "
        f"({data}) where other accounts may enter every folder above them"
    )
