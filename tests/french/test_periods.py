"""French periods and deadlines: what was stated is kept with its precision, and never an invented day."""

from datetime import date

import pytest

from sources.french.periods import (
    Period,
    find_periods,
    parse_period,
    period_of_date,
)
from sources.french.refusal import Refusal
from sources.french.typography import short_date

AS_OF = date(2024, 12, 17)

READ = [
    ("1er trim. 2025", "2025-01-01", "2025-03-31", "quarter"),
    ("2025-03-31 00:00:00", "2025-03-31", "2025-03-31", "day"),
    ("2024-12-31T00:00:00", "2024-12-31", "2024-12-31", "day"),
    ("T1 et T2 2024", "2024-01-01", "2024-06-30", "semester"),
    # text, first day, last day, precision
    ("décembre 2024 à ce jour", "2024-12-01", "2024-12-17", "month"),
    ("2024 à date", "2024-01-01", "2024-12-17", "year"),
    ("novembre 2024 à ce jour", "2024-11-01", "2024-11-30", "month"),
    ("T2 2025", "2025-04-01", "2025-06-30", "quarter"),
    ("t2 2025", "2025-04-01", "2025-06-30", "quarter"),
    ("T2-2025", "2025-04-01", "2025-06-30", "quarter"),
    ("T2\u00a02025", "2025-04-01", "2025-06-30", "quarter"),
    ("2025-T2", "2025-04-01", "2025-06-30", "quarter"),
    ("2T2025", "2025-04-01", "2025-06-30", "quarter"),
    ("T1 25", "2025-01-01", "2025-03-31", "quarter"),
    ("Q3 2024", "2024-07-01", "2024-09-30", "quarter"),
    ("2e trimestre 2025", "2025-04-01", "2025-06-30", "quarter"),
    ("2ème trimestre 2025", "2025-04-01", "2025-06-30", "quarter"),
    ("deuxième trimestre de 2025", "2025-04-01", "2025-06-30", "quarter"),
    ("dès le deuxième trimestre 2024", "2024-04-01", "2024-06-30", "quarter"),
    ("premier trimestre de l’année 2025", "2025-01-01", "2025-03-31", "quarter"),
    ("dernier trimestre 2024", "2024-10-01", "2024-12-31", "quarter"),
    ("fin T1 2025", "2025-01-01", "2025-03-31", "quarter"),
    ("pour la fin T1 2025", "2025-01-01", "2025-03-31", "quarter"),
    ("Fin du premier trimestre 2025", "2025-01-01", "2025-03-31", "quarter"),
    ("de janvier à mars 2025", "2025-01-01", "2025-03-31", "quarter"),
    ("S1 2025", "2025-01-01", "2025-06-30", "semester"),
    ("S2-2024", "2024-07-01", "2024-12-31", "semester"),
    ("2024 S2", "2024-07-01", "2024-12-31", "semester"),
    ("au 1er semestre 2024", "2024-01-01", "2024-06-30", "semester"),
    ("au cours du premier semestre 2025", "2025-01-01", "2025-06-30", "semester"),
    ("mi-2024", "2024-01-01", "2024-06-30", "semester"),
    ("dès la mi-2024", "2024-01-01", "2024-06-30", "semester"),
    ("début 2025", "2025-01-01", "2025-06-30", "semester"),
    ("automne 2024", "2024-07-01", "2024-12-31", "semester"),
    ("fin mars 2025", "2025-03-01", "2025-03-31", "month"),
    ("à fin octobre 2024", "2024-10-01", "2024-10-31", "month"),
    ("novembre 2024", "2024-11-01", "2024-11-30", "month"),
    ("NOVEMBRE 2024", "2024-11-01", "2024-11-30", "month"),
    ("nov. 2024", "2024-11-01", "2024-11-30", "month"),
    ("nov-24", "2024-11-01", "2024-11-30", "month"),
    ("Février 2024", "2024-02-01", "2024-02-29", "month"),
    ("fevrier 2024", "2024-02-01", "2024-02-29", "month"),
    ("août 2024", "2024-08-01", "2024-08-31", "month"),
    ("au mois d’octobre 2024", "2024-10-01", "2024-10-31", "month"),
    ("début décembre 2024", "2024-12-01", "2024-12-31", "month"),
    ("mi-décembre 2024", "2024-12-01", "2024-12-31", "month"),
    ("données à fin mars 2025", "2025-03-01", "2025-03-31", "month"),
    ("03/2025", "2025-03-01", "2025-03-31", "month"),
    ("2025-03", "2025-03-01", "2025-03-31", "month"),
    ("dès mai 2023", "2023-05-01", "2023-05-31", "month"),
    ("avant mars 2025", "2025-02-01", "2025-02-28", "month"),
    ("rentrée 2024", "2024-09-01", "2024-09-30", "month"),
    ("janvier à octobre 2024", "2024-01-01", "2024-10-31", "month"),
    ("fin mars", "2024-03-01", "2024-03-31", "month"),
    ("en octobre", "2024-10-01", "2024-10-31", "month"),
    ("depuis janvier 2024", "2024-01-01", "2024-12-17", "month"),
    ("2024", "2024-01-01", "2024-12-31", "year"),
    ("en 2024", "2024-01-01", "2024-12-31", "year"),
    ("fin 2024", "2024-01-01", "2024-12-31", "year"),
    ("fin d’année 2024", "2024-01-01", "2024-12-31", "year"),
    ("courant 2024", "2024-01-01", "2024-12-31", "year"),
    ("d’ici 2026", "2026-01-01", "2026-12-31", "year"),
    ("d'ici fin 2026", "2026-01-01", "2026-12-31", "year"),
    ("d’ici à 2026", "2026-01-01", "2026-12-31", "year"),
    ("avant 2027", "2026-01-01", "2026-12-31", "year"),
    ("avant fin 2027", "2027-01-01", "2027-12-31", "year"),
    ("au plus tard en 2027", "2027-01-01", "2027-12-31", "year"),
    ("à partir de 2025", "2025-01-01", "2025-12-31", "year"),
    ("2023-2024", "2023-01-01", "2024-12-31", "year"),
    ("31/12/2024", "2024-12-31", "2024-12-31", "day"),
    ("31.12.2024", "2024-12-31", "2024-12-31", "day"),
    ("31-12-2024", "2024-12-31", "2024-12-31", "day"),
    ("31/12/24", "2024-12-31", "2024-12-31", "day"),
    ("2024-12-31", "2024-12-31", "2024-12-31", "day"),
    ("1er janvier 2025", "2025-01-01", "2025-01-01", "day"),
    ("jeudi 3 avril 2025", "2025-04-03", "2025-04-03", "day"),
    ("au 17 décembre 2024", "2024-12-17", "2024-12-17", "day"),
    ("avant le 31 décembre 2024", "2024-12-31", "2024-12-31", "day"),
    ("29/02/2024", "2024-02-29", "2024-02-29", "day"),
    ("du 01/12/2022 au 31/12/2024", "2022-12-01", "2024-12-31", "day"),
]

