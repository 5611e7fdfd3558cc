"""`jalon dev`: the Dagster UI, its daemon and the code location, on the instance of the command line."""

import os
import sys

from orchestration.instance.instance import prepare_instance
from orchestration.services.runtime.paths import Paths


def dev(paths: Paths, host: str, port: int) -> int:
    """Become `dagster dev`. From the instance's folder, where Dagster finds the settings it is to use."""
    home = prepare_instance(paths)
    os.chdir(home)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    command = ["-m", "dagster", "dev", "-m", "orchestration.definitions", "--host", host, "--port", str(port)]
    # It announces the tool that is to replace it one day: nothing for who starts this one to act on.
    quiet = ["-W", "ignore:Function `dev_command` is superseded"]
    os.execv(sys.executable, [sys.executable, *quiet, *command])  # noqa: S606
