"""A book that comes out of the guarded process in pieces is the one that was read there."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
import xlsxwriter

from sources.workbook import values
from sources.workbook.grid import ROWS_AT_ONCE, Book, RawBook, RawSheet, Scalar, load_book
from sources.workbook.guard import inspect
from sources.workbook.loading import BookLoader
from sources.workbook.markup import SheetMarkup
from sources.workbook.refused import FileRefusedError
from sources.workbook.wire import WORTH_RANKS, Hearing, pieces, refusal


def heard(raw: RawBook) -> Book:
    hearing = Hearing()
    answers = [hearing.take(piece) for piece in pieces(raw)]
    assert isinstance(answers[-1], Book)
    assert answers[:-1] == [None] * (len(answers) - 1)
    return answers[-1]


ODD: list[Scalar | None] = [
    "texte",
    "\ud800",  # half a character, which a CSV in a rare encoding may hold
    1.0,
    1,
    True,
    2**60,
    float("inf"),
    date(2024, 12, 31),
    datetime(2024, 12, 31),  # noqa: DTZ001 — a cell knows no time zone
    time(8, 30),
    timedelta(days=1, seconds=2),
]


NO_NUMBERS = [value for value in ODD if type(value) not in {float, int, bool}]


@pytest.mark.parametrize("column", [ODD, NO_NUMBERS, NO_NUMBERS * WORTH_RANKS, ODD * WORTH_RANKS])
def test_every_kind_of_value_arrives_as_it_was(column: list[Scalar | None]) -> None:
    """Numbers must stay numbers and a day a day, in a column of its kind as in a mixed one."""
    lines = (
        heard(RawBook([RawSheet(2, [[value] for value in column], SheetMarkup("F", counted=len(column)))]))
        .grids["F"]
        .lines
    )
    arrived = [line[2] for line in lines.values()]
    assert arrived == column
    assert list(map(type, arrived)) == list(map(type, column))


def test_blanks_are_no_cells_and_many_rows_come_in_order() -> None:
    rows: list[list[Scalar | None]] = [["a", "", None, "\u00a0"], ["", " ", "", ""]]
    raw = RawBook([RawSheet(0, rows * ROWS_AT_ONCE, SheetMarkup("F", counted=ROWS_AT_ONCE))])
    book = heard(raw)
    assert book.disagreements == ()
    assert list(book.grids["F"].lines.items()) == [(2 * n, {0: "a"}) for n in range(ROWS_AT_ONCE)]


def test_a_refusal_after_some_rows_is_a_refusal() -> None:
    hearing = Hearing()
    first, *_ = pieces(RawBook([RawSheet(0, [["a"]] * ROWS_AT_ONCE, SheetMarkup("F"))]))
    assert hearing.take(first) is None
    answer = hearing.take(refusal("FILE_TRUNCATED", "BadZipFile"))
    assert isinstance(answer, FileRefusedError)
    assert answer.rule == "FILE_TRUNCATED"


def large(path: Path, far: str | None = None) -> Path:
    """Many rows and all that can be odd about a cell; on request a cell far from them."""
    book = xlsxwriter.Workbook(path, {"in_memory": True})
    page, day = book.add_worksheet("Indicateurs"), book.add_format({"num_format": "dd/mm/yyyy"})
    for row in range(500):
        page.write_row(row, 0, [f"texte {row}", row, "à dire"])
        page.write_datetime(row, 3, date(2024, 1, 1), day)
    page.merge_range("F1:G2", "fusion")
    page.write_formula("H5", "=1+1", value="#DIV/0!")
    page.set_row(7, None, None, {"hidden": True})
    if far:
        page.write(far, "loin")
    book.close()
    return path


def test_both_readers_at_once_say_what_they_say_in_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = large(tmp_path / "large.xlsx")
    monkeypatch.setattr(values, "LARGE_PART", 1024)
    assert values.is_worth_two(inspect(path).parts)
    at_once = load_book(inspect(path), lambda _: True, {})
    monkeypatch.setattr(values, "LARGE_PART", 1 << 40)
    assert load_book(inspect(path), lambda _: True, {}) == at_once
    with BookLoader() as loader:
        assert loader.load(path, {"indicateurs"}, {}) == at_once


@pytest.mark.parametrize("far", ["AA1", "A200000"])
def test_a_sheet_with_a_cell_far_away_is_measured_before_room_is_made_for_it(
    far: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(values, "LARGE_PART", 1024)
    assert not values.is_worth_two(inspect(large(tmp_path / "far.xlsx", far)).parts)
