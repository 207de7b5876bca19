"""Opens the phone's page where a person can see it."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Mapping
from typing import Final

DISPLAYS: Final = ("DISPLAY", "WAYLAND_DISPLAY")
"""One of them is set where a Linux session has a screen; without, `webbrowser` would start a text browser here."""


def has_screen(environment: Mapping[str, str], platform: str) -> bool:
    return platform in {"darwin", "win32"} or any(environment.get(name) for name in DISPLAYS)


def open_page(url: str) -> bool:
    """Whether a browser was asked to show it."""
    return has_screen(os.environ, sys.platform) and webbrowser.open(url)
