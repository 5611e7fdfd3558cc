"""Values that are wrong in a way a table does not show: each kind is set aside, and said once."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from orchestration.services.reception.check import Submission
from quality.facts import is_confirmed
from quality.rows import Expected
from sources.french.numbers import parse_number
from sources.french.periods import parse_period
from sources.french.refusal import Refusal
from sources.reference.roadmap import Reference
from sources.workbook.prefill import Previous

Check = Callable[..., Submission]


def rules(submission: Submission, sheet: str = "Indicateurs") -> list[str]:
    return [issue["rule"] for issue in submission.judgement.issues if issue["sheet"] == sheet]


@pytest.mark.parametrize(
    "comment",
    ["confirmé", "Confirmée.", "CONFIRME", "Valeur confirmée par la DSI", "Hors outre-mer. Confirmé", "bien confirmé"],
)
def test_the_word_confirms(comment: str) -> None:
    assert is_confirmed(comment)


@pytest.mark.parametrize(
    "comment",
    [
        None, "", "non confirmé", "à confirmer", "Valeur à confirmer", "pas encore confirmé", "confirmé ?",
        "sera confirmé",
        "confirmation en attente", "Confirmé par la DSI, à vérifier", "confirmé sous réserve", "infirmé",
        "jamais confirmé",
        "confirmé par personne", "confirmé par la DSI si le périmètre ne change pas", "Confirmé mais provisoire",
        "Chiffre non encore confirmé par la DSI", "Confirmé par erreur", "reste à confirmer",
        "non confirmée (estimation)",
    ],
)  # fmt: skip
def test_nothing_else_does(comment: str | None) -> None:
    assert not is_confirmed(comment)


@pytest.mark.parametrize("comment", ["à confirmer", "Non confirmé", "En attente de confirmation"])
def test_a_value_that_is_to_be_confirmed_stays_set_aside(workbook: Any, check: Check, comment: str) -> None:
    workbook.put("measurement", "IND-1-1-1", value=36_500_000, period="T1 2025", comment=comment)
    assert rules(check(workbook.save())) == ["KPI_UNIT_SLIP"]


def test_a_comment_that_says_to_ignore_the_row_is_heard(workbook: Any, check: Check) -> None:
    workbook.put("measurement", "IND-10-2-2", value=12, period="T1 2025", comment="Ligne à ignorer")
    workbook.put("measurement", "IND-13-2-1", value=12, period="T1 2025", comment="Ne tient pas compte de l’outre-mer")
    submission = check(workbook.save())
    assert rules(submission) == ["KPI_SAID_TO_IGNORE"]
    assert submission.judgement.counts["accepted"] == 1


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2023/T4", "2023-12-31"), ("2024/T3", "2024-09-30"), ("2024 S1", "2024-06-30"), ("2024/S2", "2024-12-31"),
        ("2024.T1", "2024-03-31"), ("2024 (T2)", "2024-06-30"), ("2023/4T", "2023-12-31"), ("2024/Q3", "2024-09-30"),
        ("2024 – 3e trimestre", "2024-09-30"), ("2024/mars", "2024-03-31"), ("2024/2025", "2025-12-31"),
    ],
)  # fmt: skip
def test_a_year_may_come_before_its_part(written: str, code: str) -> None:
    read = parse_period(written, as_of=date(2025, 6, 1))
    assert not isinstance(read, Refusal)
    assert read.end.isoformat() == code
    assert (read.precision == "year") == (written == "2024/2025")


@pytest.mark.parametrize("written", ["2024/T5", "2024/T1-T2", "2024/T3/T4", "2024/S3"])
def test_what_is_no_part_of_a_year_is_no_period(written: str) -> None:
    assert isinstance(parse_period(written, as_of=date(2025, 6, 1)), Refusal)


@pytest.mark.parametrize(
    "written",
    ["140-150", "3-5 %", "10 - 8", "2 000-2 500", "15 -20", "0-5", "entre -5 et 5", "150–140", "5..7", "2020-2025"],
)
def test_the_advice_of_a_range_is_never_a_negative_number(written: str) -> None:
    read = parse_number(written)
    assert isinstance(read, Refusal)
    assert read.code == "range"
    assert "-" not in read.advice.partition("environ")[2]
    assert "−" not in read.advice


@pytest.mark.parametrize("value", [0.86, 0.5, 1, "0,86", "1"])
def test_a_part_of_one_is_no_share_until_confirmed(workbook: Any, check: Check, value: object) -> None:
    workbook.put("measurement", "IND-7-2-2", value=value, period="T1 2025")
    assert rules(check(workbook.save())) == ["KPI_SHARE_BELOW_ONE"]
    workbook.put("measurement", "IND-7-2-2", comment="confirmé")
    submission = check(workbook.save())
    assert rules(submission) == []
    assert submission.judgement.counts["accepted"] == 1


@pytest.mark.parametrize("value", ["0,86 %", "86 %", 86])
def test_a_share_said_in_percent_is_one(workbook: Any, check: Check, value: object) -> None:
    workbook.put("measurement", "IND-7-2-2", value=value, period="T1 2025")
    assert rules(check(workbook.save())) == []


def test_a_count_from_the_start_does_not_fall(workbook: Any, check: Check) -> None:
    """Not below the last session's (4000), nor below an earlier period of the same file."""
    workbook.put("measurement", "IND-4-2-1", value=3500, period="T1 2025")
    assert rules(check(workbook.save())) == ["KPI_CUMULATIVE_FELL"]
    workbook.put("measurement", "IND-4-2-1", value=3500, period="T1 2025", comment="confirmé")
    assert rules(check(workbook.save())) == []
    workbook.put("measurement", "IND-4-2-1", value=4500, period="T1 2025", comment=None)
    workbook.add("measurement", kpi_id="IND-4-2-1", value=4200, period="avril 2025")
    fallen = [issue for issue in check(workbook.save()).judgement.issues if issue["sheet"] == "Indicateurs"]
    assert [(issue["rule"], issue["received"]) for issue in fallen] == [("KPI_CUMULATIVE_FELL", "4200")]
    assert "4\u202f500" in fallen[0]["message"]


