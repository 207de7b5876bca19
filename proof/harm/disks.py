"""Disks that can be full: small tmpfs in a mount namespace of their own, which servers are started in."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.kernel.errors import Misconfigured

BALLAST: Final = "ballast"
PIECE: Final = b"\0" * 65_536
LAST: Final = 512
"""Bytes of the last pieces: nothing of use fits beside them."""


@dataclass(frozen=True, slots=True)
class Disks:
    """within: runs a command where the disks are mounted. root: how they are seen from outside."""

    within: tuple[str, ...]
    root: Path

    def fill(self, folder: Path) -> int:
        """Until nothing more fits; bytes that did."""
        written = 0
        with self._ballast(folder).open("ab", buffering=0) as file:
            for piece in (PIECE, PIECE[:LAST]):
                while True:
                    try:
                        written += file.write(piece)
                    except OSError as error:
                        if error.errno != errno.ENOSPC:
                            raise
                        break
        return written

    def free(self, folder: Path) -> None:
        self._ballast(folder).unlink(missing_ok=True)

    def _ballast(self, folder: Path) -> Path:
        return self.root / folder.relative_to("/") / BALLAST


@contextmanager
def disks(sizes: Mapping[Path, str]) -> Iterator[Disks]:
    """sizes: existing folder → size as tmpfs has it, outer folders first. Raises Misconfigured `no_namespaces` where
    neither root nor a user namespace may mount."""
    root = os.geteuid() == 0
    mounts = " && ".join(
        f'mkdir -p "{folder}" && mount -t tmpfs -o size={size},mode=0711 tmpfs "{folder}"'
        for folder, size in sizes.items()
    )
    share = ["unshare", "--mount"] if root else ["unshare", "--user", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None or shutil.which("nsenter") is None:
        raise Misconfigured("no_namespaces", "unshare and nsenter (util-linux) are not there")
    command = [*share, "sh", "-c", f"{mounts} && echo mounted && exec cat"]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert holder.stdout is not None
    assert holder.stdin is not None
    try:
        said = holder.stdout.readline()
        if said != b"mounted\n":
            raise Misconfigured("no_namespaces", said.decode(errors="replace").strip())
        spaces = ["--mount"] if root else ["--user", "--preserve-credentials", "--mount"]
        within = ("nsenter", f"--target={holder.pid}", *spaces, f"--wd={Path.cwd()}", "--")
        yield Disks(within, Path(f"/proc/{holder.pid}/root"))
    finally:
        with contextlib.suppress(BrokenPipeError):
            holder.stdin.close()
        holder.wait()
