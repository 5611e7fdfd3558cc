"""Reminders name what is missing, each in its own tone; a partner that owes nothing is left alone."""

import datetime as dt
import re
import shutil
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from exports.marts import Completeness, MartsError, PartnerItem, SessionMarts
from exports.reminders import KINDS, Kind, compose, day_of, kind_on, late_list_of, reminders_of
from orchestration.cli import main
from orchestration.services.warehouse.database import note_build

NBSP = "\u00a0"
REMINDERS: tuple[Kind, ...] = ("J-30", "J-7", "J-1", "J+1")


def changed(marts: SessionMarts, **values: object) -> SessionMarts:
    """The marts with ALPHA's line of the board changed."""
    rows = tuple(
        replace(row, **values) if row.partner_code == "ALPHA" else row  # type: ignore[arg-type]
        for row in marts.completeness
    )
    return replace(marts, completeness=rows)


def done(marts: SessionMarts) -> SessionMarts:
    """Everything received and validated."""
    items = tuple(replace(item, is_received=True, is_to_correct=False, is_validated=True) for item in marts.items)
    settled = changed(marts, items_missing=0, items_to_correct=0, items_received=4, items_validated=4)
    return replace(settled, items=items)


@pytest.mark.parametrize("kind", REMINDERS)
def test_a_reminder_names_exactly_what_is_missing(marts: SessionMarts, kind: Kind) -> None:
    (reminder,) = reminders_of(marts, kind)
    assert reminder.partner_code == "ALPHA"
    assert [item.item_code for item in reminder.missing] == ["3-2"]
    assert [item.item_code for item in reminder.to_correct] == ["IND-1-2-1"]
    listed = re.findall(r"^- (\S+) – (.+)$", reminder.body, re.MULTILINE)
    assert listed == [("3-2", "Action non renseignée"), ("IND-1-2-1", "Établissements équipés")]
    assert f"10{NBSP}décembre{NBSP}2024" in reminder.body
    assert f"«{NBSP}ALPHA{NBSP}»" in reminder.body
    assert "CNS-12_ALPHA.xlsx" in reminder.body
    # one thing to correct is no item of its own: it is told too, or the counts would not add up
    assert f"1{NBSP}point de votre dernier dépôt" in reminder.body


def test_each_reminder_has_its_own_words(marts: SessionMarts) -> None:
    texts = [reminders_of(marts, kind)[0] for kind in REMINDERS]
    assert len({text.subject for text in texts}) == len(texts)
    assert len({text.body.split("\n\n")[1] for text in texts}) == len(texts)
    assert len({text.body.split("\n\n")[-1] for text in texts}) == len(texts)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"submission_count": 0, "items_received": 0, "last_received_at": None, "last_verdict": None},
            "encore rien reçu",
        ),
        ({"last_verdict": "rejected", "accepted": 0, "rejected": 0}, "n’a pas pu être lu"),
        ({"items_to_correct": 0}, f"2{NBSP}points validés sur 4."),
        ({}, f"2{NBSP}points à corriger"),
    ],
)
def test_a_reminder_says_where_the_partner_stands(marts: SessionMarts, values: dict[str, object], said: str) -> None:
    assert said in reminders_of(changed(marts, **values), "J-7")[0].body


def test_the_day_a_drop_came_is_the_day_in_paris(marts: SessionMarts) -> None:
    """23:30 UTC on the 9th is the 10th for the partner, who was on time."""
    assert f"votre dépôt du 10{NBSP}décembre{NBSP}2024" in reminders_of(marts, "J-1")[0].body


@pytest.mark.parametrize("kind", REMINDERS)
def test_nobody_is_reminded_of_what_was_validated(marts: SessionMarts, kind: Kind) -> None:
    assert reminders_of(done(marts), kind) == ()


def test_every_partner_of_an_action_is_invited_with_its_workbook(marts: SessionMarts) -> None:
    alpha, beta = reminders_of(marts, "J-60")
    assert f"2{NBSP}actions pilotées, 1{NBSP}jalon et 1{NBSP}indicateur" in alpha.body
    assert f"9{NBSP}actions en appui" in beta.body
    assert "CNS-12_BETA.xlsx" in beta.body
    assert (alpha.missing, alpha.to_correct) == ((), ())


