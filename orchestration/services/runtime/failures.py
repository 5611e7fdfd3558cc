"""The reason a run failed, as one line. The fix of a failure is decided where it is raised."""

from typing import Any

# the class name of the error Dagster raises in a run that is stopped
INTERRUPTED = "DagsterExecutionInterruptedError"


def failure_reason(failure: Any) -> str:
    """The step's own words where it has some, else the first line of the deepest error."""
    if failure.user_failure_data is not None and failure.user_failure_data.description:
        return str(failure.user_failure_data.description)
    error = failure.error
    while error is not None and error.cause is not None:
        error = error.cause
    if error is not None and error.cls_name == INTERRUPTED:
        return "interrupted before its end. Run it again: what was done is found done."
    return str(error.message).strip().splitlines()[0] if error else "it gives no reason"