@pytest.mark.parametrize("period", ["T1 2024", "2023"])
def test_a_count_of_an_earlier_date_may_be_lower(workbook: Any, check: Check, period: str) -> None:
    workbook.put("measurement", "IND-4-2-1", value=3500, period=period)
    assert "KPI_CUMULATIVE_FELL" not in rules(check(workbook.save()))


@pytest.mark.parametrize(
    ("written", "suggested"),
    [
        ("Terminé", "Atteint"), ("Terminée en mars", "Atteint"), ("fini !", "Atteint"), ("100 %", "Atteint"),
        ("En cours", "En bonne voie"), ("OK", "En bonne voie"), ("ok.", "En bonne voie"), ("Presque fini", None),
        ("En retrad", "En retard"), ("retard de 3 mois", "En retard"), ("Bloqué", "Sans avancée"),
        ("Ateint", "Atteint"),
        ("Non commencé", "À cadrer"), ("pas démarré", "À cadrer"), ("Non terminé", "En bonne voie"),
        ("jamais atteint", None), ("Orange", "À risque"), ("xyz", None),
    ],
)  # fmt: skip
def test_a_status_nearly_right_gets_one_suggestion_and_keeps_its_text(
    workbook: Any, check: Check, written: str, suggested: str | None
) -> None:
    workbook.put("contribution", "4-2", status=written, progress_text="Deux régions ont rejoint le programme.")
    submission = check(workbook.save())
    told = [issue for issue in submission.judgement.issues if issue["sheet"] == "Avancement"]
    assert [issue["rule"] for issue in told] == ["STATUS_UNKNOWN"]
    labels = [
        label
        for label in workbook.schema.lists["declared_status"].values()
        if f"\u00a0{label}\u00a0»" in told[0]["fix"]
    ]
    assert labels == ([suggested] if suggested else [])
    taken = submission.judgement.accepted
    assert [row.facts["progress_text"] for row in taken] == ["Deux régions ont rejoint le programme."]
    assert "status" not in taken[0].facts


def test_a_status_alone_on_its_row_is_set_aside_with_it(workbook: Any, check: Check) -> None:
    workbook.put("contribution", "4-2", status="Terminé")
    submission = check(workbook.save())
    assert (submission.judgement.counts["accepted"], submission.judgement.counts["rejected"]) == (0, 1)