def test_the_late_list_says_who_and_how_much(marts: SessionMarts) -> None:
    late = late_list_of(marts)
    assert late.partners == ("ALPHA",)
    assert f"- ALPHA{NBSP}: attendu 4, reçu 3 (à l’heure), à corriger 2, validé 2, manquant 1" in late.body
    everyone = late_list_of(done(marts))
    assert everyone.partners == ()
    assert "sont reçues et validées" in everyone.body


@pytest.mark.parametrize("kind", KINDS)
def test_texts_have_french_typography_and_no_blank_left(marts: SessionMarts, kind: Kind) -> None:
    letters = [f"{text.subject}\n{text.body}" for text in reminders_of(marts, kind)]
    late = late_list_of(marts)
    for letter in [*letters, f"{late.subject}\n{late.body}"]:
        assert "${" not in letter
        assert not re.search(r"(?<![\u00a0\w/]) ?[;:!?»]", letter.replace("https:", "")), letter
        assert not re.search(r"«[^\u00a0]| [;:!?»]|'", letter), letter
        assert "\n\n\n" not in letter


def test_a_reminder_missed_on_its_day_is_the_next_looks() -> None:
    due_on = dt.date(2025, 6, 10)
    assert [day_of(kind, due_on) for kind in KINDS] == [
        dt.date(2025, 4, 11),
        dt.date(2025, 5, 11),
        dt.date(2025, 6, 3),
        dt.date(2025, 6, 9),
        dt.date(2025, 6, 11),
    ]
    assert kind_on(dt.date(2025, 4, 10), due_on) is None
    assert kind_on(dt.date(2025, 6, 4), due_on) == "J-7"
    assert kind_on(dt.date(2025, 6, 10), due_on) == "J-1"
    assert kind_on(dt.date(2025, 7, 1), due_on) == "J+1"


def test_a_session_without_a_due_day_is_said(marts: SessionMarts) -> None:
    undated = replace(marts, session=replace(marts.session, contributions_due_on=None))
    with pytest.raises(MartsError, match="contributions_due_on"):
        reminders_of(undated, "J-7")


def test_the_same_is_read_from_the_file(marts_path: Path, marts: SessionMarts) -> None:
    assert compose(marts_path, "CNS-12", "J-7") == reminders_of(marts, "J-7")


def test_items_come_in_the_roadmaps_order(marts: SessionMarts) -> None:
    board = next(row for row in marts.completeness if row.partner_code == "ALPHA")
    assert isinstance(board, Completeness)
    codes = ["1-1", "1-2", "2-1", "3-1"]
    items = tuple(
        PartnerItem("CNS-12", "ALPHA", "action", code, "Titre", code, False, False, False, False) for code in codes
    )
    (reminder,) = reminders_of(replace(marts, items=items), "J-30")
    assert [item.item_code for item in reminder.missing] == codes


def test_the_command_writes_the_texts_due_on_a_day_and_takes_back_those_no_longer_owed(
    marts_path: Path, tmp_path: Path
) -> None:
    shutil.copy(marts_path, tmp_path / "jalon.duckdb")
    with duckdb.connect(tmp_path / "jalon.duckdb") as connection:
        note_build(connection, "fictional")
    folder = tmp_path / "reminders" / "CNS-12" / "J+1"
    folder.mkdir(parents=True)
    (folder / "BETA.txt").write_text("owed yesterday")

    def remind(day: str) -> list[str]:
        done = CliRunner().invoke(main, ["remind", "--session", "CNS-12", "--on", day, "--home", str(tmp_path)])
        assert done.exit_code == 0, done.output
        return [Path(line).name for line in done.stdout.splitlines()]

    assert remind("2024-12-20") == ["ALPHA.txt", "liste-des-retards.txt"]
    assert sorted(path.name for path in folder.iterdir()) == ["ALPHA.txt", "liste-des-retards.txt"]
    assert (folder / "ALPHA.txt").read_text(encoding="utf-8").startswith(f"Objet{NBSP}: CNS-12 – ALPHA")
    assert remind("2024-01-01") == []
