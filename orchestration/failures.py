"""The failures of runs: what happened, where, and the fix, in the UI and in the notice alike."""

import traceback
from pathlib import Path

from dagster import Failure, MetadataValue

from orchestration.services.runtime.paths import PROJECT
from sources.errors import PlainError

RUNBOOK = "docs/operations/runbook.md"
OUR_PACKAGES = ("sources", "quality", "exports", "orchestration")
AGAIN = "re-execute the run from the step that failed"
OF_THE_MACHINE = "`jalon doctor` prints the free space and the rights of each folder; fix them."
DEFECT = (
    "This is a defect of Jalon rather than of what came in: the traceback is below. Run `jalon doctor`, then "
    f"{AGAIN}; if it fails again, report it with the run's id."
)


def failure(what: str, *, fix: str, where: str = "") -> Failure:
    """A failure that is not tried again: nothing changes until somebody has done what `fix` asks."""
    parts = {"what": what, "where": where, "fix": fix}
    return Failure(
        description=what,
        metadata={
            **{name: MetadataValue.md(text) for name, text in parts.items() if text},
            "runbook": MetadataValue.path(RUNBOOK),
        },
        allow_retries=False,
    )


def fix_of(error: Exception) -> str:
    """What to do about an error that explains itself."""
    fix = error.fix if isinstance(error, PlainError) else OF_THE_MACHINE
    return f"{fix} Then {AGAIN}."


def fix_of_unforeseen(error: Exception) -> str:
    """What to do about any other error: one of our own has its fix, one of a library is a defect."""
    is_ours = type(error).__module__.partition(".")[0] in OUR_PACKAGES
    return f"Do what the message asks, then {AGAIN}." if is_ours else DEFECT


def place_of(error: Exception) -> str:
    """Where our own code was when it happened: the last frame of ours, as file and line."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(PROJECT)]
    frame = (ours or frames)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}, in {frame.name}"
