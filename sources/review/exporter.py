"""Writes the review workbook with XlsxWriter. Same candidates, same bytes: the only date inside is the session's."""

import json
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from sources.files import atomic
from sources.french.typography import counted, figure, short_date, spaced
from sources.review.layout import (
    CONFLICTS,
    CONTROL_SHEET,
    DECISIONS,
    FACT_STATES,
    FACTS,
    GUIDE_SHEET,
    HEADER_ROW,
    READINGS,
    REVIEW_KIND,
    REVIEW_VERSION,
    SHEETS,
    SUBJECTS,
    VERDICTS,
    ReviewSheet,
    doubt_words,
)
from sources.review.model import Candidates, CommitmentCase, Conflict, Decision, Fact, Reading, Subject
from sources.workbook.look import Look, lines_of, new_book
from sources.workbook.schema import Column

_CERTAIN = 1.0
_CONTEXT = 220  # characters shown on each side of a quote
_PROTECTION = {
    "autofilter": True,
    "sort": True,
    "format_columns": True,
    "format_rows": True,
    "format_cells": True,
    "objects": True,
    "scenarios": True,
}
_STEPS = (
    "Feuille « Faits » : lisez chaque citation et choisissez une décision ; laissez vide ce que vous ne tranchez pas.",
    "Feuille « Conflits » : dites quelle valeur retenir là où deux sources divergent.",
    "Feuille « Lectures » : dites où en est un engagement d’après un texte publié, avec l’endroit et vos mots.",
    "Feuille « Décisions » : tranchez sur une comparabilité, un dénominateur, une action, un engagement ou une mesure.",
    "Pour chaque ligne remplie : votre rôle, la date et le motif. Sans eux, la ligne est refusée et expliquée.",
    "Enregistrez au format Excel, puis déposez le fichier dans le dossier « decisions » ou importez-le.",
)
_GOOD_TO_KNOW = (
    "Une décision ne s’efface pas : pour en changer, modifiez-la ici et redonnez le classeur ; la dernière l’emporte.",
    "Une décision vaut pour les sessions suivantes, jusqu’à ce que change ce sur quoi elle porte.",
    "Une lecture complète ce que personne ne dit ; elle ne remplace jamais une mesure ni la parole du pilote.",
    "Une nouvelle version d’un document ne rouvre que les faits qu’elle change.",
    "Vous pouvez filtrer, trier et élargir les colonnes ; les cellules grises ne se modifient pas.",
)
_LISTS_FROM = 5  # the column of the control sheet where the lists of decisions begin

Row = dict[str, str]


def export_review(
    candidates: Candidates,
    path: Path,
    *,
    decided: Mapping[str, Decision] | None = None,
    read: Mapping[str, Reading] | None = None,
) -> Path:
    """Write what waits for a decision at `path`, replacing what stood there, and return `path`.

    `decided` fills the decision cells, by the row's key (a fact's key, `kpi|period` of a conflict, a subject's key);
    `read` fills the readings, by commitment. ValueError when either names a row the workbook has not.
    """
    rows = {
        FACTS.name: [_fact_row(item, candidates.vocabulary.kpis) for item in candidates.facts],
        CONFLICTS.name: [_conflict_row(item) for item in candidates.conflicts],
        READINGS.name: [_commitment_row(item) for item in candidates.commitments],
        DECISIONS.name: [_subject_row(item) for item in candidates.subjects],
    }
    answers = _answers(candidates, decided or {}, read or {})
    keys = {name: {row["key"] for row in lines} for name, lines in rows.items()}
    unknown = {key for name, filled in answers.items() for key in filled if key not in keys[name]}
    if unknown:
        raise ValueError(f"no row waits for a decision under {', '.join(sorted(unknown))}")
    content = _render(candidates, rows, answers)
    path.parent.mkdir(parents=True, exist_ok=True)
    return atomic.write(path, content)


def _fact_row(fact: Fact, kpis: Iterable[str]) -> Row:
    return {
        "key": fact.fact_key,
        "action": fact.action_code,
        "kpi": f"{fact.kpi_id}\n{fact.kpi_label}".strip(),
        "value": figure(fact.value, qualifier=fact.qualifier),
        "unit": fact.unit,
        "period": short_date(fact.period_end, fact.period_precision) if fact.period_end else "non dite",
        "quote": "\0".join((_tail(fact.prefix), fact.quote, _head(fact.suffix))),
        "document": fact.document,
        "locator": fact.locator,
        "confidence": figure(round(fact.confidence * 100), "%") if fact.kpi_id else "",
        "state": FACT_STATES[fact.state],
        "why": spaced(_why(fact, kpis)),
        "proposal": _proposal(fact),
    }


