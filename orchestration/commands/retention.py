"""`python -m orchestration.commands.retention`: what jalon-nightly.service runs once everything was found sound."""

import sys

from orchestration.instance.instance import open_instance
from orchestration.instance.retention import remove_old_runs
from orchestration.services.runtime.locks import writing
from orchestration.services.runtime.paths import Paths, now
from sources.errors import PlainError


def clean(paths: Paths) -> int:
    """Remove the runs that are too old and print how many; 1 when the history or the lock cannot be had."""
    try:
        with open_instance(paths) as instance, writing(paths.writer_lock):
            removed = remove_old_runs(instance, paths, now())
    except PlainError as error:
        sys.stderr.write(f"error: {error} {error.fix}\n")
        return 1
    sys.stdout.write(f"{len(removed)} old runs removed\n")
    return 0


if __name__ == "__main__":
    sys.exit(clean(Paths.from_environment()))
