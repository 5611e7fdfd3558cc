"""French numbers as partners type them: each line is a writing met or feared, and what must be made of it."""

import pytest

from sources.french.numbers import Quantity, find_numbers, parse_number
from sources.french.refusal import Refusal
from sources.french.typography import figure

READ = [
    # text, value, qualifier, unit
    ("12", 12, "exact", None),
    ("0", 0, "exact", None),
    ("007", 7, "exact", None),
    ("1 234", 1234, "exact", None),
    ("1 234,5", 1234.5, "exact", None),
    ("1\u00a0234,5", 1234.5, "exact", None),
    ("1\u202f234,5", 1234.5, "exact", None),
    ("1\u2009234\u2009567", 1234567, "exact", None),
    ("  42  ", 42, "exact", None),
    ("\ufeff4\u200b2\u00ad", 42, "exact", None),  # characters that nobody sees
    ("'42", 42, "exact", None),  # the mark that makes a text of it in Excel
    ("42\n", 42, "exact", None),
    ("１２", 12, "exact", None),
    ("12,0", 12, "exact", None),
    ("0,125", 0.125, "exact", None),
    ("32.000", 32000, "exact", None),
    ("1.234.567", 1234567, "exact", None),
    ("32.5", 32.5, "exact", None),
    ("1.234,5", 1234.5, "exact", None),
    ("1,234.5", 1234.5, "exact", None),
    ("1,234,567", 1234567, "exact", None),
    ("1’234", 1234, "exact", None),
    ("-5", -5, "exact", None),
    ("\u22125", -5, "exact", None),
    ("- 5", -5, "exact", None),
    ("1E+06", 1_000_000, "exact", None),
    ("12 %", 12, "exact", "%"),
    ("12%", 12, "exact", "%"),
    ("12,5\u202f%", 12.5, "exact", "%"),
    ("98,125 %", 98.125, "exact", "%"),
    ("12 pour cent", 12, "exact", "%"),
    ("100 p. 100", 100, "exact", "%"),
    ("3,2 M", 3_200_000, "exact", None),
    ("3,2M", 3_200_000, "exact", None),
    ("3,2 millions", 3_200_000, "exact", None),
    ("30 millions de documents", 30_000_000, "exact", "documents"),
    ("1 million d’élèves", 1_000_000, "exact", "élèves"),
    ("un million", 1_000_000, "exact", None),
    ("un million de patients", 1_000_000, "exact", "patients"),
    ("2,5 Md€", 2_500_000_000, "exact", "€"),
    ("2,5 milliards d’euros", 2_500_000_000, "exact", "€"),
    ("65 M€", 65_000_000, "exact", "€"),
    ("45 k€", 45_000, "exact", "€"),
    ("5k", 5000, "exact", None),
    ("12 milliers", 12_000, "exact", None),
    ("350 €", 350, "exact", "€"),
    ("37 applications", 37, "exact", "applications"),
    ("8 500 officines équipées", 8500, "exact", "officines équipées"),
    ("environ 400", 400, "approx", None),
    ("Environ 400", 400, "approx", None),
    ("env. 400", 400, "approx", None),
    ("~400", 400, "approx", None),
    ("≈ 400", 400, "approx", None),
    ("400 environ", 400, "approx", None),
    ("près de 2350", 2350, "approx", None),
    ("près d’1 million", 1_000_000, "approx", None),
    ("de l’ordre de 15 %", 15, "approx", "%"),
    ("quelque 300", 300, "approx", None),
    ("une trentaine", 30, "approx", None),
    ("Une trentaine d’officines", 30, "approx", "officines"),
    ("une centaine de milliers", 100_000, "approx", None),
    ("un millier", 1000, "approx", None),
    ("plus d’une centaine", 100, "at_least", None),
    ("plus de 2 200", 2200, "at_least", None),
    ("plus de 30 000 médecins", 30_000, "at_least", "médecins"),
    ("+ de 500", 500, "at_least", None),
    ("au moins 90 %", 90, "at_least", "%"),
    ("≥ 3", 3, "at_least", None),
    (">= 3", 3, "at_least", None),
    ("> 3", 3, "at_least", None),
    ("300 ou plus", 300, "at_least", None),
    ("2 200+", 2200, "at_least", None),
    ("moins de 50", 50, "at_most", None),
    ("au plus 12", 12, "at_most", None),
    ("≤ 12", 12, "at_most", None),
    ("12 maximum", 12, "at_most", None),
    ("1 234.", 1234, "exact", None),
]