def _why(fact: Fact, kpis: Iterable[str]) -> str:
    """Why a person is asked; beside a figure without an indicator, those of its action."""
    doubts = doubt_words(fact.waits_for)
    of_action = [code for code in kpis if fact.action_code and code.startswith(f"IND-{fact.action_code}-")]
    if fact.state != "unlinked" or not of_action:
        return doubts
    return f"{doubts} ; ceux de l’action : {', '.join(of_action)}".removeprefix(" ; ")


def _proposal(fact: Fact) -> str:
    if fact.state != "waiting":
        return ""
    return "validé" if fact.confidence >= _CERTAIN and not fact.waits_for.strip("|") else "à vérifier"


def _conflict_row(conflict: Conflict) -> Row:
    return {
        "key": conflict.key,
        "action": conflict.action_code,
        "kpi": f"{conflict.kpi_id}\n{conflict.kpi_label}",
        "period": short_date(conflict.period_end),
        "source_a": conflict.source_a,
        "value_a": figure(conflict.value_a, conflict.unit, conflict.qualifier_a),
        "quote_a": conflict.quote_a,
        "place_a": conflict.place_a,
        "source_b": conflict.source_b,
        "value_b": figure(conflict.value_b, conflict.unit, conflict.qualifier_b),
        "quote_b": conflict.quote_b,
        "place_b": conflict.place_b,
        "gap": figure(conflict.value_b - conflict.value_a),
        "verdict": VERDICTS[conflict.verdict],
    }


def _commitment_row(case: CommitmentCase) -> Row:
    return {
        "key": case.commitment_id,
        "label": case.label,
        "deadline": short_date(case.deadline, case.deadline_precision) if case.deadline else "sans échéance",
        "current": case.current,
        "basis": case.basis,
        "read": case.read,
    }


def _subject_row(subject: Subject) -> Row:
    return {
        "key": subject.key,
        "subject": SUBJECTS[subject.subject_kind],
        "action": subject.action_code,
        "label": subject.label,
        "current": subject.current,
        "remark": subject.remark,
        "decided": subject.decided,
    }


def _answers(
    candidates: Candidates, decided: Mapping[str, Decision], read: Mapping[str, Reading]
) -> dict[str, dict[str, Row]]:
    """What the decision cells hold, by sheet and row; a key that is in no sheet is left to the last one."""
    kinds = {subject.key: subject.subject_kind for subject in candidates.subjects}
    facts = {fact.fact_key for fact in candidates.facts}
    conflicts = {conflict.subject_key: conflict.key for conflict in reversed(candidates.conflicts)}
    answers: dict[str, dict[str, Row]] = {sheet.name: {} for sheet in SHEETS}
    for key, decision in decided.items():
        kind = "fact" if key in facts else "conflict" if key in conflicts else kinds.get(key, "fact")
        sheet = FACTS if kind == "fact" else CONFLICTS if kind == "conflict" else DECISIONS
        answers[sheet.name][conflicts.get(key, key)] = {
            "decision": _label(candidates, kind, key, decision.decision),
            "new_value": "" if decision.value is None else figure(decision.value),
            "new_period": decision.period,
            "new_kpi": decision.kpi,
            "author_role": decision.author_role,
            "decided_on": short_date(decision.decided_on),
            "reason": decision.reason,
        }
    for key, reading in read.items():
        answers[READINGS.name][key] = {
            "decision": _label(candidates, "reading", key, reading.status),
            "status_date": reading.status_date,
            "document": reading.document,
            "place": reading.place,
            "note": reading.note,
            "author_role": reading.author_role,
            "decided_on": short_date(reading.read_on),
        }
    return answers


def _label(candidates: Candidates, kind: str, key: str, code: str) -> str:
    choices = candidates.vocabulary.choices(kind)
    if code not in choices:
        raise ValueError(f"{key}: {code!r} is not a decision")
    return choices[code]


def _tail(text: str) -> str:
    return text if len(text) <= _CONTEXT else "… " + text[-_CONTEXT:]


def _head(text: str) -> str:
    return text if len(text) <= _CONTEXT else text[:_CONTEXT] + " …"


def _render(
    candidates: Candidates, rows: Mapping[str, Sequence[Row]], answers: Mapping[str, Mapping[str, Row]]
) -> bytes:
    buffer = BytesIO()
    book = new_book(buffer, title=f"{candidates.session_code} – décisions à prendre", created=candidates.held_on)
    look = Look(book)
    _write_guide(book, look, candidates, rows)
    for sheet in SHEETS:
        _Writer(book, look, sheet, candidates).write(rows[sheet.name], answers[sheet.name])
    _write_control(book, candidates, rows)
    book.close()
    return buffer.getvalue()


