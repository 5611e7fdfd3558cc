"""`python -m orchestration.commands.worker`: what `jalon dev` starts, and the service of a server, to execute the runs.

A module of its own: the one that is run is read again by every process it forks.
"""

import os
import signal
import sys
from contextlib import suppress

from orchestration.instance.instance import prepare_instance
from orchestration.instance.worker import Worker
from orchestration.services.runtime.paths import Paths

MODULE = "orchestration.commands.worker"


def main() -> None:
    """Serve the installation of the environment, with new code as soon as there is any."""
    paths = Paths.from_environment()
    prepare_instance(paths)
    worker = Worker(paths.worker_pipe)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt):
        try:
            code_is_new = worker.serve()
        finally:
            worker.stop()
        if code_is_new:
            os.execv(sys.executable, [sys.executable, "-m", MODULE])  # noqa: S606 — itself


if __name__ == "__main__":
    main()
