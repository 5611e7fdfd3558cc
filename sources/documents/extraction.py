"""One document, from its bytes to its facts."""

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from sources.documents.comparison import warnings_against
from sources.documents.facts import Extraction, Milestone, Quantity, Target
from sources.documents.links import link
from sources.documents.quantities import find_quantities
from sources.documents.report import ReportRead, read_report
from sources.documents.text import Line, SourceText, join, shown, vocabulary_of
from sources.documents.text_reader import read_text
from sources.grammar.finders import find_text_periods
from sources.reference import Reference, fold

EXTRACTOR_VERSION = "1"

_FRONT = 40


class NotReadableError(ValueError):
    """A file no reader can open; the message is French, for the person who gave it, and says the mend."""


def read_source(path: Path) -> SourceText:
    """The lines of a file, by its extension. `NotReadableError` when it is missing, damaged or of another kind."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise NotReadableError(
            f"{path.name} : format « {path.suffix} » inconnu. Donnez un fichier {', '.join(sorted(_READERS))}."
        )
    if not path.is_file():
        raise NotReadableError(f"{path.name} : fichier introuvable. Vérifiez le chemin.")
    return reader(path)


_READERS: dict[str, Callable[[Path], SourceText]] = {".md": read_text, ".txt": read_text, ".markdown": read_text}


def extract(path: Path, reference: Reference) -> Extraction:
    """What a published document says: actions, targets and figures, each with its place and its words.

    A progress report is one that opens actions the published way; anything else is `other`, read for its figures.
    Nothing is stored. Raises `NotReadableError`.
    """
    source = read_source(path)
    report = read_report(source.lines, reference)
    is_report = len(report.actions) > 0
    front = report.outside if is_report else source.lines[:_FRONT]
    as_of = _date_of(front or source.lines[:_FRONT])
    title = _title_of(front, path)
    targets, milestones, quantities = (
        _facts_of_report(report, as_of) if is_report else ([], [], _facts_of_other(source, as_of))
    )
    warnings = [*source.warnings, *report.warnings]
    if as_of is None:
        warnings.append("Date du document non trouvée : les valeurs sans période restent sans date.")
    extraction = Extraction(
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        file_name=path.name,
        kind="progress_report" if is_report else "other",
        title=title,
        as_of=as_of,
        session_code=_session_of(as_of, front, reference),
        extractor_version=EXTRACTOR_VERSION,
        priorities=tuple(report.priorities),
        actions=tuple(item.fact for item in report.actions),
        targets=tuple(targets),
        milestones=tuple(milestones),
        quantities=tuple(link(quantities, reference)),
    )
    unknown = {item.fact.code: item.unknown_partners for item in report.actions if item.unknown_partners}
    return _with_warnings(extraction, [*warnings, *warnings_against(extraction, reference, unknown)])


def _with_warnings(extraction: Extraction, warnings: Sequence[str]) -> Extraction:
    from dataclasses import replace

    return replace(extraction, warnings=tuple(dict.fromkeys(warnings)))


def _facts_of_report(report: ReportRead, as_of: date | None) -> tuple[list[Target], list[Milestone], list[Quantity]]:
    """Targets and moments of every objective, figures of every progress text."""
    from sources.documents.targets import find_targets

    targets: list[Target] = []
    milestones: list[Milestone] = []
    quantities: list[Quantity] = []
    for item in report.actions:
        found, moments = find_targets(item.objective, as_of=as_of, action=item.fact.code)
        targets += found
        milestones += moments
        quantities += find_quantities(item.narrative, as_of=as_of, action=item.fact.code)
    return targets, milestones, quantities


def _facts_of_other(source: SourceText, as_of: date | None) -> list[Quantity]:
    """The figures of a text that is no progress report, block by block."""
    vocabulary = vocabulary_of(source.lines)
    quantities: list[Quantity] = []
    for block in _blocks(source.lines):
        quantities += find_quantities(join(block, vocabulary), as_of=as_of, action=None)
    return quantities


def _blocks(lines: Sequence[Line]) -> list[list[Line]]:
    """Runs of lines with no blank line between them; a list item starts its own."""
    blocks: list[list[Line]] = []
    for line in lines:
        if line.starts_block or not blocks or re.match(r"^[-–•❖▪]\s", line.text):
            blocks.append([])
        blocks[-1].append(line)
    return blocks


def _date_of(front: Sequence[Line]) -> date | None:
    """The first whole date of a document's first lines."""
    for line in front:
        for found in find_text_periods(shown(line.text), None):
            if found.period.precision == "day":
                return found.period.end
    return None


def _title_of(front: Sequence[Line], path: Path) -> str:
    """The lines a document opens with, up to its date; the file's name when it opens with none."""
    pieces: list[str] = []
    for block in _blocks(front)[:3]:
        text = join(block).text
        if any(found.period.precision == "day" for found in find_text_periods(text, None)) or len(text) > 160:
            break
        pieces.append(text)
    return " – ".join(pieces) or path.stem


def _session_of(as_of: date | None, front: Sequence[Line], reference: Reference) -> str | None:
    """The session a document says it is of: by its date, else by « 12e CNS »."""
    for session in reference.sessions.values():
        if as_of is not None and session.held_on == as_of:
            return session.session_code
    said = re.search(r"\b(\d{1,2}) ?e(?:me)? (?:cns|conseil du numerique)", fold(" ".join(line.text for line in front)))
    if said:
        number = int(said[1])
        return next((item.session_code for item in reference.sessions.values() if item.session_number == number), None)
    return None
