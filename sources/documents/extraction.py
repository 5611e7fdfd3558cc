"""One document, from its bytes to its facts."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path, PurePath
from typing import Any

from sources.documents.acceptance import with_doubts
from sources.documents.comparison import warnings_against
from sources.documents.facts import Extraction, Quantity
from sources.documents.identity import blocks_of, date_of, session_of, sessions_announced, title_of
from sources.documents.kind import kind_of
from sources.documents.label_tables import figures_of, lines_outside, unruled_grids
from sources.documents.language import french_of
from sources.documents.links import link
from sources.documents.other import quantities_of
from sources.documents.quantities import find_quantities
from sources.documents.refusals import NotReadableError, refuse_what_it_is_not, unknown_format, why_not_read
from sources.documents.report import ReportRead, read_report
from sources.documents.roadmap import read_roadmap
from sources.documents.rules import read_rules
from sources.documents.targets import Promises, find_targets
from sources.documents.text import SourceText, Table
from sources.documents.text_reader import read_text
from sources.reference.roadmap import Reference

EXTRACTOR_VERSION = "4"


def _read_docx(content: bytes) -> SourceText:
    from sources.documents.docx_reader import read_docx

    return read_docx(content)


def _read_pdf(content: bytes) -> SourceText:
    from sources.documents.pdf_reader import read_pdf

    return read_pdf(content)


def _read_html(content: bytes) -> SourceText:
    from sources.documents.html_reader import read_html

    return read_html(content)


def _read_odt(content: bytes) -> SourceText:
    from sources.documents.odt_reader import read_odt

    return read_odt(content)


def _read_pptx(content: bytes) -> SourceText:
    from sources.documents.pptx_reader import read_pptx

    return read_pptx(content)


_READERS: dict[str, Callable[[bytes], SourceText]] = {
    ".docx": _read_docx,
    ".htm": _read_html,
    ".html": _read_html,
    ".markdown": read_text,
    ".md": read_text,
    ".odt": _read_odt,
    ".pdf": _read_pdf,
    ".pptx": _read_pptx,
    ".txt": read_text,
}


def read_source(content: bytes, file_name: str) -> SourceText:
    """The lines of a file's bytes, read as its extension says. `NotReadableError` when they are damaged, locked, or of
    a kind no reader knows."""
    reader = _READERS.get(PurePath(file_name).suffix.lower())
    if reader is None:
        raise unknown_format(file_name, _READERS)
    refuse_what_it_is_not(content, file_name)
    try:
        return reader(content)
    except MemoryError:
        raise
    except Exception as error:  # what a damaged file makes a library raise is not listed anywhere
        raise NotReadableError(why_not_read(error, file_name)) from error


def extract(path: Path, reference: Reference) -> Extraction:
    """What a published document says: actions, targets and figures, each with its place and its words.

    What opens actions the published way is read action by action; only a whole report of a session is one
    (`kind`). Anything else is read for its figures.
    Nothing is stored. Raises `NotReadableError`.
    """
    if not path.is_file():
        raise NotReadableError(f"{path.name} : fichier introuvable. Vérifiez le chemin.")
    content = path.read_bytes()
    source = read_source(content, path.name)
    _leave_out_other_languages(source)
    _leave_out_unruled_grids(source)
    report = read_report(source.lines, reference)
    front = report.outside if report.actions and report.outside else source.lines
    as_of = date_of(front)
    title, session_code = title_of(front, path), session_of(as_of, front, reference)
    if report.actions:
        promises, quantities = _facts_of_report(report, as_of, source.tables)
    else:
        promises = Promises([], [])
        quantities = quantities_of(lines_outside(source.lines, source.tables), as_of) + figures_of(source.tables, as_of)
    extraction = Extraction(
        sha256=hashlib.sha256(content).hexdigest(),
        file_name=path.name,
        kind=kind_of(
            front, title=title, is_dated=bool(as_of and session_code), actions=report.actions, reference=reference
        ),
        title=title,
        as_of=as_of,
        session_code=session_code,
        extractor_version=EXTRACTOR_VERSION,
        priorities=tuple(report.priorities) if report.actions else (),
        actions=tuple(item.fact for item in report.actions),
        targets=tuple(promises.targets),
        milestones=tuple(promises.milestones),
        quantities=tuple(with_doubts(link(quantities, reference), reference, as_of)),
        declared={} if report.actions else _declared(source),
    )
    return replace(
        extraction, warnings=tuple(dict.fromkeys(_warnings(source, report, extraction, reference, promises.unread)))
    )


def _leave_out_other_languages(source: SourceText) -> None:
    """The source without what is not in French, with a warning for each language: « 100,000 » is no 100."""
    lines, foreign = french_of(blocks_of(source.lines))
    if foreign and not lines:
        source.lines, source.tables = [], []
        source.warnings.append(
            f"Document {next(iter(foreign))} : seul le français est lu, aucun chiffre n’en est tiré."
        )
        return
    source.lines = lines
    for language, line in foreign.items():
        source.warnings.append(
            f"Page {line.page}, ligne {line.number} : passage {language}, laissé de côté (seul le français est lu)."
        )


def _leave_out_unruled_grids(source: SourceText) -> None:
    """The source without rows of figures that nothing parts, with a warning for each grid."""
    for run in unruled_grids(source.lines):
        source.lines = [line for line in source.lines if not any(line is other for other in run)]
        source.warnings.append(
            f"Page {run[0].page}, lignes {run[0].number} à {run[-1].number} : chiffres en colonnes sans filets, "
            "non lus. Donnez ce tableau dans un format où ses cases se voient."
        )


def _warnings(
    source: SourceText, report: ReportRead, extraction: Extraction, reference: Reference, unread: Sequence[str]
) -> Sequence[str]:
    """What a person should look at, the reader's own remarks first."""
    unknown = {item.fact.code: item.unknown_partners for item in report.actions if item.unknown_partners}
    undated = extraction.as_of is None and bool(source.lines)
    return [
        *source.warnings,
        *(["Date du document non trouvée : les valeurs sans période restent sans date."] if undated else []),
        *unread,
        *warnings_against(extraction, reference, unknown),
    ]


def _declared(source: SourceText) -> dict[str, list[dict[str, Any]]]:
    """What a roadmap or a doctrine declares beside its figures: axes, priorities, glossary, rules, sessions."""
    found: dict[str, list[dict[str, Any]]] = read_roadmap(source.lines).as_json()
    rules = [asdict(rule) for rule in read_rules(source.tables)]
    sessions = [session.as_json() for session in sessions_announced(source.lines)]
    return {**found, **({"rules": rules} if rules else {}), **({"sessions": sessions} if sessions else {})}


def _facts_of_report(
    report: ReportRead, as_of: date | None, tables: Sequence[Table]
) -> tuple[Promises, list[Quantity]]:
    """What every objective promises, and the figures of every progress text and of the tables in it."""
    whole = Promises([], [])
    quantities: list[Quantity] = []
    for item in report.actions:
        said = find_targets(item.objective, as_of=as_of, action=item.fact.code)
        whole.targets.extend(said.targets)
        whole.milestones.extend(said.milestones)
        whole.unread.extend(said.unread)
        quantities += find_quantities(item.narrative, as_of=as_of, action=item.fact.code)
        own = [table for table in tables if any(table.holds(line) for line in item.figures)]
        quantities += [replace(found, action=item.fact.code) for found in figures_of(own, as_of)]
    return whole, quantities
