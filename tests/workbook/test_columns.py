"""A column read whole says of every cell what the cell alone would say."""

from datetime import date

from sources.french.numbers import Quantity
from sources.french.refusal import Refusal
from sources.workbook.answers import read_answer
from sources.workbook.columns import column_facts, read_column
from sources.workbook.grid import PLAIN, GridCell, Oddity, Scalar, shown
from sources.workbook.schema import WorkbookSchema

CUT_OFF = date(2024, 12, 31)
VALUES: list[Scalar | None] = ["12", 1.0, True, 1, None, "12", "NC", "beaucoup", "12", 0.5, date(2024, 3, 1)]
ODD = {5: Oddity(has_formula=True), 8: Oddity(has_formula=True, trouble="formula_not_computed"), 9: Oddity("0%")}


def test_equal_values_of_other_kinds_or_makings_are_not_taken_for_each_other(schema: WorkbookSchema) -> None:
    """1, 1.0 and « true » are equal to Python; « 12 » typed, computed and in trouble are three things."""
    column = schema.sheet("measurement").column("value")
    read = read_column(schema, column, VALUES, ODD, CUT_OFF)
    for place, value in enumerate(VALUES):
        if value is None:
            assert read.answers[place] is None
            continue
        oddity = ODD.get(place, PLAIN)
        cell = GridCell(value, shown(value, oddity.number_format), *oddity)
        alone, remarks = read_answer(schema, column, cell, CUT_OFF)
        answer = read.answers[place]
        assert (Quantity(answer) if type(answer) is float else answer) == alone
        assert [remark for at, remark in read.remarks if at == place] == list(remarks)


def test_facts_keep_to_their_rows_when_answers_are_of_every_kind(schema: WorkbookSchema) -> None:
    read = read_column(schema, schema.sheet("measurement").column("value"), VALUES, ODD, CUT_OFF)
    facts = dict(column_facts("value", read.answers))
    assert facts["value"] == [12, 1, None, 1, None, 12, None, None, None, 50, None]
    assert [kind is not None for kind in facts["value_qualifier"]] == [value is not None for value in facts["value"]]
    assert facts["value_absence"][6] == "NC"
    assert facts["value_unit"][9] == "%"
    refused = [place for place, answer in enumerate(read.answers) if isinstance(answer, Refusal)]
    assert [place for place, code in enumerate(facts["value_refusal"]) if code is not None] == refused == [2, 7, 8, 10]
