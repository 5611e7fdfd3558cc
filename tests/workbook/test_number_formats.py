"""What a number format makes the eye see of a number."""

import pytest

from sources.workbook.grid import shown
from sources.workbook.number_formats import is_percent, telling

ACCOUNTING = '_-* #,##0.00\\ _€_-;-* #,##0.00\\ _€_-;_-* "-"??\\ _€_-;_-@_-'


@pytest.mark.parametrize(
    "number_format",
    ["", "General", "Standard", "@", "0", "0.00", "#,##0", "# ##0", "0.00E+00", "[Red]0", "[$-40C]0", ACCOUNTING,
     "#,##0.00;[Red](#,##0.00)", "0_ ;[Red]\\-0\\ ", "00\\ 00\\ 00", "# ?/?"],
)  # fmt: skip
def test_a_format_that_changes_no_number_says_nothing(number_format: str) -> None:
    """Otherwise every workbook of somebody who likes two decimals would be told of."""
    assert telling(number_format) == ""


@pytest.mark.parametrize(
    ("number_format", "value", "seen"),
    [
        ('0.0" M"', 52.3, "52,3 M"),
        ("0.0\\ \\M\\€", 52.3, "52,3 M€"),
        ('0.0,," M"', 52_300_000, "52,3 M"),
        ("#,##0,", 52_300, "52,3"),
        ('0 "milliers"', 35, "35 milliers"),
        ('"env. "0', 12, "env. 12"),
        ("0%", 0.12, "12 %"),
        ('0" %"', 12, "12 %"),
        ("+0%;-0%", 0.12, "+12%"),
        ("+0.0;-0.0", -3, "-3"),
        (";;;", 12, ""),
        ("0;-0;", 0, ""),
        ('[>=1000000]0.0,,"M";0', 2_500_000, "2,5M"),
        ('[>=1000000]0.0,,"M";0', 12, "12"),
        ('"oui";"non"', 1, "oui"),
        ("0‰", 12, "12‰"),
        ('@" M"', "52,3", "52,3 M"),
    ],
)
def test_the_eye_sees_the_format(number_format: str, value: float | str, seen: str) -> None:
    assert telling(number_format) == number_format
    assert shown(value, number_format) == seen


def test_a_percentage_is_one_only_where_it_multiplies() -> None:
    assert [is_percent(text) for text in ("0%", "0.00%", '0"%"', "0\\%", "+0%", "dd/mm/yyyy")] == [
        True, True, False, False, False, False,
    ]  # fmt: skip
