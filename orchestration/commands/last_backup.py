"""`python -m orchestration.commands.last_backup`, for deploy/bin/health: 1 when the last backup is old or not whole."""

import sys

from orchestration.services.backup.last_backup import backup_problem, last_backup
from orchestration.services.runtime.paths import Paths, now

if __name__ == "__main__":
    paths = Paths.from_environment()
    problem, last = backup_problem(paths, now()), last_backup(paths)
    sys.stdout.write(f"{problem or (last.made_at if last else 'none yet')}\n")
    sys.exit(1 if problem else 0)
