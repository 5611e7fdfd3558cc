"""Timing of whole commands: wall time, processor time and peak memory, a case and its references taking turns."""

import math
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Command:
    """What to time: a command line, what to prepare before each run (not timed), and its environment.

    With `own_clock` the command times a part of itself, and says so on its last line: `seconds 7.31`, or
    `seconds 7.31 processor 6.02` where it knows what that part took of the processor.
    """

    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], object] | None = None
    own_clock: bool = False


@dataclass(frozen=True)
class Reference:
    """What a case is held against: at most `limit` times its median, or at least `faster` times as fast.

    With neither, the ratio is shown and nothing is claimed.
    """

    name: str
    command: Command
    limit: float | None = None
    faster: float | None = None


@dataclass(frozen=True)
class Case:
    """A claim about `subject`. `size` counts what it is fed with, for the growth between sizes of one name."""

    name: str
    subject: Command
    references: Sequence[Reference]
    size: int | None = None
    most_mib: float | None = None
    most_seconds: float | None = None


@dataclass(frozen=True)
class Spent:
    """What one run of a command took."""

    seconds: float
    processor: float
    peak_mib: float


@dataclass(frozen=True)
class Against:
    """A case's median beside that of one reference."""

    name: str
    median: float
    ratio: float
    processor_ratio: float
    limit: float | None
    faster: float | None

    @property
    def holds(self) -> bool | None:
        """Whether the claim holds; None where nothing is claimed."""
        if self.limit is not None:
            return self.ratio <= self.limit
        if self.faster is not None:
            return self.ratio * self.faster <= 1.0
        return None


@dataclass(frozen=True)
class Result:
    """Seconds and MiB over all turns of one case."""

    name: str
    size: int | None
    median: float
    minimum: float
    maximum: float
    processor: float
    peak_mib: float
    against: Sequence[Against]
    most_mib: float | None
    most_seconds: float | None

    def as_json(self) -> dict[str, object]:
        """The result as plain values, each claim with whether it holds."""
        claims = [{**asdict(against), "holds": against.holds} for against in self.against]
        return {**asdict(self), "against": claims}


class BenchmarkFailedError(RuntimeError):
    """A timed command did not end well: its output is in the message, for a time without a result means nothing."""


def time_command(command: Command, log: Path) -> Spent:
    """Run one command and say what it took; the memory is that of its largest process.

    Python keeps what it compiled, as it does where Jalon is installed, whatever the shell of the measurement says.
    """
    if command.prepare:
        command.prepare()
    environment = {**os.environ, **command.environment}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with log.open("w") as output:
        start = time.perf_counter()
        process = subprocess.Popen(list(command.argv), env=environment, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise BenchmarkFailedError(f"{' '.join(command.argv)} ended with {process.returncode}:\n{log.read_text()}")
    processor = usage.ru_utime + usage.ru_stime
    if command.own_clock:
        elapsed, processor = _own_clock(log.read_text(), processor)
    return Spent(elapsed, processor, usage.ru_maxrss / 1024)


def _own_clock(said: str, processor: float) -> tuple[float, float]:
    """What a command says its part took; all the processor time of the command where it says nothing of it."""
    seconds, _, spent = said.strip().rpartition("seconds ")[2].partition(" processor ")
    return float(seconds), float(spent) if spent else processor


def measure(case: Case, turns: int, log: Path) -> Result:
    """Time subject and references in turns, so that a slow minute of the machine touches all of them."""
    subject: list[Spent] = []
    references: list[list[Spent]] = [[] for _ in case.references]
    for _ in range(turns):
        subject.append(time_command(case.subject, log))
        for spent, reference in zip(references, case.references, strict=True):
            spent.append(time_command(reference.command, log))
    seconds, processor = _median(subject)
    against = []
    for spent, reference in zip(references, case.references, strict=True):
        wall, work = _median(spent)
        against.append(
            Against(reference.name, wall, seconds / wall, processor / work, reference.limit, reference.faster)
        )
    return Result(
        case.name,
        case.size,
        seconds,
        min(spent.seconds for spent in subject),
        max(spent.seconds for spent in subject),
        processor,
        max(spent.peak_mib for spent in subject),
        against,
        case.most_mib,
        case.most_seconds,
    )


def growth(results: Sequence[Result], of: Literal["median", "processor"] = "median") -> dict[str, float]:
    """How time grows with size, by case name: the exponent between its smallest and its largest size."""
    found = {}
    for name in dict.fromkeys(result.name for result in results):
        sized = sorted((r.size, getattr(r, of)) for r in results if r.name == name and r.size)
        if len(sized) > 1:
            (first, before), (last, after) = sized[0], sized[-1]
            found[name] = math.log(after / before) / math.log(last / first)
    return found


def _median(spent: Sequence[Spent]) -> tuple[float, float]:
    return statistics.median(run.seconds for run in spent), statistics.median(run.processor for run in spent)
