import datetime as dt
from random import Random

import pytest
from babel.dates import format_date
from babel.numbers import format_decimal

from sources.french import typography as typo

NBSP, NNBSP = typo.NBSP, typo.NNBSP


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        (1134, f"1{NNBSP}134"),
        (136304, f"136{NNBSP}304"),
        (94.5, "94,5"),
        (0.1 + 0.2, "0,3"),
        (-1500, f"-1{NNBSP}500"),
    ],
)
def test_numbers_group_by_narrow_space_and_keep_no_useless_decimal(value: float, expected: str) -> None:
    assert typo.number(value) == expected


@pytest.mark.parametrize(
    ("value", "unit", "qualifier", "expected"),
    [
        (36, "application", "exact", "36 applications"),
        (1, "application", "exact", "1 application"),
        (1.5, "application", "exact", "1,5 application"),
        (30000, "médecin", "approx", f"environ 30{NNBSP}000 médecins"),
        (250_000_000, "document", "at_least", f"au{NBSP}moins 250{NBSP}millions de documents"),
        (2_500_000, "établissement", "exact", f"2,5{NBSP}millions d’établissements"),
        (45_000_000, "€", "exact", f"45{NBSP}millions d’euros"),
        (1_000_001, "document", "exact", f"1{NNBSP}000{NNBSP}001 documents"),
        (94.5, "%", "exact", f"94,5{NNBSP}%"),
        (12, "mois", "exact", "12 mois"),
        (3, "établissement de santé", "exact", "3 établissements de santé"),
    ],
)
def test_quantities_agree_with_their_unit_and_keep_their_qualifier(
    value: float, unit: str, qualifier: str, expected: str
) -> None:
    assert typo.quantity(value, unit, qualifier) == expected


def test_an_unknown_qualifier_is_refused_rather_than_printed_as_exact() -> None:
    with pytest.raises(KeyError):
        typo.quantity(3, "projet", "roughly")


@pytest.mark.parametrize(
    ("day", "precision", "expected"),
    [
        (dt.date(2026, 12, 31), "year", "2026"),
        (dt.date(2024, 3, 31), "quarter", f"T1{NBSP}2024"),
        (dt.date(2024, 6, 30), "semester", f"S1{NBSP}2024"),
        (dt.date(2024, 12, 31), "semester", f"S2{NBSP}2024"),
        (dt.date(2026, 6, 30), "month", f"juin{NBSP}2026"),
        (dt.date(2024, 12, 17), "day", f"17{NBSP}décembre{NBSP}2024"),
        (dt.date(2024, 12, 1), "day", f"1ᵉʳ{NBSP}décembre{NBSP}2024"),
    ],
)
def test_a_date_is_printed_no_more_precise_than_it_was_said(day: dt.date, precision: str, expected: str) -> None:
    assert typo.date(day, precision) == expected


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(ValueError, match="precision"):
        typo.date(dt.date(2024, 1, 1), "week")


def test_only_existing_spaces_before_double_punctuation_become_unbreakable() -> None:
    assert (
        typo.spaced("Pilote : « CNAM » ; 8:30 https://a ?")
        == f"Pilote{NBSP}: «{NBSP}CNAM{NBSP}»{NBSP}; 8:30 https://a{NBSP}?"
    )


@pytest.mark.parametrize(("count", "expected"), [(0, "0"), (1, "1"), (65, "65")])
def test_counted_things_agree(count: int, expected: str) -> None:
    assert typo.counted(count, "action") == f"{expected}{NBSP}action{'s' if count > 1 else ''}"


@pytest.mark.parametrize("decimals", [0, 1, 2])
def test_numbers_are_spelled_as_the_locale_data_of_unicode_spell_them(decimals: int) -> None:
    pattern = "#,##0" + ("." + "#" * decimals if decimals else "")
    random = Random(decimals)  # noqa: S311 — the same figures at each run
    values = [0, -0.0, 0.5, -0.004, 999.995, 1e15, 123456789.125, -1e6]
    values += [random.uniform(-1, 1) * 10 ** random.randint(0, 12) for _ in range(500)]
    for value in values:
        rounded = round(value, decimals)
        plain = int(rounded) if float(rounded).is_integer() else rounded
        assert typo.number(value, decimals) == format_decimal(plain, format=pattern, locale="fr_FR")


def test_days_are_spelled_as_the_locale_data_of_unicode_spell_them() -> None:
    for day in (dt.date(2024, 1, 1) + dt.timedelta(days=number) for number in range(366)):
        long = format_date(day, "d MMMM y", locale="fr_FR")
        expected = ("1ᵉʳ " + long[2:] if day.day == 1 else long).replace(" ", NBSP)
        assert typo.date(day) == expected
        assert typo.date(day, "month") == format_date(day, "MMMM y", locale="fr_FR").replace(" ", NBSP)
        assert typo.date(day, long=False) == format_date(day, "dd/MM/y", locale="fr_FR")


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("12e session", ["e"]),
        ("la 12ᵉ, la 1ʳᵉ, le 1ᵉʳ juin", ["e", "re", "er"]),
        ("du 1er décembre 2024 à la 2e édition", ["er", "e"]),
        ("2024-12-17_article_12e-CNS.md, 0,1e, a12e, 4e-2", []),
        ("", []),
    ],
)
def test_only_the_ends_of_ordinals_are_raised(text: str, raised: list[str]) -> None:
    pieces = typo.raised(text)
    assert [piece for piece, is_raised in pieces if is_raised] == raised
    assert "".join(piece for piece, _ in pieces) == typo.lowered(text)
