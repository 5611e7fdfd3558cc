"""`python -m benchmarks.kills report send --kills 60`: kill, run again, compare; say how many and what went wrong.

Of the kills one in five takes a single process that the command had started. Of the others half fall at an instant
drawn over the whole run, half just before a flush or a rename; one in four takes the command's own process alone.
Exits 1 when anything differs from an undisturbed run.
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

import orchestration.services.runtime.paths
from benchmarks.kills import drops
from benchmarks.kills.cases import CASES, NOON, Case, copy, environment, mail_file, placed, prepared, report
from benchmarks.kills.mailbox import serving
from benchmarks.kills.nursery import Death, End, Work, import_all, modules_of, run
from benchmarks.kills.state import contradictions, halves, state_of
from quality.suites import load_library

IN_A_ROW = 4


@dataclass
class Score:
    """What became of the kills of one case."""

    case: str
    seconds: float
    points: int
    kills: int = 0
    children: int = 0
    too_late: int = 0
    defects: list[str] = field(default_factory=list)


def main() -> None:
    """Parse, prepare, kill; print one line of JSON a case."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("case", nargs="+", choices=CASES)
    parser.add_argument("--kills", type=int, default=50, help="how many of each case")
    parser.add_argument("--seed", type=int, default=12, help="another seed, other instants")
    parser.add_argument("--most-seconds", type=float, default=3600.0, help="stop a case after this long")
    parser.add_argument("--work", type=Path, help="folder kept for the next time, with the prepared installation")
    parser.add_argument("--in-a-row", type=int, default=IN_A_ROW, help="kills before a run may end, at most")
    parser.add_argument("--judge-here", action="store_true", help="no process of its own for the judge: shorter runs")
    arguments = parser.parse_args()
    # The time of reception is the only thing that differs between two runs: every child has the same.
    orchestration.services.runtime.paths.now = lambda: NOON
    folder = arguments.work or Path(tempfile.mkdtemp(prefix="jalon-kills-"))
    scores = []
    try:
        prepare(folder)
        if arguments.judge_here:
            load_library()
        with serving(mail_file(placed(folder / "trial"))) as mail:
            for name in arguments.case:
                trial = Trial(CASES[name], folder, mail)
                dice = random.Random(arguments.seed)  # noqa: S311
                scores.append(trial.kill(arguments.kills, dice, arguments.most_seconds, arguments.in_a_row))
                print(json.dumps(scores[-1].__dict__, ensure_ascii=False), flush=True)
    finally:
        if arguments.work is None:
            shutil.rmtree(folder, ignore_errors=True)
    # the libraries imported for the children have threads of their own
    os._exit(1 if any(score.defects for score in scores) else 0)


def prepare(folder: Path) -> None:
    """An installation after a first report, with the new drops laid beside, and every module a run needs imported.

    Kept between calls.
    """
    paths, log, modules = placed(folder / "trial"), folder / "log.txt", folder / "modules.txt"
    if not modules.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        drops.a_few(paths.inbox)
        listed = modules_of(report(paths), log, environment(paths))
        prepared(paths, lambda work: run(work, log, environment(paths)).code)
        drops.three_more(paths.inbox)
        shutil.copytree(folder / "trial", folder / "start")
        modules.write_text("\n".join(listed))
    import_all(modules.read_text().split())


class Trial:
    """One case: the installation it starts from, and what an undisturbed run makes of it."""

    def __init__(self, case: Case, folder: Path, mail: Mapping[str, str]) -> None:
        self.case, self.folder, self.mail = case, folder, mail
        self.log = folder / "log.txt"
        self.paths = placed(folder / "trial")
        self._begin()
        self.before = state_of(self.paths.home)
        self.end = self._run()
        assert self.end.code == 0, self.log.read_text()[-4000:]
        self.after = state_of(self.paths.home)

    def kill(self, kills: int, dice: random.Random, most_seconds: float, in_a_row: int) -> Score:
        """Kill so many runs; each installation is killed one to `in_a_row` times before a run may end."""
        score = Score(self.case.name, round(self.end.seconds, 1), self.end.points)
        until = time.perf_counter() + most_seconds
        while score.kills < kills and time.perf_counter() < until:
            self._begin()
            deaths = [self._death(dice) for _ in range(dice.randint(1, in_a_row))]
            found = self._killed(deaths, score)
            again = self._run()
            found += [] if again.code in self.case.codes else [f"run again: code {again.code}"]
            found += self.case.settle(self.paths, lambda work: self._run(work=work).code)
            found += state_of(self.paths.home).differences(self.after)
            found += contradictions(self.paths.home)
            score.defects += [f"{deaths}: {line}" for line in found]
            told = f"{score.case}: {score.kills} kills, {again.seconds:.0f} s to end"
            print(f"{told}; {'; '.join(found[:4]) or 'same'}", flush=True)
            if found:
                kept = self.folder / f"defect-{score.case}-{score.kills}"
                shutil.copytree(self.paths.home, kept, dirs_exist_ok=True)
        return score

    def _killed(self, deaths: list[Death], score: Score) -> list[str]:
        """Run and kill, run and kill; what was found half-made after each."""
        found = []
        for death in deaths:
            end = self._run(death)
            if not end.was_killed:
                score.too_late += 1
                break
            score.kills += 1
            found += halves(self.paths.home, self.before, self.after)
            if end.lost_a_child:  # the command itself went on to an end
                score.children += 1
                break
        return found

    def _begin(self) -> None:
        copy(self.folder / "start", self.folder / "trial")
        if self.case.is_first:
            shutil.rmtree(self.paths.home)
            self.paths.home.mkdir()

    def _run(self, death: Death | None = None, work: Work | None = None) -> End:
        self.log.unlink(missing_ok=True)
        return run(work or self.case.work(self.paths), self.log, {**environment(self.paths), **self.mail}, death)

    def _death(self, dice: random.Random) -> Death:
        if dice.random() < 0.2:
            return Death(seconds=dice.uniform(0, self.end.seconds), child=dice.random())
        is_whole_group = dice.random() < 0.75
        if dice.random() < 0.5:
            return Death(seconds=dice.uniform(0, self.end.seconds), is_whole_group=is_whole_group)
        return Death(point=dice.randint(1, self.end.points), is_whole_group=is_whole_group)


if __name__ == "__main__":
    main()
