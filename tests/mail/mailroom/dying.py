"""A piece of work in a process of its own, which is killed: at a chosen instant, or at any."""

import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Work = Callable[[], Any]


def killed_at(work: Work, owner: Any, name: str, nth: int, when: str) -> bool:
    """Do the work in a copy of this process that dies before or after its n-th call of `owner.name`; whether it did."""

    def dying() -> None:
        real, calls = getattr(owner, name), [0]

        def watched(*arguments: Any, **named: Any) -> Any:
            calls[0] += 1
            if calls[0] == nth and when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            result = real(*arguments, **named)
            if calls[0] == nth:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        setattr(owner, name, watched)
        work()

    with _child(dying) as process:
        return os.WTERMSIG(os.waitpid(process, 0)[1]) == signal.SIGKILL


def killed_after(work: Work, seconds: float) -> bool:
    """Do the work in a copy of this process, killed from outside after so long; whether it was still at work."""
    with _child(work) as process:
        time.sleep(seconds)
        os.kill(process, signal.SIGKILL)
        return os.WTERMSIG(os.waitpid(process, 0)[1]) == signal.SIGKILL


def dice(seed: int) -> random.Random:
    """Instants, the same ones each time."""
    return random.Random(seed)  # noqa: S311 - no secret


def kills(default: int) -> int:
    """How many kills a harness makes: JALON_TEST_KILLS, for a long run by hand."""
    return int(os.environ.get("JALON_TEST_KILLS", default))


@contextmanager
def _child(work: Work) -> Iterator[int]:
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    yield process
