"""For systems without PR_SET_PDEATHSIG (macOS): runs a command that ends when a pipe from the parent closes.

`python -m embedded.watched FD SIGNAL -- COMMAND…`. FD is the reading end of a pipe whose only writer is the parent:
the kernel closes it however the parent dies. TERM and INT are passed on; the exit status is the command's.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from types import FrameType

# Between the signal and the kill, once the parent is gone.
_GRACE_S = 5.0


def _await_parent(descriptor: int, signum: int, child: subprocess.Popen[bytes]) -> None:
    while os.read(descriptor, 1):
        pass
    child.send_signal(signum)
    try:
        child.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()


def run(descriptor: int, signum: int, command: list[str]) -> int:
    """Run `command` to its end; its exit status, 128 + n for signal n."""
    child = subprocess.Popen(command)  # noqa: S603 - the supervisor's own command, no shell

    def forward(received: int, _: FrameType | None) -> None:
        child.send_signal(received)

    for handled in (signal.SIGTERM, signal.SIGINT):
        signal.signal(handled, forward)
    threading.Thread(target=_await_parent, args=(descriptor, signum, child), daemon=True).start()
    status = child.wait()
    return status if status >= 0 else 128 - status


def main() -> None:
    """Command line entry."""
    descriptor, signum, _, *command = sys.argv[1:]
    sys.exit(run(int(descriptor), int(signum), command))


if __name__ == "__main__":
    main()