REFUSED = [
    ("T1 2023 et T1 2024", "ambiguous"),
    ("31/12/2022 et 31/12/2023", "ambiguous"),
    ("31/12/2023 12:30", "not_a_period"),
    ("", "empty"),
    ("\u202f", "empty"),
    ("bonjour", "not_a_period"),
    ("12 2024", "not_a_period"),
    ("fin 2o24", "not_a_period"),
    ("prochainement", "relative"),
    ("en cours", "relative"),
    ("dans deux mois", "relative"),
    ("d’ici 2 ans", "relative"),
    ("janvier 2025 à ce jour", "impossible"),
    ("T5 2025", "impossible"),
    ("S3 2025", "impossible"),
    ("13/2024", "impossible"),
    ("31/02/2025", "impossible"),
    ("12/31/2024", "impossible"),
    ("29/02/2023", "impossible"),
    ("été 2024", "ambiguous"),
    ("dernier trimestre", "ambiguous"),
    ("S12 2025", "week"),
    ("semaine 12 2025", "week"),
    ("45657", "serial"),
    ("mars 2025 à janvier 2025", "reversed"),
    ("depuis 2030", "reversed"),
]


@pytest.mark.parametrize(("text", "start", "end", "precision"), READ)
def test_a_period_people_write_is_read_with_its_precision(text: str, start: str, end: str, precision: str) -> None:
    read = parse_period(text, as_of=AS_OF)
    assert isinstance(read, Period), read
    assert (read.start, read.end, read.precision) == (date.fromisoformat(start), date.fromisoformat(end), precision)


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_what_says_no_period_is_refused_with_advice(text: str, code: str) -> None:
    read = parse_period(text, as_of=AS_OF)
    assert isinstance(read, Refusal), read
    assert read.code == code
    assert read.advice.endswith((".", "?"))


