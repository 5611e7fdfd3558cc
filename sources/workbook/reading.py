"""What was read from one received workbook, before anyone judges it. Every value knows its sheet and cell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sources.grammar.numbers import Quantity
from sources.grammar.periods import Period
from sources.grammar.refusal import Refusal
from sources.workbook.answers import Absence, Answer
from sources.workbook.markup import cell_name

Issue = dict[str, Any]
# Given texts that say which thing a row is about; as facts, `x_given`.
GIVEN_TEXTS = frozenset({"action_title", "commitment_label", "kpi_label", "unit"})


class RowCells(Mapping[str, str]):
    """The cells of one row by column key: « H12 », made when asked for."""

    __slots__ = ("_columns", "_row")

    def __init__(self, row: int, columns: Mapping[str, int]) -> None:
        """`row` and the `columns` are counted from 0."""
        self._row, self._columns = row, columns

    def __getitem__(self, key: str) -> str:
        return cell_name(self._row, self._columns[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One row of a data sheet with a code or an answer.

    `values` holds the answers by column key (blank cells are absent), `raw` the texts as received, `cells` where
    they stand, given and locked columns included; `row_id` is the pre-filled row's identity, None for another row.
    """

    sheet: str
    sheet_name: str
    row_number: int
    row_id: str | None
    values: Mapping[str, Answer]
    raw: Mapping[str, str]
    cells: Mapping[str, str]
    announced: date | None = None  # the latest date the next steps announce

    @property
    def facts(self) -> dict[str, Any]:
        """The answers as plain scalars, one name each: what rules and expectations are written on.

        `x` is the answer (a period's last day), `x_refusal` and `x_advice` why there is none, `x_absence` its absence
        code, `x_start`, `x_end`, `x_precision` a period's parts, `x_qualifier` and `x_unit` a quantity's.
        """
        facts: dict[str, Any] = {}
        for key, answer in self.values.items():
            if isinstance(answer, Refusal):
                facts |= {f"{key}_refusal": answer.code, f"{key}_advice": answer.advice}
            elif isinstance(answer, Absence):
                facts[f"{key}_absence"] = answer.code
            elif isinstance(answer, Period):
                facts |= {key: answer.end, f"{key}_start": answer.start, f"{key}_end": answer.end}
                facts[f"{key}_precision"] = answer.precision
            elif isinstance(answer, Quantity):
                facts |= {key: answer.value, f"{key}_qualifier": answer.qualifier, f"{key}_unit": answer.unit_hint}
            else:
                facts[key] = answer
        facts["next_steps_until"] = self.announced
        facts |= {f"{key}_given": text for key, text in self.raw.items() if key in GIVEN_TEXTS and text.strip()}
        return facts


@dataclass
class WorkbookReading:
    """One received file: who it says it is from, its rows, and what the reader has to say.

    `refused` is the one issue of a file that could not be read, None otherwise; `blocked` is set when it was read but
    must not be trusted. Identity comes from the hidden sheet, else from the file's name (`identity_from`).
    """

    file_name: str
    sha256: str
    template_version: str | None = None
    session_code: str | None = None
    partner_code: str | None = None
    identity_from: str | None = None  # sheet | name
    rows: list[ReadRow] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    refused: Issue | None = None
    blocked: bool = False
    sheets_read: tuple[str, ...] = ()
