"""Rows that decide: on a fact, a conflict, an action, a commitment, a measure, a comparability, a denominator.

Nothing is guessed: a decision without its author's role, its date or its reason is no decision.
"""

import hashlib
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from sources.french.numbers import parse_number
from sources.french.refusal import Refusal
from sources.review.layout import WITH_KPI, WITH_PERIOD, WITH_VALUE
from sources.review.sheet_reader import Cell, Cells, RowRefusedError, SheetReader, expected_of, text_of

_ID_LENGTH = 16
_NEW = {"new_value": WITH_VALUE, "new_period": WITH_PERIOD, "new_kpi": WITH_KPI}
_SYMBOLS = frozenset({"%", "€"})
_FORMER = {"former_conflict": "conflict"}  # the kind in the landing of a sheet of version 1


class DecisionRows(SheetReader):
    """Reads the sheets « Faits », « Conflits », « Décisions » and, in version 1, « Statuts »."""

    def take(self, at: int, cells: Cells) -> None:
        """Add the landing row of one line to the reading; nothing when nothing is decided on it."""
        text = text_of(cells["decision"])
        if not text:
            self._check_empty(cells)
            return
        sheet_kind = self.sheet.subject_kind
        if sheet_kind:
            code = self.choice(text, sheet_kind)  # a slip in the list is stated before one in the row's key
        key = self.key_of(cells)
        known = self.known[key]
        kind = str(known.get("subject_kind") or sheet_kind)
        if known.get("is_unlinked") and code != "rejected" and not (code == "corrected" and self._names_a_kpi(cells)):
            raise RowRefusedError(
                "decision",
                text,
                "rejeté, ou corrigé avec le code de son indicateur : aucun n’a été reconnu",
                "Choisissez « corrigé » et écrivez le code sous « Indicateur corrigé », ou rejetez la ligne.",
            )
        if not sheet_kind:
            code = self.choice(text, kind)
        row = {
            "subject_kind": _FORMER.get(kind, kind),
            "subject_key": str(known.get("subject_key") or key),
            "session_code": self.source.control.session_code,
            "decision": code,
            **self._what_is_new(kind, code, cells, known),
            "overruled": known.get("overruled"),
            "decided_upon": known.get("mark"),
            "author_role": self.words(cells, "author_role", "le rôle de qui décide", "Écrivez une fonction."),
            "decided_on": self.day(cells["decided_on"]),
            "reason": self.words(cells, "reason", "le motif de la décision", "Écrivez pourquoi, en une phrase."),
        }
        if self.once(at, key, row):
            identity = hashlib.sha256(f"{self.source.sha256}|{self.sheet.name}|{key}".encode()).hexdigest()
            self.source.reading.decisions.append({"decision_id": identity[:_ID_LENGTH], **row})

    def _names_a_kpi(self, cells: Cells) -> bool:
        return bool(text_of(cells.get("new_kpi", "")))

    def _check_empty(self, cells: Cells) -> None:
        """A value or a reason without a decision is a decision somebody forgot to choose."""
        if any(text_of(cells.get(column, "")) for column in (*_NEW, "reason")):
            choices = self.source.control.vocabulary.choices(self._kind_of(cells))
            raise RowRefusedError("decision", "", expected_of(choices), "Choisissez une réponse, ou videz la ligne.")

    def _kind_of(self, cells: Cells) -> str:
        known = self.known.get(text_of(cells[self.sheet.key]), {})
        return self.sheet.subject_kind or str(known.get("subject_kind") or "")

    def _what_is_new(self, kind: str, code: str, cells: Cells, known: Mapping[str, Any]) -> dict[str, Any]:
        """The value and the period that the decision gives."""
        takes_value = code in WITH_VALUE.get(kind, frozenset())
        takes_period = code in WITH_PERIOD.get(kind, frozenset()) and "new_period" in self.columns
        takes_kpi = code in WITH_KPI.get(kind, frozenset()) and "new_kpi" in self.columns
        for column, is_taken in zip(_NEW, (takes_value, takes_period, takes_kpi), strict=True):
            self._check_belongs(kind, column, cells, is_taken=is_taken)
        side = known.get(code)  # the value of a conflict's side
        value, qualifier = side if side else self._value(cells) if takes_value else (None, None)
        period = self.period_or_none(cells, "new_period") if takes_period else None
        kpi_id = self._kpi(cells, known) if takes_kpi else None
        if takes_value and value is None and period is None and kpi_id is None:
            self._refuse_nothing_new(cells, takes_period=takes_period, takes_kpi=takes_kpi)
        if kind == "denominator" and value is not None and value <= 0:
            raise RowRefusedError(
                "new_value", text_of(cells["new_value"]), "un nombre au-dessus de zéro", "Corrigez-le."
            )
        return {
            "value": value,
            "qualifier": qualifier,
            "new_kpi_id": kpi_id,
            "new_period_start": period.start if period else None,
            "new_period_end": period.end if period else None,
            "new_period_precision": period.precision if period else None,
        }

    def _check_belongs(self, kind: str, column: str, cells: Cells, *, is_taken: bool) -> None:
        text = text_of(cells.get(column, ""))
        if text and not is_taken:
            taking = _NEW[column].get(kind, frozenset())
            choices = self.source.control.vocabulary.choices(kind)
            with_it = " ou ".join(f"« {choices[code]} »" for code in sorted(taking))
            expected = f"rien, la décision n’est pas {with_it}" if taking else "rien, cette décision n’en demande pas"
            fix = f"Choisissez {with_it}, ou videz la cellule." if taking else "Videz la cellule."
            raise RowRefusedError(column, text, expected, fix)

    def _value(self, cells: Cells) -> tuple[float | None, str | None]:
        """The value that was written and its qualifier; both None when the cell is blank."""
        cell: Cell = cells["new_value"]
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return float(cell), "exact"
        text = text_of(cell)
        if not text:
            return None, None
        read = parse_number(text)
        if isinstance(read, Refusal):
            raise RowRefusedError("new_value", text, self._number_expected(), read.advice)
        return read.value, read.qualifier

    def _kpi(self, cells: Cells, known: Mapping[str, Any]) -> str | None:
        """The code of the KPI that was written; None when the cell is blank."""
        text = text_of(cells["new_kpi"])
        if not text:
            return None
        units = self.source.control.vocabulary.kpis
        code = text.split()[0].upper()
        if code not in units:
            near = get_close_matches(code, units, 1)
            fix = f"Est-ce {near[0]} ?" if near else "Le tableau de bord donne le code de chaque indicateur."
            raise RowRefusedError("new_kpi", text, "le code d’un indicateur, par exemple IND-8-4-2", fix)
        unit = str(known.get("unit") or "")
        if unit != units[code] and _SYMBOLS & {unit, units[code]}:
            raise RowRefusedError(
                "new_kpi",
                text,
                f"un indicateur dans l’unité du chiffre ({unit or 'sans unité'}) ; {code} se compte en {units[code]}",
                "Écrivez le code d’un autre indicateur.",
            )
        return code

    def _refuse_nothing_new(self, cells: Cells, *, takes_period: bool, takes_kpi: bool) -> None:
        new = "le nombre"
        if takes_kpi:
            new = "le nombre, la période ou l’indicateur"
        elif takes_period:
            new = "le nombre ou la période"
        fix = f"Écrivez {new} qui remplace celui de la ligne."
        raise RowRefusedError("new_value", text_of(cells["new_value"]), self._number_expected(), fix)

    def _number_expected(self) -> str:
        return f"la {self.sheet.column('new_value').header.lower()}, un nombre"
