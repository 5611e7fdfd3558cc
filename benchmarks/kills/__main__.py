"""`python -m benchmarks.kills report --kills 60`: kill, run again, compare; say how many and what went wrong.

Half of the kills fall at an instant drawn over the whole run, half just before a flush or a rename; one in four takes
the command's own process alone, not its group. Exits 1 when anything differs from an undisturbed run.
"""

import argparse
import json
import os
import random
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orchestration.paths
from benchmarks.kills.cases import CASES, NOON, Case, copy, environment, mail_file, placed, report
from benchmarks.kills.mailbox import serving
from benchmarks.kills.nursery import Death, End, Work, import_all, modules_of, run
from benchmarks.kills.state import halves, state_of

IN_A_ROW = 4


@dataclass
class Score:
    """What became of the kills of one case."""

    case: str
    seconds: float
    points: int
    kills: int = 0
    too_late: int = 0
    defects: list[str] = field(default_factory=list)


def main() -> None:
    """Parse, prepare, kill; print one line of JSON a case."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("case", choices=CASES)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=12, help="another seed, other instants")
    parser.add_argument("--most-seconds", type=float, default=3600.0, help="stop after this long, whatever is left")
    parser.add_argument("--work", type=Path, help="folder kept for the next time, with the prepared installation")
    arguments = parser.parse_args()
    # The time of reception is the only thing that differs between two runs: every child has the same.
    orchestration.paths.now = lambda: NOON
    folder = arguments.work or Path(tempfile.mkdtemp(prefix="jalon-kills-"))
    try:
        with serving(mail_file(placed(folder / "trial"))) as mail:
            trial = Trial(CASES[arguments.case], folder, mail)
            score = trial.kill(arguments.kills, random.Random(arguments.seed), arguments.most_seconds)  # noqa: S311
    finally:
        if arguments.work is None:
            shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(score.__dict__, ensure_ascii=False), flush=True)
    os._exit(1 if score.defects else 0)  # the libraries imported for the children have threads of their own


class Trial:
    """One case: the installation it starts from, and what an undisturbed run makes of it."""

    def __init__(self, case: Case, folder: Path, mail: Mapping[str, str]) -> None:
        self.case, self.folder, self.mail = case, folder, mail
        self.log, self.modules = folder / "log.txt", folder / "modules.txt"
        self.start = folder / "start"
        self.paths = placed(folder / "trial")
        if not self.modules.exists():
            self._prepare()
        import_all(self.modules.read_text().split())
        copy(self.start, folder / "trial")
        self.before = state_of(self.paths.home)
        self.end = self._run()
        assert self.end.code == 0, self.log.read_text()[-4000:]
        self.after = state_of(self.paths.home)

    def kill(self, kills: int, dice: random.Random, most_seconds: float) -> Score:
        """Kill so many runs; each installation is killed one to `IN_A_ROW` times before a run may end."""
        score = Score(self.case.name, round(self.end.seconds, 1), self.end.points)
        until = time.perf_counter() + most_seconds
        while score.kills < kills and time.perf_counter() < until:
            copy(self.start, self.folder / "trial")
            deaths = [self._death(dice) for _ in range(dice.randint(1, IN_A_ROW))]
            found = self._killed(deaths, score)
            again = self._run()
            found += [] if again.code in self.case.codes else [f"run again: code {again.code}"]
            found += self.case.settle(self.paths, lambda work: self._run(work=work).code)
            found += state_of(self.paths.home).differences(self.after)
            score.defects += [f"{deaths}: {line}" for line in found]
            print(f"{score.kills} kills, {again.seconds:.0f} s to end; {'; '.join(found[:4]) or 'same'}", flush=True)
            if found:
                shutil.copytree(self.paths.home, self.folder / f"defect-{score.kills}", dirs_exist_ok=True)
        return score

    def _killed(self, deaths: list[Death], score: Score) -> list[str]:
        """Run and kill, run and kill; what was found half-made after each."""
        found = []
        for death in deaths:
            if not self._run(death).was_killed:
                score.too_late += 1
                break
            score.kills += 1
            found += halves(self.paths.home, self.before, self.after)
        return found

    def _prepare(self) -> None:
        """An installation after a first report, with the new drops laid beside; kept between calls."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.case.lay(self.paths.inbox)
        modules = modules_of(report(self.paths), self.log, environment(self.paths))
        self.case.drop(self.paths.inbox)
        shutil.copytree(self.folder / "trial", self.start)
        self.modules.write_text("\n".join(modules))

    def _run(self, death: Death | None = None, work: Work | None = None) -> End:
        self.log.unlink(missing_ok=True)
        return run(work or self.case.work(self.paths), self.log, {**environment(self.paths), **self.mail}, death)

    def _death(self, dice: random.Random) -> Death:
        is_whole_group = dice.random() < 0.75
        if dice.random() < 0.5:
            return Death(seconds=dice.uniform(0, self.end.seconds), is_whole_group=is_whole_group)
        return Death(point=dice.randint(1, self.end.points), is_whole_group=is_whole_group)


if __name__ == "__main__":
    main()
