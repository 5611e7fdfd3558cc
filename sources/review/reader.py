"""Reads a review workbook back: what is complete becomes rows of the landing, what is not is refused, cell by cell.

Workbooks of every version issued are read. Columns may be in any order; headers and choices may have lost accents or
case.
"""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

from sources.french.folding import fold
from sources.review.decision_rows import DecisionRows
from sources.review.former_layouts import SHEETS_OF
from sources.review.layout import CONTROL_SHEET, REVIEW_KIND, REVIEW_VERSION, Vocabulary
from sources.review.model import ReviewReading
from sources.review.reading_rows import ReadingRows
from sources.review.sheet_reader import Cell, Control, ReviewError, Source, text_of
from sources.workbook.guard import inspect
from sources.workbook.refused import FileRefusedError
from sources.workbook.schema import load_schema


def read_review(path: Path) -> ReviewReading:
    """The decisions and readings of a review workbook, and the rows refused. ReviewError when it is not one.

    Identifiers are made of the file's content and the row, so that reading a file twice gives the same ones;
    The caller gives `received_at`.
    """
    sheets = _sheets_of(path)
    control = _control_of(sheets.get(CONTROL_SHEET, []), path.name)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    source = Source(path.name, sha256, control, ReviewReading(control.session_code))
    for sheet in SHEETS_OF[control.version]:
        grid = next((cells for name, cells in sheets.items() if fold(name) == fold(sheet.name)), None)
        if grid is None:
            raise ReviewError(
                f"{path.name} : la feuille « {sheet.name} » manque. Repartez du classeur exporté, sans ôter de feuille."
            )
        rows = ReadingRows if sheet.subject_kind == "reading" else DecisionRows
        rows(sheet, grid, source).read()
    return source.reading


def _sheets_of(path: Path) -> dict[str, list[list[Cell]]]:
    from python_calamine import CalamineWorkbook

    try:
        inspect(path)
    except FileRefusedError as error:
        message, fix = load_schema().rules[error.rule].say(received=error.received, sheet="", cell="")
        raise ReviewError(f"{path.name} : {message} {fix}") from error
    try:
        book = CalamineWorkbook.from_path(str(path))
        return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except Exception as error:  # a parser may raise anything on a broken file
        raise ReviewError(
            f"{path.name} : classeur illisible ({type(error).__name__}). Ouvrez-le, enregistrez-le au format Excel "
            "(.xlsx) sans mot de passe, puis redonnez-le."
        ) from error


def _control_of(rows: list[list[Cell]], name: str) -> Control:
    lines = [[text_of(cell) for cell in [*row, "", "", "", ""][:4]] for row in rows]
    control = {line[0]: line[1] for line in lines}
    if control.get("kind") != REVIEW_KIND:
        raise ReviewError(f"{name} : ce n’est pas un classeur de revue. Donnez celui que « jalon review » a écrit.")
    version = control.get("version", "")
    if version not in SHEETS_OF:
        raise ReviewError(
            f"{name} : modèle {version or 'inconnu'}, attendu {REVIEW_VERSION}. Exportez la revue de nouveau et "
            "reportez-y les décisions."
        )
    known: dict[str, dict[str, dict[str, Any]]] = {}
    for kind, sheet, key, payload in lines:
        if kind == "row":
            known.setdefault(sheet, {})[key] = json.loads(payload) if payload else {}
    return Control(
        version=version,
        session_code=control.get("session", ""),
        held_on=date.fromisoformat(control["held_on"]) if control.get("held_on") else date.max,
        vocabulary=Vocabulary(
            {code: label for kind, code, label, _ in lines if kind == "status"},
            {code: label for kind, code, label, _ in lines if kind == "relation"},
            {code: unit for kind, code, unit, _ in lines if kind == "kpi"},
        ),
        rows=known,
    )