def _write_guide(book: Any, look: Look, candidates: Candidates, rows: Mapping[str, Sequence[Row]]) -> None:
    page = book.add_worksheet(GUIDE_SHEET)
    page.set_column(0, 0, 22)
    page.set_column(1, 1, 92)
    page.set_row(0, 30)
    page.write_string(0, 0, f"Décisions à prendre pour la session {candidates.session_code}", look.title)
    page.write_string(1, 0, "Feuille de route du numérique en santé 2023-2027", look.subtitle)
    at = 3
    for sheet in SHEETS:
        count = len(rows[sheet.name])
        to_decide = counted(count, "ligne") if count else "Rien à décider"
        page.write_url(at, 0, f"internal:'{sheet.name}'!A1", look.link, sheet.name)
        page.write_string(at, 1, f"{to_decide} – {spaced(sheet.intro)}", look.plain)
        at += 1
    for heading, lines in (
        ("Comment faire", [f"{number}. {line}" for number, line in enumerate(_STEPS, 1)]),
        ("Bon à savoir", list(_GOOD_TO_KNOW)),
    ):
        at += 1
        page.write_string(at, 0, heading, look.heading)
        page.write_blank(at, 1, None, look.heading)
        for line in lines:
            at += 1
            page.write_string(at, 0, spaced(line), look.line)
        at += 1
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_tab_color(look.INK)
    page.protect("", {"format_columns": True, "format_rows": True})


class _Writer:
    """Writes one sheet of rows to decide on."""

    def __init__(self, book: Any, look: Look, sheet: ReviewSheet, candidates: Candidates) -> None:
        self.look, self.sheet, self.candidates = look, sheet, candidates
        font = {"font_name": look.FONT, "font_size": 9}
        self.bold = book.add_format({**font, "bold": True, "font_color": look.INK})
        self.around = book.add_format({**font, "font_color": look.GIVEN})
        self.page = book.add_worksheet(sheet.name)

    def write(self, rows: Sequence[Row], answers: Mapping[str, Row]) -> None:
        """The whole sheet: heading, headers, rows, drop-downs, protection, print set-up."""
        last_row = HEADER_ROW + max(len(rows), 1)
        self._heading()
        for number, row in enumerate(rows, HEADER_ROW + 1):
            self._row(number, row, answers.get(row["key"], {}))
        if not rows:
            self.page.write_string(HEADER_ROW + 1, 0, "Rien à décider dans cette feuille.", self.look.hint)
        else:
            self._drop_downs(last_row)
        self._finish(last_row)

    def _heading(self) -> None:
        self.page.set_row(0, 26)
        self.page.write_string(0, 0, self.sheet.title, self.look.title)
        session = self.candidates.session_code
        self.page.write_string(1, 0, f"{session} – {spaced(self.sheet.intro)}", self.look.hint)
        self.page.set_row(2, 6)
        self.page.set_row(HEADER_ROW, 30)
        for number, column in enumerate(self.sheet.columns):
            style = self.look.locked_header if column.locked else self.look.input_header
            self.page.set_column(number, number, column.width, self.look.locked if column.locked else None)
            self.page.write_string(HEADER_ROW, number, column.header, style)
            self.page.write_comment(
                HEADER_ROW, number, spaced(column.note), {"x_scale": 1.7, "author": "Jalon", "font_size": 9}
            )

    def _row(self, at: int, row: Row, answer: Row) -> None:
        shown = {**row, **answer}
        lines = max(lines_of(shown.get(column.key, ""), column.width) for column in self.sheet.columns)
        self.page.set_row(at, 12.5 * max(lines, 2) + 3)
        for number, column in enumerate(self.sheet.columns):
            self._cell(at, number, column, shown.get(column.key, ""))

    def _cell(self, at: int, number: int, column: Column, text: str) -> None:
        style = self.look.code if column.key == self.sheet.key else self.look.cell(column)
        style = style if column.locked else self.look.input(column)
        parts = text.split("\0")
        if len(parts) == 3:
            before, quote, after = parts
            pieces = [(self.around, before), (self.bold, quote), (self.around, after)]
            runs = [part for style_of, text_of in pieces if text_of for part in (style_of, text_of)]
            if len(runs) > 2:
                self.page.write_rich_string(at, number, *runs, style)
                return
            text = quote
        if text:
            self.page.write_string(at, number, text, style)
        else:
            self.page.write_blank(at, number, None, style)

    def _drop_downs(self, last_row: int) -> None:
        for number, column in enumerate(self.sheet.columns):
            area = (HEADER_ROW + 1, number, last_row, number)
            self.page.data_validation(*area, self._validation(column))

    def _validation(self, column: Column) -> dict[str, Any]:
        if column.locked:
            return {
                "validate": "custom",
                "value": "=FALSE",
                "ignore_blank": True,
                "error_title": "Cellule pré-remplie",
                "error_message": "Cette cellule est remplie d’avance : décidez dans les colonnes bleues.",
            }
        message = {"input_title": column.header[:32], "input_message": spaced(column.note)[:255]}
        if column.type == "choice":
            return {
                "validate": "list",
                "source": self._choices(),
                "error_title": "Décision hors liste",
                "error_message": "Choisissez une décision de la liste.",
                **message,
            }
        return {"validate": "any", **message}

    def _choices(self) -> list[str] | str:
        """The list of a sheet's decisions; where each row has its own, the one that its « Objet » names."""
        if self.sheet.subject_kind:
            return list(self.candidates.vocabulary.choices(self.sheet.subject_kind).values())
        subject = next(number for number, column in enumerate(self.sheet.columns) if column.key == "subject")
        return f'=INDIRECT("Choix_"&${chr(ord("A") + subject)}{HEADER_ROW + 2})'

    def _finish(self, last_row: int) -> None:
        from xlsxwriter.utility import xl_range

        last = len(self.sheet.columns) - 1
        area = xl_range(HEADER_ROW + 1, 0, last_row, last)
        self.page.autofilter(HEADER_ROW, 0, last_row, last)
        self.page.freeze_panes(HEADER_ROW + 1, 2)
        self.page.protect("", _PROTECTION)
        # Excel sorts a protected range only where it is open to editing; typing there is refused by validation.
        self.page.unprotect_range(area, f"Tableau_{self.sheet.name}")
        self.page.ignore_errors({"number_stored_as_text": area})
        self.page.set_landscape()
        self.page.set_paper(9)
        self.page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.page.fit_to_pages(1, 0)
        self.page.repeat_rows(HEADER_ROW)
        self.page.set_footer(f"&L&8{self.candidates.session_code}&C&8{self.sheet.name}&R&8Page &P / &N")
        self.page.hide_gridlines(2)
        self.page.set_tab_color(self.look.INPUT)


