"""Numbers in the DNS's words that say otherwise than the tables: they wait for its acceptance before the final state.

A number counts when what follows it is the unit of one of the action's figures, and no figure of that unit, nor the
partner's own text, says the same.
"""

import datetime as dt
import re
from collections.abc import Iterator

from msgspec import Struct

from exports.marts import SessionMarts, TextEdit
from exports.text_marks import ADDITION
from sources.french import typography as typo
from sources.french.finders import Figure, find_figures
from sources.french.folding import fold
from sources.french.text_periods import find_text_periods


class Contradicted(Struct, frozen=True):
    """A number of an edited text, and what the table says of the same thing."""

    key: str
    said: str
    known: str
    value: float

    @property
    def subject(self) -> str:
        """How its acceptance names it: « 8-4=35000 »."""
        return f"{self.key.partition('/')[0]}={self.value:.15g}"


def contradictions(marts: SessionMarts) -> tuple[Contradicted, ...]:
    """Every number of an edited text that the tables contradict, each once."""
    found = (row for edit in marts.text_edits if ADDITION not in edit.key for row in _of_text(marts, edit))
    return tuple({row.subject: row for row in found}.values())


def _of_text(marts: SessionMarts, edit: TextEdit) -> Iterator[Contradicted]:
    known = _known(marts, edit.key.partition("/")[0])
    day = marts.session.cut_off
    already = {figure.value for figure in _figures(edit.original, day)}
    for figure in _figures(edit.text, day):
        unit = next((unit for unit in known if _counts(edit.text, figure, unit)), None)
        if unit is not None and figure.value not in known[unit] and figure.value not in already:
            said = " ".join(edit.text[figure.start : figure.end + len(unit) + 2].split())
            table = ", ".join(typo.quantity(value, unit) for value in known[unit])
            yield Contradicted(edit.key, said if unit != "%" else typo.figure(figure.value, "%"), table, figure.value)


def _figures(text: str, day: dt.date) -> list[Figure]:
    return find_figures(text, find_text_periods(text, day)) if text else []


def _known(marts: SessionMarts, subject: str) -> dict[str, list[float]]:
    """The values printed of an action, or of a priority's actions, by unit: the latest measure first."""
    codes = {row.action_code for row in marts.actions if subject in {row.action_code, f"P{row.priority_number:02}"}}
    found: dict[str, list[float]] = {}
    for row in marts.commitments:
        if row.action_code in codes:
            context = marts.kpi_by_id.get(row.context_kpi_id or "")
            for value, unit in (
                (row.actual_value, row.unit),
                (row.context_value, context.unit if context else None),
                (row.target_value, row.unit),
                (row.progress_rate, "%"),
                (row.share_of_target, "%"),
            ):
                if value is not None and unit and (unit != "%" or row.unit == "%" or value == row.progress_rate):
                    found.setdefault(unit, []).append(value)
    for kpi in marts.kpis:
        if kpi.action_code in codes:
            found.setdefault(kpi.unit, []).extend(row.value for row in marts.observations_of(kpi.kpi_id))
    return {unit: list(dict.fromkeys(values)) for unit, values in found.items() if values}


def _counts(text: str, figure: Figure, unit: str) -> bool:
    """Whether what follows a number is this unit, in the singular or the plural."""
    if unit == "%" or figure.symbol:
        return unit == "%" and figure.symbol == "%"
    following = re.match(r"[\s\u00a0\u202f]*(?:d[e’']\s?)?([^\W\d_][\w-]*)", text[figure.end :])
    noun = fold(unit.split(" ", maxsplit=1)[0])
    return following is not None and fold(following[1]) in {noun, fold(typo.plural(unit.split(" ", maxsplit=1)[0], 2))}
