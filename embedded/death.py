"""No orphan: a child asks the kernel for a signal when its parent dies (Linux: PR_SET_PDEATHSIG).

The kernel watches the *thread* that forked, so servers are started from a thread that lives as long as they do.
The wish survives `exec` but not a change of user, after which it must be renewed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

# linux/prctl.h
_PR_SET_PDEATHSIG = 1
_PR_GET_PDEATHSIG = 2
_PR_SET_CHILD_SUBREAPER = 36

SUPPORTED = sys.platform == "linux"
# Loaded here and not in the child: between fork and exec nothing may be imported or allocated needlessly.
_libc = ctypes.CDLL(None, use_errno=True) if SUPPORTED else None


def _prctl(option: int, argument: object) -> None:
    if _libc is not None and _libc.prctl(option, argument, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl failed")


def signal_on_parent_death(signum: int) -> None:
    """Ask that this process gets `signum` when its parent dies; 0 withdraws the wish. Nothing where unsupported."""
    _prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signum))


def requested_signal() -> int:
    """The signal asked for, 0 when none."""
    value = ctypes.c_int(0)
    _prctl(_PR_GET_PDEATHSIG, ctypes.byref(value))
    return value.value


def adopt_orphans() -> None:
    """Make this process, not init, the parent of its descendants' orphans, so that it can end them too."""
    _prctl(_PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1))


def child_setup(signum: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """A `preexec_fn` that ties the child to this process; a parent that died before the request is noticed."""
    parent = os.getpid()

    def setup() -> None:
        signal_on_parent_death(signum)
        if os.getppid() != parent:
            os._exit(1)

    return setup
