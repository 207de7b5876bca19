"""A body in the operator's editor. It lies in a file of the operator's own (0600) for as long as they look at it."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

import orjson

from cli.private_file import write_private
from domain.kernel.errors import InvalidInput


def edited(body: bytes) -> bytes:
    """The body as $EDITOR (or $VISUAL) left it; JSON is laid out first. Raises InvalidInput `no_editor`."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        raise InvalidInput("no_editor", "set EDITOR, or give the new body with --file")
    with tempfile.TemporaryDirectory(prefix="legion-dlq-") as folder:  # 0700
        file = Path(folder) / "body.json"
        write_private(file, laid_out(body))
        if subprocess.run([*shlex.split(editor), str(file)], check=False).returncode:  # noqa: S603 - the operator's own
            raise InvalidInput("editor_failed", editor)
        return file.read_bytes()


def laid_out(body: bytes) -> bytes:
    """JSON indented for people; anything else as it is."""
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2)
    except orjson.JSONDecodeError:
        return body
