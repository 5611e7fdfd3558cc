"""`jalon check`: what the partner would read about a workbook. Nothing is stored."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from orchestration.services.reception.check import Submission, check_files, exit_code
from orchestration.services.reception.confirmed import confirmed_before
from orchestration.services.reception.previous import known_before
from orchestration.services.runtime.paths import Paths, now
from quality.rows import Expected
from sources.french.typography import counted, day_in_paris
from sources.landing.drops import is_unfinished
from sources.landing.store import Landing
from sources.reference.roadmap import load_reference

VERDICTS = {
    "accepted": "accepté",
    "accepted_with_warnings": "accepté, avec des remarques",
    "partly_rejected": "accepté en partie",
    "rejected": "refusé",
}
SEVERITIES = {"error": "à corriger", "warning": "à vérifier", "correction": "corrigé pour vous"}


def check(paths: Paths, files: Sequence[Path], *, as_json: bool) -> int:
    """Print the judgement of each file; 0 clean or warnings only, 1 errors, 2 a file that cannot be read.

    A folder means its files, whatever their names, save those that a program is still writing.
    """
    reference = load_reference(paths.seeds)
    submissions = check_files(
        list(_listed(files)),
        reference,
        previous=known_before(paths, reference),
        expected=Expected(
            received_on=day_in_paris(now()),
            confirmed_before=confirmed_before(Landing(paths.home), reference),
            closed=paths.published_sessions,
        ),
    )
    if as_json:
        objects = [submission.as_json() for submission in submissions]
        is_one = len(files) == 1 and not files[0].is_dir()
        click.echo(json.dumps(objects[0] if is_one else objects, ensure_ascii=False, indent=1))
    else:
        for submission in submissions:
            _print(submission)
    return exit_code(submissions)


def _listed(files: Sequence[Path]) -> Iterator[Path]:
    for path in files:
        if path.is_dir() and not path.is_symlink():
            yield from sorted(item for item in path.rglob("*") if item.is_file() and not is_unfinished(item.name))
        else:
            yield path


def _print(submission: Submission) -> None:
    """The file in French: the words are those of its receipt."""
    result = submission.as_json()
    rows = result["rows"]
    click.echo(
        f"{result['file']}\u00a0: {VERDICTS[result['verdict']]} — {counted(rows['read'], 'ligne lue')}, "
        f"{counted(rows['accepted'], 'acceptée')}, {counted(rows['rejected'], 'mise')} de côté, "
        f"{rows['ignored']} sans réponse"
    )
    for issue in result["issues"]:
        where = " ".join(part for part in (issue["sheet"], issue["cell"]) if part)
        place = f"{where}\u00a0: " if where else ""
        click.echo(f"  [{SEVERITIES[issue['severity']]}] {place}{issue['message']} {issue['fix']}")