REFUSED = [
    # text, refusal code
    ("", "empty"),
    ("   ", "empty"),
    ("\u00a0", "empty"),
    ("douze", "in_words"),
    ("trois millions", "in_words"),
    ("beaucoup", "not_a_number"),
    ("n.d.", "not_a_number"),
    ("-", "not_a_number"),
    ("?", "not_a_number"),
    ("k", "not_a_number"),
    ("nan", "not_a_number"),
    ("inf", "not_a_number"),
    ("1O0", "several_numbers"),
    # a change and not a level: « +12 % » was taken for 12 %
    ("+5", "evolution"),
    ("+12 %", "evolution"),
    ("+ 1 936", "evolution"),
    ("12 % de plus", "evolution"),
    ("hausse de 12 %", "evolution"),
    ("12 points", "evolution"),
    ("×3", "evolution"),
    ("1 200 supplémentaires", "evolution"),
    # calls of notes: « 8¹ % » was taken for 81 %
    ("8¹ %", "raised"),
    ("8 %²", "raised"),
    ("10⁶", "raised"),
    ("12ᵃ", "raised"),
    ("10-12", "range"),
    ("10 – 12", "range"),
    ("10 à 12", "range"),
    ("de 10 à 12", "range"),
    ("entre 10 et 12", "range"),
    ("entre 10 et 12 %", "range"),
    ("de 3,5 à 4 M", "range"),
    ("10 % à 12 %", "range"),
    ("2/3", "ratio"),
    ("369 / 1 134", "ratio"),
    ("12 sur 100", "ratio"),
    ("1,234", "ambiguous"),
    ("12,500", "ambiguous"),
    ("12 34", "several_numbers"),
    ("1 23 456", "several_numbers"),
    ("1 2345", "several_numbers"),
    ("12 puis 14", "several_numbers"),
    ("400\n500", "several_numbers"),  # two lines of a cell, not 400 500
    ("12\t345", "several_numbers"),
    ("37 (dont 3 pilotes)", "several_numbers"),
    ("12,5,3", "several_numbers"),
    ("1½", "several_numbers"),
    ("31/12/2024", "looks_like_date"),
    ("2024-12-31", "looks_like_date"),
    ("12/2024", "looks_like_date"),
    ("=A1+B1", "not_a_number"),
    ("<script>", "not_a_number"),
    ("#REF!", "not_a_number"),
]


@pytest.mark.parametrize(("text", "value", "qualifier", "unit"), READ)
def test_a_writing_people_use_is_read(text: str, value: float, qualifier: str, unit: str | None) -> None:
    read = parse_number(text)
    assert isinstance(read, Quantity), read
    assert (read.value, read.qualifier, read.unit_hint) == (pytest.approx(value, rel=1e-12), qualifier, unit)


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_what_is_no_single_number_is_refused_with_advice(text: str, code: str) -> None:
    read = parse_number(text)
    assert isinstance(read, Refusal), read
    assert read.code == code
    assert read.advice.endswith(".")
    assert " :" not in read.advice, "French spacing wants a no-break space before a colon"


@pytest.mark.parametrize(
    ("text", "reading"),
    [("32.000", "thousands_dot"), ("32.5", "decimal_point"), ("1,234.5", "english_style")],
)
def test_an_unusual_writing_is_told(text: str, reading: str) -> None:
    read = parse_number(text)
    assert isinstance(read, Quantity)
    assert reading in read.readings


