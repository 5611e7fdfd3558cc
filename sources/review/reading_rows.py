"""Rows that read: where a person reads, in a published text, how far a commitment is."""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from sources.french.periods import Period
from sources.review.sheet_reader import Cells, RowRefusedError, SheetReader, expected_of, text_of

_ID_LENGTH = 16
_SAID = ("status_date", "document", "place", "note")
_DATED_LATER = frozenset({"late", "at_risk"})


class ReadingRows(SheetReader):
    """Reads the sheet « Lectures »."""

    def take(self, at: int, cells: Cells) -> None:
        """Add the landing row of one line to the reading; nothing when nothing is read on it."""
        text = text_of(cells["decision"])
        if not text:
            if any(text_of(cells[column]) for column in _SAID):
                choices = self.source.control.vocabulary.choices(self.sheet.subject_kind)
                raise RowRefusedError(
                    "decision", "", expected_of(choices), "Choisissez une lecture, ou videz la ligne."
                )
            return
        status = self.choice(text, self.sheet.subject_kind)
        key = self.key_of(cells)
        when = self._when(status, cells, self.known[key])
        row = {
            "session_code": self.source.control.session_code,
            "commitment_id": key,
            "status": status,
            "status_date": when.end if when else None,
            "status_date_precision": when.precision if when else None,
            "document": self.words(cells, "document", "le texte lu", "Écrivez le nom du texte publié."),
            "place": self.words(cells, "place", "l’endroit du texte", "Écrivez où le retrouver, par exemple l. 236."),
            "note": self.words(cells, "note", "ce que vous y lisez", "Écrivez-le avec vos mots, en une phrase."),
            "author_role": self.words(cells, "author_role", "le rôle de qui lit", "Écrivez une fonction."),
            "read_on": self.day(cells["decided_on"]),
            "sha256": self.source.sha256,
        }
        if self.once(at, key, row):
            identity = hashlib.sha256(f"{self.source.sha256}|{self.sheet.name}|{key}".encode()).hexdigest()
            self.source.reading.readings.append({"reading_id": identity[:_ID_LENGTH], **row})

    def _when(self, status: str, cells: Cells, known: Mapping[str, Any]) -> Period | None:
        """The date a reading gives: of the success, or the later one that is announced."""
        when, held_on = self.period_or_none(cells, "status_date"), self.source.control.held_on
        if when is None:
            return None
        text = text_of(cells["status_date"])
        if status == "achieved":
            if when.start > held_on:
                raise RowRefusedError(
                    "status_date", text, "une date passée : ce qui est atteint l’est déjà", "Corrigez la date."
                )
            return Period(when.start, min(when.end, held_on), when.precision)
        if status not in _DATED_LATER:
            raise RowRefusedError("status_date", text, "rien : cette lecture n’a pas de date", "Videz la cellule.")
        deadline = known.get("deadline")
        if deadline is not None and when.end <= date.fromisoformat(deadline):
            raise RowRefusedError(
                "status_date",
                text,
                "une date plus lointaine que l’échéance",
                "Écrivez la date annoncée, ou videz la cellule.",
            )
        return when
