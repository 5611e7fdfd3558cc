"""What accepting some files would change: they are taken, read and built beside; nothing is stored.

The line is the real one, from a drop folder to the marts, in a folder that is removed afterwards.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from orchestration.services.reception.check import check_file
from orchestration.services.reception.decisions_reader import DecisionsReader
from orchestration.services.reception.documents_reader import DocumentsReader
from orchestration.services.reception.ingest import current_readings, read_all, receive_all
from orchestration.services.reception.previous import known_before
from orchestration.services.reception.reader import Reader
from orchestration.services.reception.readers import landing_readings
from orchestration.services.reception.submissions_reader import SubmissionsReader
from orchestration.services.runtime.locks import writing
from orchestration.services.runtime.narrator import Log
from orchestration.services.runtime.paths import Paths, now
from orchestration.services.session.drafts import channel_of
from orchestration.services.session.states import NOW, State, changes_between, state_named
from orchestration.services.warehouse.beside import built_beside
from sources.landing.drops import DECISIONS_FOLDER, PARTNERS_FOLDER, REPORTS_FOLDER
from sources.landing.store import Landing
from sources.reference.roadmap import Reference, load_reference

PREFIX = ".simulated-"
WORKBOOKS = frozenset({".xlsx", ".xls", ".ods", ".csv"})


@dataclass(frozen=True)
class Simulation:
    """What would change, and the files of which nothing could be taken, with the reason."""

    changes: list[Mapping[str, Any]]
    refused: dict[str, str]


def simulate(paths: Paths, files: Sequence[Path], session_codes: Sequence[str], *, log: Log) -> Simulation:
    """Try files beside what is there. StateError when nothing was built yet; BesideError, LandingError.

    `session_codes` are the sessions compared. Which channel a file is for is decided by what it holds: a partner's
    workbook, a filled review, else a published document.
    """
    before = state_named(paths, NOW)
    reference = load_reference(paths.seeds)
    folder = Path(mkdtemp(prefix=PREFIX, dir=paths.home))
    try:
        inbox, refused = folder / "inbox", {}
        for path in files:
            place, reason = _place_of(path, reference)
            if reason:
                refused[str(path)] = reason
                continue
            (inbox / place).mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, inbox / place / path.name)
        landing = Landing(folder / "home").open()
        if inbox.is_dir():
            receive_all(inbox, landing, now, log, channel_of)
        known = known_before(paths, reference)
        tried: list[Reader] = [
            SubmissionsReader(paths, reference, known),
            DocumentsReader(paths, reference),
            DecisionsReader(paths),
        ]
        for reader in tried:
            done = read_all(landing, reader, log)
            refused.update(done.unreadable | {waiting.place: waiting.reason for waiting in done.waiting})
        readings = [*landing_readings(paths), *current_readings(landing, tried)]
        with (
            writing(paths.writer_lock, log=log),
            built_beside(paths, readings, log=log) as beside,
        ):
            after = State("these files", beside.marts)
            changes = list(changes_between(paths, before, after, session_codes))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Simulation(changes, refused)


def _place_of(path: Path, reference: Reference) -> tuple[str, str]:
    """The folder of a drop folder that a file belongs in, or why it belongs in none."""
    if path.suffix.lower() not in WORKBOOKS:
        return REPORTS_FOLDER, ""
    if _is_review(path):
        return DECISIONS_FOLDER, ""
    submission = check_file(path, reference)
    partner = submission.reading.partner_code
    if partner is None or submission.reading.refused:
        reasons = [f"{issue['rule']}: {issue['message']}" for issue in submission.judgement.issues]
        return "", reasons[0] if reasons else "its name and content do not name its partner"
    return f"{PARTNERS_FOLDER}/{reference.partners[partner].partner_slug}", ""


def _is_review(path: Path) -> bool:
    """Whether a workbook is a filled review."""
    from sources.review import ReviewError, read_review

    if path.suffix.lower() != ".xlsx":
        return False
    try:
        read_review(path)
    except ReviewError:
        return False
    return True
