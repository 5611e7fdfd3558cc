"""Which reader reads each channel that `raw` is loaded from.

The readers are libraries that know neither the landing nor Dagster; each module beside this one composes one of them.
A reading key changes with everything that decides what is read in a file: the code of the reader by its import closure,
the packages it parses with, and the reference it is judged against. Nobody has to raise a version number, and reading
all files again takes seconds.
"""

from datetime import UTC, date, datetime, time

from orchestration.services.reception.decisions_reader import DecisionsReader
from orchestration.services.reception.documents_reader import DocumentsReader
from orchestration.services.reception.ingest import current_readings
from orchestration.services.reception.reader import Reader
from orchestration.services.reception.submissions_reader import SubmissionsReader
from orchestration.services.runtime.paths import PARIS, Paths
from sources.landing.store import Landing, Reading
from sources.reference.roadmap import Reference, load_reference


def readers(paths: Paths, reference: Reference) -> list[Reader]:
    """The reader of every channel."""
    return [SubmissionsReader(paths, reference), DocumentsReader(paths, reference), DecisionsReader(paths)]


def landing_readings(paths: Paths, known_on: date | None = None) -> list[Reading]:
    """The readings that `raw` is loaded from: all, or those of files received by the end of a day in Paris."""
    end = None if known_on is None else datetime.combine(known_on, time.max, PARIS).astimezone(UTC)
    return current_readings(Landing(paths.home), readers(paths, load_reference(paths.seeds)), end)
