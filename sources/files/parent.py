"""A process that works for another one, and dies with it.

The end of its standard input shows it too, but only once it reads: while it imports a library that takes seconds,
or while a hostile file occupies its parser for ever, nobody would end it. On Linux the kernel does.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def parent_argument() -> str:
    """What a process gives as an argument to the one it starts, for `die_with`."""
    return str(os.getpid())


def die_with(parent: str) -> None:
    """Have this process killed when the one that `parent_argument` named dies; at once when it is dead already.

    Strictly, when the thread that started this process ends: start it from one that lives as long as its work.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):  # it died before the kernel was asked
        os._exit(1)
