"""Timing of whole commands: wall time and peak memory, the case and its reference taking turns."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Command:
    """What to time: a command line, what to prepare before each run (not timed), and its environment."""

    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] | None = None


@dataclass(frozen=True)
class Case:
    """A claim: `subject` against `reference`, at most `limit` times its median (None: shown, not claimed)."""

    name: str
    subject: Command
    reference: Command
    reference_name: str
    limit: float | None = None


@dataclass(frozen=True)
class Result:
    """Seconds and MiB over all turns of one case."""

    name: str
    median: float
    minimum: float
    maximum: float
    peak_mib: float
    reference_name: str
    reference_median: float
    ratio: float
    limit: float | None

    def as_json(self) -> dict[str, object]:
        """The result as plain values."""
        return asdict(self)


class BenchmarkFailedError(RuntimeError):
    """A timed command did not end well: its output is in the message, for a time without a result means nothing."""


def time_command(command: Command, log: Path) -> tuple[float, float]:
    """Run one command; return its wall time in seconds and its peak resident memory in MiB."""
    if command.prepare:
        command.prepare()
    with log.open("w") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            list(command.argv), env={**os.environ, **command.environment}, stdout=output, stderr=output
        )
        _, status, usage = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise BenchmarkFailedError(f"{' '.join(command.argv)} ended with {process.returncode}:\n{log.read_text()}")
    return elapsed, usage.ru_maxrss / 1024


def measure(case: Case, turns: int, log: Path) -> Result:
    """Time subject and reference in turns, so that a slow minute of the machine touches both."""
    subject, reference, peaks = [], [], []
    for _ in range(turns):
        seconds, peak = time_command(case.subject, log)
        subject.append(seconds)
        peaks.append(peak)
        reference.append(time_command(case.reference, log)[0])
    median, reference_median = statistics.median(subject), statistics.median(reference)
    return Result(
        case.name,
        median,
        min(subject),
        max(subject),
        max(peaks),
        case.reference_name,
        reference_median,
        median / reference_median,
        case.limit,
    )