def _write_control(book: Any, candidates: Candidates, rows: Mapping[str, Sequence[Row]]) -> None:
    """The very hidden sheet with the identity of this workbook, its lists, and which rows it was made with.

    Beside a row is what its reader must know of it: what a decision would be taken upon, and would overrule.
    """
    page = book.add_worksheet(CONTROL_SHEET)
    known = _known_of_rows(candidates)
    lines = [
        ("kind", REVIEW_KIND, "", ""),
        ("version", REVIEW_VERSION, "", ""),
        ("session", candidates.session_code, "", ""),
        ("held_on", candidates.held_on.isoformat(), "", ""),
        *(("status", code, label, "") for code, label in candidates.vocabulary.statuses.items()),
        *(("relation", code, label, "") for code, label in candidates.vocabulary.relations.items()),
        *(("kpi", code, unit, "") for code, unit in candidates.vocabulary.kpis.items()),
        *(
            ("row", name, row["key"], json.dumps(known.get((name, row["key"]), {}), ensure_ascii=False, sort_keys=True))
            for name, listed in rows.items()
            for row in listed
        ),
    ]
    for number, line in enumerate(lines):
        for column, text in enumerate(line):
            page.write_string(number, column, text)
    for column, (kind, label) in enumerate(SUBJECTS.items(), _LISTS_FROM):
        choices = list(candidates.vocabulary.choices(kind).values())
        for number, choice in enumerate(choices):
            page.write_string(number, column, choice)
        letter = chr(ord("A") + column)
        book.define_name(f"Choix_{label}", f"='{CONTROL_SHEET}'!${letter}$1:${letter}${len(choices)}")
    page.protect()
    page.very_hidden()


def _known_of_rows(candidates: Candidates) -> dict[tuple[str, str], dict[str, Any]]:
    """The control sheet's values of each row, by sheet and key."""
    known: dict[tuple[str, str], dict[str, Any]] = {}
    for fact in candidates.facts:
        known[FACTS.name, fact.fact_key] = {
            "overruled": figure(fact.value, fact.unit, fact.qualifier),
            "unit": fact.unit,
            **({"is_unlinked": True} if fact.state == "unlinked" else {}),
        }
    for item in candidates.conflicts:
        known[CONFLICTS.name, item.key] = {
            "subject_key": item.subject_key,
            "keep_a": [item.value_a, item.qualifier_a],
            "keep_b": [item.value_b, item.qualifier_b],
            "overruled": spaced(
                f"{figure(item.value_a, item.unit, item.qualifier_a)} ({item.source_a}) ; "
                f"{figure(item.value_b, item.unit, item.qualifier_b)} ({item.source_b})"
            ),
        }
    for case in candidates.commitments:
        known[READINGS.name, case.commitment_id] = {"deadline": case.deadline.isoformat() if case.deadline else None}
    for subject in candidates.subjects:
        known[DECISIONS.name, subject.key] = {
            "subject_kind": subject.subject_kind,
            "subject_key": subject.subject_key,
            "mark": subject.mark,
            "overruled": subject.current,
        }
    return known