def _history(reference: Reference, kpis: list[str]) -> Previous:
    """Invented last values, each KPI with one of its own size, within its bounds."""
    known = {}
    for rank, kpi_id in enumerate(kpis):
        share = reference.kpis[kpi_id].unit == "%"
        value = 20.0 + rank % 60 if share else 10.0 ** (1 + rank * 7 % 5) * (1 + rank % 7)
        known[kpi_id] = [
            {"value": value, "qualifier": "exact", "period_end": date(2024, 11, 30), "period_precision": "month"}
        ]
    return Previous(kpis=known)


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_a_column_beside_its_rows_is_set_aside_whole(
    workbook: Any, check: Check, reference: Reference, shift: int
) -> None:
    page = workbook.page("measurement")
    first = workbook.schema.header_row + 1
    kpis = [str(cell) for row in range(first, first + 17) if (cell := page.cell(row, 1).value)]
    known = _history(reference, kpis)
    column, period = workbook.column("measurement", "value"), workbook.column("measurement", "period")
    for rank, kpi in enumerate(kpis[1:-1], start=1):
        page.cell(first + rank + shift, column).value = known.kpis[kpi][0]["value"] * 1.02
        page.cell(first + rank, period).value = "T1 2025"
    submission = check(workbook.save(), None, known)
    found = [rule for rule in rules(submission) if rule == "COLUMN_SHIFTED"]
    assert found == (["COLUMN_SHIFTED"] if shift else [])
    if shift:
        assert submission.judgement.counts["accepted"] == 0
        assert rules(submission) == ["COLUMN_SHIFTED"]
        assert ("bas" if shift == 1 else "haut") in submission.judgement.issues[0]["message"]
    else:
        assert submission.judgement.counts["accepted"] > 10


def test_texts_beside_their_rows_are_set_aside_whole(workbook: Any, check: Check) -> None:
    said = {
        "4-2": "Les éditeurs de logiciels ont livré leurs versions conformes au référentiel.",
        "4-3": "Sept établissements pilotes transmettent leurs comptes rendus de biologie.",
        "5-1": "Le comité scientifique a retenu quarante projets de tiers-lieux.",
        "5-2": "Une charte commune encadre désormais les expérimentations hospitalières.",
        "5-3": "Les premiers marchés passés par des centrales ont été notifiés.",
    }
    before = Previous(actions={code: {"texts": {"DNS": text}} for code, text in said.items()})
    rows = [workbook.row("contribution", code) for code in said]
    column = workbook.column("contribution", "progress_text")
    codes = workbook.page("contribution")
    for row, text in zip(rows, said.values(), strict=True):
        codes.cell(row + 1, column).value = f"{text} Trois autres suivent."
    submission = check(workbook.save(), None, before)
    assert rules(submission, "Avancement") == ["COLUMN_SHIFTED"]
    assert submission.judgement.counts["accepted"] == 0


@pytest.mark.parametrize("period", ["d’ici fin 2025", "avant T1 2025", "dès mars 2025", "à l’horizon 2025"])
def test_a_deadline_is_no_period_of_a_measure(workbook: Any, check: Check, period: str) -> None:
    """« avant T1 2025 » would be the quarter before it."""
    workbook.put("measurement", "IND-18-4-1", value=320, period=period)
    assert [issue["rule"] for issue in check(workbook.save()).judgement.issues] == ["KPI_PERIOD_NOT_READ"]


@pytest.mark.parametrize("actual", ["d’ici mars 2025", "avant T1 2025", "à partir de mars 2025"])
def test_a_deadline_is_no_date_of_what_is_done(workbook: Any, check: Check, actual: str) -> None:
    workbook.put("milestone", "2-4.1", status="Atteint", actual_on=actual, evidence="décret n° 2024-66")
    assert [issue["rule"] for issue in check(workbook.save()).judgement.issues] == ["ACTUAL_NOT_A_DATE"]


@pytest.mark.parametrize(
    ("typed", "has_suggestion"),
    [
        ("Atteint ?", True),
        ("En retard…", True),
        ("Atteint*", True),
        ("Atteint à 80 %", False),
        ("Atteint (partiel)", False),
    ],
)
def test_a_status_in_doubt_is_not_taken(workbook: Any, check: Check, typed: str, has_suggestion: bool) -> None:
    workbook.put("contribution", "5-2", status=typed)
    [issue] = check(workbook.save()).judgement.issues
    assert (issue["rule"], "si c’est bien cela" in issue["fix"]) == ("STATUS_UNKNOWN", has_suggestion)


def test_a_name_that_says_no_partner_is_not_another_partners(workbook: Any, check: Check) -> None:
    del workbook.book["_jalon"]
    workbook.put("contribution", "5-2", status="En retard")
    for name, words in (("CNS-13_DNS_CNAM.xlsx", "ne dit pas"), ("CNS-13_ANS.xlsx", "d’un autre partenaire")):
        issue = check(workbook.save(name), Expected(partner_code="DNS")).judgement.issues[-1]
        assert issue["rule"] == "FILE_WRONG_PARTNER"
        assert words in issue["message"]
