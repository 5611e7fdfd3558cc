"""What a partner reads about one drop: the content of the receipt, the same for the workbook, the JSON and a screen.

Pure values: issues grouped so that one fault made thirty times is one line, what was taken, what changes, who, when,
until when. The time is given by the caller.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sources.french.typography import counted, day_in_paris, in_paris, spaced
from sources.workbook.changes import Change
from sources.workbook.markup import cell_name, parse_reference

Issue = Mapping[str, Any]
_SHOWN = 3  # values quoted in one line
_LONGEST_WHERE = 150
TITLES = {
    "error": "À corriger",
    "warning": "À vérifier",
    "correction": "Corrigé automatiquement",
}
#: of a file whose reading did not end: nothing is known of it
WAITING = "waiting"
VERDICTS = {
    "accepted": "Accepté",
    "accepted_with_warnings": "Accepté, avec des points à vérifier",
    "partly_rejected": "Accepté en partie : des lignes sont à corriger",
    "rejected": "Refusé",
    WAITING: "En attente de lecture",
}


@dataclass(frozen=True)
class FirstDrop:
    """The drop whose bytes came again: its name and when it came."""

    file_name: str
    received_at: datetime


@dataclass(frozen=True)
class FormerReading:
    """How the same file was read before: its verdict then."""

    verdict: str


@dataclass(frozen=True)
class Effect:
    """What a drop changed of an action or commitment of its sender; both statuses are in French."""

    code: str
    before: str | None
    after: str

    @property
    def text(self) -> str:
        """« 8-4.2 : à risque → atteint »."""
        before, after = ((said[:1].lower() + said[1:]) if said else "sans état" for said in (self.before, self.after))
        return spaced(f"{self.code} : {before} → {after}")


@dataclass(frozen=True)
class AsRead:
    """A value that was taken: what was typed, and what it was read as."""

    sheet: str
    code: str
    typed: str
    read: str


@dataclass(frozen=True)
class Receipt:
    """Everything the receipt says.

    `arrived_at` is when a channel's server got the file: it decides whether it came in time.

    `check` is the object of `jalon check --json`, `accepted` the codes taken by sheet name, `changes` what they change
    against the earlier drops of the session, if there were any (`is_resubmission`). `copy_of` is the first drop of the
    same bytes, None when there was none. `former` is how the same file was read before its reader changed; `changes`
    are then those of the new reading. `waiting` are the codes asked of the partner that no drop of the session has
    answered yet, by sheet name; None when nobody knows, before anything is built.
    """

    check: Mapping[str, Any]
    received_at: datetime
    due_on: date | None
    accepted: Mapping[str, Sequence[str]]
    arrived_at: datetime | None = None
    changes: Sequence[Change] = ()
    is_resubmission: bool = False
    copy_of: FirstDrop | None = None
    former: FormerReading | None = None
    waiting: Mapping[str, Sequence[str]] | None = field(default_factory=dict)
    values: Sequence[AsRead] = ()

    @property
    def deadline(self) -> tuple[str, str] | None:
        """The day answers are due, named by whether it is still to come in Paris; None without one."""
        if self.due_on is None:
            return None
        came_at = self.arrived_at or self.received_at
        if day_in_paris(came_at) > self.due_on:
            return "Échéance passée", f"les réponses étaient attendues avant le {self.due_on:%d/%m/%Y}"
        return "Prochaine échéance", f"réponses attendues avant le {self.due_on:%d/%m/%Y}"

    @property
    def headline(self) -> str:
        """The answer in one sentence."""
        if self.former is not None:
            when = moment_text(self.arrived_at or self.received_at)
            return spaced(f"Votre dépôt du {when} a été relu, et ce qui en est retenu a changé. {self.outcome}")
        if self.copy_of is None:
            return self.outcome
        first = f"« {self.copy_of.file_name} », {moment_text(self.copy_of.received_at)}"
        return spaced(f"Fichier déjà reçu ({first}) : ce dépôt ne change rien.")

    @property
    def outcome(self) -> str:
        """What became of the content, whenever it came."""
        if self.check["verdict"] == WAITING:
            return "Votre fichier est en attente de lecture : il sera relu, vous n’avez rien à faire."
        errors = [issue for issue in self.check["issues"] if issue["severity"] == "error"]
        warnings = [issue for issue in self.check["issues"] if issue["severity"] == "warning"]
        taken = self.check["rows"]["accepted"]
        if self.check["rows"]["read"] == 0 and errors:
            return spaced(f"Ce fichier n’a pas pu être lu. {errors[0]['message']}")
        lines = f"{counted(taken, 'ligne prise')} en compte"
        if not errors and not warnings:
            return spaced(f"Aucune erreur : {lines}. Merci.")
        if not errors:
            return spaced(f"Aucune erreur : {lines} ; {counted(len(warnings), 'point')} à vérifier.")
        rejected = self.check["rows"]["rejected"]
        aside = f"{counted(rejected, 'ligne mise')} de côté"
        return spaced(f"{counted(len(errors), 'erreur')} à corriger : {aside}, {lines}.")

    def groups(self, severity: str) -> list["Group"]:
        """The issues of one severity, one group a fault."""
        return group(issue for issue in self.check["issues"] if issue["severity"] == severity)

    def as_json(self) -> dict[str, Any]:
        """The receipt as JSON values: the check, and what a check alone does not know."""
        return {
            **self.check,
            "headline": self.headline,
            "received_at": self.received_at.isoformat(),
            "arrived_at": self.arrived_at.isoformat() if self.arrived_at else None,
            "due_on": self.due_on.isoformat() if self.due_on else None,
            "accepted": {sheet: list(codes) for sheet, codes in self.accepted.items()},
            "waiting": None if self.waiting is None else {sheet: list(codes) for sheet, codes in self.waiting.items()},
            "values": [vars(value) for value in self.values],
            "changes": [vars(change) for change in self.changes],
            "is_resubmission": self.is_resubmission,
            "former_verdict": self.former and self.former.verdict,
            "already_received": self.copy_of
            and {
                "file": self.copy_of.file_name,
                "received_at": self.copy_of.received_at.isoformat(),
            },
        }


@dataclass(frozen=True)
class Group:
    """One fault, on one cell or on many of one column."""

    sheet: str | None
    cells: tuple[str, ...]
    received: str
    message: str
    fix: str

    @property
    def where(self) -> str:
        """« H12 », « colonne H, lignes 4, 7 à 12 », or the whole file."""
        if not self.cells:
            return self.sheet or "Fichier"
        if len(self.cells) == 1:
            return self.cells[0]
        letters = re.sub(r"[0-9]", "", self.cells[0])
        return f"colonne {letters}, {rows_text(_row(cell) for cell in self.cells)}"


def group(issues: Iterable[Issue]) -> list[Group]:
    """Issues of one column that say the same and advise the same, together; in the order of the first of each.

    What was received may differ. A group whose cells take too long to name is several.
    """
    gathered: dict[tuple[Any, ...], list[Issue]] = {}
    for issue in issues:
        column = re.sub(r"[0-9]", "", issue["cell"] or "")
        said = issue["message"].replace(issue["received"] or "\0", "…")
        gathered.setdefault((issue["rule"], issue["sheet"], column, said, issue["fix"]), []).append(issue)
    return [_group(some) for together in gathered.values() for some in _short_enough(together)]


def _short_enough(together: list[Issue]) -> Iterator[list[Issue]]:
    """The issues of a group, in groups whose place can be read in one cell."""
    together = sorted(together, key=lambda issue: _row(issue["cell"] or ""))
    if len(together) > 1 and len(_group(together).where) > _LONGEST_WHERE:
        middle = len(together) // 2
        yield from _short_enough(together[:middle])
        yield from _short_enough(together[middle:])
    else:
        yield together


def rows_text(rows: Iterable[int]) -> str:
    """« ligne 4 », « lignes 4, 7 à 12 »."""
    wanted = sorted(set(rows))
    runs: list[list[int]] = []
    for row in wanted:
        if runs and row == runs[-1][-1] + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    parts: list[str] = []
    for run in runs:
        parts.extend([str(run[0])] if len(run) == 1 else [f"{run[0]} à {run[-1]}"] if len(run) > 2 else map(str, run))
    return f"ligne{'s' if len(wanted) > 1 else ''} {', '.join(parts)}"


def is_cell(reference: str | None) -> bool:
    """Whether a text names a cell, as « H12 » does."""
    place = parse_reference(reference or "")
    return place is not None and cell_name(*place) == reference


def moment_text(moment: datetime) -> str:
    """« 02/06/2025 à 14 h 05 », Paris time."""
    local = in_paris(moment)
    return f"{local:%d/%m/%Y} à {local:%H} h {local:%M}"


def _group(issues: Sequence[Issue]) -> Group:
    first = issues[0]
    cells = sorted((issue["cell"] for issue in issues if issue["cell"]), key=_row)
    values = list(dict.fromkeys(issue["received"] for issue in issues if issue["received"]))
    received = " ; ".join(_short(value) for value in values[:_SHOWN])
    if len(values) > _SHOWN:
        received += f" ; et {len(values) - _SHOWN} autres"
    messages = list(dict.fromkeys(issue["message"] for issue in issues))
    message = messages[0] if len(messages) == 1 else f"{messages[0]} (Autres cellules : même problème.)"
    return Group(first["sheet"], tuple(cells), received, spaced(message), first["fix"])


def _row(cell: str) -> int:
    return int(re.sub(r"[^0-9]", "", cell) or 0)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else f"{flat[:57]}…"
