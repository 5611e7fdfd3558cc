"""How long one document may keep its reader busy: a page can be drawn so that a PDF library never comes to its end.

Measured in the processor's time, which a busy machine does not lengthen.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: a document of a hundred pages takes some twenty seconds
PROCESSOR_SECONDS = 300.0


class TooLongError(Exception):
    """The limit was reached."""


@contextmanager
def limited(seconds: float = PROCESSOR_SECONDS) -> Iterator[None]:
    """Raise TooLongError in what is done here once it took that much of the processor.

    Only the main thread of a process can be told; elsewhere, nothing is limited.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)  # again: a library may swallow what is raised in it
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
