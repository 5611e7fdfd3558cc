"""One column of a sheet read whole: the answers of its cells, what was done to them, and the facts they become.

Nearly every cell is a plain text met before, a plain figure or a plain day. A text has its answer in memory, from one
row and one workbook to the next; a plain figure is its own answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from types import NoneType
from typing import Any

from sources.french.numbers import Quantity
from sources.french.periods import Period
from sources.french.refusal import Refusal
from sources.workbook.answers import Absence, Answer, Remark, read_answer
from sources.workbook.grid import PLAIN, GridCell, Oddity, Scalar, shown
from sources.workbook.schema import Column, WorkbookSchema

# A plain figure stands for the exact `Quantity` of no unit that `read_answer` makes of it.
ColumnAnswer = Answer | float | None
Read = tuple[Answer | None, Sequence[Remark]]
Facts = dict[str, list[Any]]

_LONGEST_REMEMBERED = 100  # characters; codes, statuses, periods and sources are shorter, and come again and again
_MOST_REMEMBERED = 8192


@dataclass(frozen=True)
class ColumnRead:
    """The answers of a column, one a row, None for a blank; and the remarks, each with its place in the column."""

    answers: list[ColumnAnswer]
    remarks: list[tuple[int, Remark]] = field(default_factory=list)


def read_column(
    schema: WorkbookSchema, column: Column, values: Sequence[Scalar | None], odd: Mapping[int, Oddity], as_of: date
) -> ColumnRead:
    """Read the cells of an input or key column, None for a blank one. `odd` says what is odd, by place."""
    if values.count(None) == len(values):
        return ColumnRead([None] * len(values))
    texts, others = _texts_read(schema, column, as_of), dict[tuple[type, Scalar, Oddity], Read]()
    has_figures = column.type == "number"
    read = ColumnRead([])
    for place, value in enumerate(values):
        if value is None:
            read.answers.append(None)
            continue
        if place in odd or type(value) is not str:
            if has_figures and type(value) is float and place not in odd:
                read.answers.append(value)
                continue
            oddity = odd.get(place, PLAIN)
            key = (type(value), value, oddity)  # the type too: 1 and True are equal
            if key not in others:
                cell = GridCell(value, shown(value, oddity.number_format), *oddity)
                others[key] = read_answer(schema, column, cell, as_of)
            answer, remarks = others[key]
        else:
            answer, remarks = texts[value]
        read.answers.append(answer)
        if remarks:
            read.remarks.extend((place, remark) for remark in remarks)
    return read


class _Texts(dict[str, Read]):
    """What the plain texts of a column were read as; a text that is not there is read, and kept when it is short."""

    def __init__(self, schema: WorkbookSchema, column: Column, as_of: date) -> None:
        super().__init__()
        self._schema, self._column, self._as_of = schema, column, as_of

    def __missing__(self, text: str) -> Read:
        read = read_answer(self._schema, self._column, GridCell(text, text), self._as_of)
        if len(text) <= _LONGEST_REMEMBERED:
            if len(self) >= _MOST_REMEMBERED:
                self.clear()
            self[text] = read
        return read


_texts_read = lru_cache(128)(_Texts)


def column_facts(key: str, answers: Sequence[ColumnAnswer]) -> Iterator[tuple[str, list[Any]]]:
    """The facts the answers of a column are, by name, one a row; a fact that no row has is not given.

    `x` is the answer (a period's last day), `x_refusal` and `x_advice` why there is none, `x_absence` its absence code,
    `x_start`, `x_end`, `x_precision` a period's parts, `x_qualifier`, `x_unit` and `x_words` a quantity's.
    """
    kinds = set(map(type, answers)) - {NoneType}

    def only(*wanted: type) -> list[Any]:
        if kinds.issubset(wanted):
            return list(answers)
        return [answer if type(answer) in wanted else None for answer in answers]

    if str in kinds:
        yield key, only(str)
    if Refusal in kinds:
        refusals = only(Refusal)
        yield f"{key}_refusal", [refusal and refusal.code for refusal in refusals]
        yield f"{key}_advice", [refusal and refusal.advice for refusal in refusals]
    if Absence in kinds:
        yield f"{key}_absence", [absence and absence.code for absence in only(Absence)]
    if Period in kinds:
        periods = only(Period)
        ends = [period and period.end for period in periods]
        yield key, ends
        yield f"{key}_end", ends
        yield f"{key}_start", [period and period.start for period in periods]
        yield f"{key}_precision", [period and period.precision for period in periods]
    if not kinds.isdisjoint((float, Quantity)):
        figures = only(float, Quantity)
        yield key, [figure if type(figure) is float else figure and figure.value for figure in figures]
        yield f"{key}_qualifier", ["exact" if type(said) is float else said and said.qualifier for said in figures]
        if Quantity in kinds:
            yield f"{key}_unit", [figure.unit_hint if type(figure) is Quantity else None for figure in figures]
            if any(type(figure) is Quantity and figure.words for figure in figures):
                yield f"{key}_words", [figure.words if type(figure) is Quantity else None for figure in figures]