def test_a_number_in_words_is_given_back_in_digits() -> None:
    read = parse_number("douze")
    assert isinstance(read, Refusal)
    assert "12" in read.advice


def test_decimals_are_not_lost_to_binary_floats() -> None:
    read = parse_number("1,1 M")
    assert isinstance(read, Quantity)
    assert read.value == 1_100_000.0


@pytest.mark.parametrize(
    ("text", "instead"),
    [("140 à 150", "environ 145"), ("10 % à 12 %", "environ 11\u202f%"), ("de 3,5 à 4 M", "environ 11")],
)
def test_a_range_is_refused_with_what_could_stand_for_it(text: str, instead: str) -> None:
    read = parse_number(text)
    assert isinstance(read, Refusal)
    assert f"«\u00a0{instead}\u00a0»" in read.advice


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("plus de 30 millions, soit +360 millions par an", [(30e6, "at_least"), (360e6, "exact")]),
        ("près de 32.000 médecins et 10.000 officines", [(32000, "approx"), (10000, "exact")]),
        ("une trentaine d’officines, 29% des médecins", [(30, "approx"), (29, "exact")]),
        ("à hauteur de 65 M€, est financé", [(65e6, "exact")]),
        ("moins de 50 début 2021", [(50, "at_most"), (2021, "exact")]),
        ("rien du tout", []),
        ("la vague2 et HOP’EN", []),
    ],
)
def test_figures_are_found_inside_a_sentence(text: str, found: list[tuple[float, str]]) -> None:
    assert [(n.quantity.value, n.quantity.qualifier) for n in find_numbers(text)] == found


def test_positions_are_those_of_the_text_given() -> None:
    text = "Le taux (\u22122,5 %) baisse"
    [number] = find_numbers(text)
    assert text[number.start : number.end] == "\u22122,5 %"
    assert number.quantity.value == -2.5


@pytest.mark.parametrize(
    ("value", "unit", "qualifier", "said"),
    [
        (1234.5, "", "exact", "1\u202f234,5"),
        (12.0, "%", "exact", "12\u202f%"),
        (2200.0, "médecin", "at_least", "au\u00a0moins 2\u202f200"),
        (0.0, "", "approx", "environ 0"),
    ],
)
def test_a_value_is_said_the_french_way(value: float, unit: str, qualifier: str, said: str) -> None:
    assert figure(value, unit, qualifier) == said


@pytest.mark.parametrize(("text", "value", "qualifier", "unit"), READ)
def test_what_is_said_is_read_back(text: str, value: float, qualifier: str, unit: str | None) -> None:
    del text
    read = parse_number(figure(float(value), unit if unit in {"%", "€"} else "", qualifier))
    assert isinstance(read, Quantity)
    assert (read.value, read.qualifier) == (pytest.approx(value), qualifier)


@pytest.mark.parametrize(
    ("text", "advised"),
    [
        ("10-20", "environ 15"),
        ("10–20 %", "environ 15"),
        ("140 à 150", "environ 145"),
        ("entre 2 et 4", "environ 3"),
        ("20-10", "environ 11"),
        ("5 - 12", "environ 8,5"),
    ],
)
def test_the_advice_for_a_range_is_never_negative(text: str, advised: str) -> None:
    """« 10-20 » was advised as « environ -5 »: the dash was read as a sign."""
    read = parse_number(text)
    assert isinstance(read, Refusal)
    assert read.code == "range"
    assert advised in read.advice.replace("\u00a0", " ")
    assert "-" not in read.advice


@pytest.mark.parametrize(("text", "value"), [("+ de 2 200", 2200), ("2 200 +", 2200), ("plus de 5", 5)])
def test_a_qualifier_is_no_change(text: str, value: float) -> None:
    read = parse_number(text)
    assert isinstance(read, Quantity)
    assert (read.value, read.qualifier != "exact") == (value, True)