@pytest.mark.parametrize(
    ("text", "on", "precision"),
    [  # the examples of the domain's rules on dates
        ("fin 2026", "2026-12-31", "year"),
        ("d’ici 2026", "2026-12-31", "year"),
        ("T1 2024", "2024-03-31", "quarter"),
        ("S1 2024", "2024-06-30", "semester"),
        ("mi-2024", "2024-06-30", "semester"),
        ("juin 2026", "2026-06-30", "month"),
        ("dès 2024", "2024-12-31", "year"),
        ("courant 2024", "2024-12-31", "year"),
        ("mars", "2025-03-31", "month"),
        ("31 janvier", "2025-01-31", "day"),
    ],
)
def test_a_deadline_is_the_last_day_of_what_was_said(text: str, on: str, precision: str) -> None:
    read = parse_period(text, as_of=AS_OF, ahead=True)
    assert isinstance(read, Period), read
    assert (read.end, read.precision) == (date.fromisoformat(on), precision)


@pytest.mark.parametrize(
    ("text", "reading"), [("fin mars", "year_assumed"), ("31/12/24", "short_year"), ("depuis 2019", "since")]
)
def test_a_choice_made_while_reading_is_told(text: str, reading: str) -> None:
    read = parse_period(text, as_of=AS_OF)
    assert isinstance(read, Period)
    assert reading in read.readings


@pytest.mark.parametrize(
    ("number_format", "precision"),
    [("dd/mm/yyyy", "day"), ("", "day"), ("mmm-yy", "month"), ("yyyy", "year"), ('[$-40C]mmmm" "yyyy', "month")],
)
def test_a_date_cell_is_no_more_precise_than_it_looks(number_format: str, precision: str) -> None:
    assert period_of_date(date(2025, 3, 1), number_format).precision == precision


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("plus de 390 000 questionnaires depuis janvier 2024", [("since", "2024-01-01", "2024-12-17")]),
        ("250 fin 2023, 400 fin 2026", [("at", "2023-01-01", "2023-12-31"), ("at", "2026-01-01", "2026-12-31")]),
        ("lancer dès le deuxième trimestre 2024 le portail", [("from", "2024-04-01", "2024-06-30")]),
        ("d’ici fin 2026, gagner 6 mois", [("until", "2026-01-01", "2026-12-31")]),
        ("la feuille de route Ma santé 2022", []),
        ("le programme France 2030", []),
        ("HOP’EN 2 et la vague 2", []),
        ("mai et mars", []),
    ],
)  # fmt: skip
def test_periods_are_found_inside_a_sentence(text: str, found: list[tuple[str, str, str]]) -> None:
    assert [
        (p.role, p.period.start.isoformat(), p.period.end.isoformat()) for p in find_periods(text, as_of=AS_OF)
    ] == found


@pytest.mark.parametrize(
    ("end", "precision", "said"),
    [
        (date(2026, 12, 31), "year", "2026"),
        (date(2024, 6, 30), "semester", "S1\u00a02024"),
        (date(2024, 12, 31), "semester", "S2\u00a02024"),
        (date(2024, 3, 31), "quarter", "T1\u00a02024"),
        (date(2024, 12, 31), "quarter", "T4\u00a02024"),
        (date(2026, 6, 30), "month", "juin\u00a02026"),
        (date(2024, 12, 17), "day", "17/12/2024"),
    ],
)
def test_a_date_is_said_no_more_precisely_than_it_is_known(end: date, precision: str, said: str) -> None:
    assert short_date(end, precision) == said
    read = parse_period(said, as_of=AS_OF)
    assert isinstance(read, Period)
    assert (read.end, read.precision) == (end, precision)
