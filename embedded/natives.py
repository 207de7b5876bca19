"""Kafka's zstd library, unpacked before the broker runs.

zstd-jni unpacks it at the first compressed batch. A disk that is full at that moment breaks the class for as long as
the process lives: the broker is up, and refuses every batch even when there is room again.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from zipfile import ZipFile

ARTIFACT: Final = "zstd-jni-"
SYSTEMS: Final = {"linux": "linux", "darwin": "darwin"}
MACHINES: Final = {"x86_64": ("amd64", "x86_64"), "aarch64": ("aarch64",), "arm64": ("aarch64",)}
"""As the operating system calls itself → as folders in the jar are called."""


def unpack_zstd(jars: Sequence[Path], folder: Path) -> Path | None:
    """The library in `folder`. None where the jar has none for this machine: then the broker finds its own way.

    Raises OSError when there is no room.
    """
    system, machines = SYSTEMS.get(sys.platform), MACHINES.get(platform.machine(), ())
    places = tuple(f"{system}/{machine}/lib" for machine in machines)
    jar = next((each for each in jars if each.name.startswith(ARTIFACT)), None)
    if jar is None:
        return None
    with ZipFile(jar) as archive:
        library = next((name for name in archive.namelist() if name.startswith(places)), None)
        return Path(archive.extract(library, folder)) if library else None
