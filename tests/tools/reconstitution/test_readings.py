"""The shipped readings: complete, at the line they name, and nothing read where a text gives nothing to read."""

import csv
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sources.reference.roadmap import Reference
from sources.review import read_review
from tools.reconstitution.published import FOLDER, PublishedError
from tools.reconstitution.readings import GROUNDS, UNREAD_COLUMNS, write_readings

ROLE = "Équipe Jalon, reprise de l’historique"
SOURCES = {"CNS-12": "000_*.txt", "CNS-13": "002_*.txt"}
# What the lines of each reading have to say: the words it rests on, as they are published.
RESTS_ON = {
    "1-3.3": "intègre les nouvelles recommandations",
    "1-4.1": "intègrent des renvois",
    "2-1.1": "personnaliser les parcours sont en cours",
    "2-3.1": "en 2025",
    "3-2.1": "toujours en cours d'analyse",
    "3-3.1": "Initiation des réflexions",
    "4-2.1": "pas encore d'identification d'un lauréat",
    "4-3.1": "Le cadre législatif doit évoluer",
    "4-3.2": "sont prêtes",
    "5-2.1": "lancé en octobre 2024",
    "5-2.2": "plans d'actions des deux grands défis ont été publiés",
    "5-2.3": "comités d'experts est actuellement en cours",
    "5-3.1": "posant les fondations",
    "5-5.1": "publiées en février 2024",
    "6-2.1": "janvier 2025",
    "6-3.1": "ont été initiés",
    "7-2.1": "phase lancée à l'automne 2024",
    "8-2.1": "premiers ateliers",
    "8-3.1": "intégreront",
    "8-3.5": "INSi",
    "8-3.6": "Ordonnance numérique",
    "8-5.1": "phase alpha",
    "9-2.1": "accessibles par ProSantéConnect",
    "9-2.2": "constitue la cible d’alimentation",
    "9-3.1": "début 2025",
    "10-1.1": "selon le référentiel de compétences",
    "10-2.1": "une action en cours sur la formation continue",
    "11-2.1": "Premier partenariat",
    "11-3.1": "à compter de 2025",
    "11-3.3": "à compter de 2025",
    "12-3.1": "modifiant les exigences",
    "14-1.2": "est prévue en 2025",
    "14-2.1": "pour améliorer les taux de qualification",
    "15-1.1": "Phase opérationnelle",
    "15-3.1": "exercice annuel en cours de publication",
    "15-5.2": "d'ici 2027",
    "15-6.1": "premier semestre 2025",
    "16-2.1": "à partir de 2025",
    "16-3.1": "Rédaction initiale du décret",
    "16-5.1": "Maturin-ESMS a été configuré",
    "16-5.2": "Les travaux de consolidation des indicateurs se poursuivent",
    "16-5.4": "Maturin-H",
    "17-2.1": "30 janvier 2024",
    "18-3.1": "cinq cas d'usage",
    "1-2.1": "Depuis mai 2023",
}
# The actions that nothing can grade at CNS-12: links that wait for the DNS, traps, texts on another subject, silence.
GREY = {
    "waits_for_decision": {"2-2", "12-1", "12-2", "12-3", "18-2"},
    "not_comparable": {"4-1", "5-6", "6-1", "11-1", "13-2"},
    "other_subject": {"2-4", "5-4", "7-1"},
    "silent": {"1-2", "1-3", "15-4"},
}


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def read() -> list[dict[str, str]]:
    return _rows("readings.csv")


@pytest.fixture(scope="module")
def unread() -> dict[str, dict[str, str]]:
    return {row["commitment_id"]: row for row in _rows("unread.csv")}


@pytest.fixture(scope="module")
def shipped(inbox: Path) -> dict[str, Any]:
    found = [read_review(path) for path in sorted((inbox / "decisions").glob("*_lectures.xlsx"))]
    return {reading.session_code: reading for reading in found}


def test_every_commitment_is_read_or_says_why_not(
    read: list[dict[str, str]], unread: dict[str, dict[str, str]], reference: Reference
) -> None:
    told = {row["commitment_id"] for row in read if row["session_code"] == "CNS-12"}
    assert told | set(unread) == set(reference.commitments)
    assert not told & set(unread)
    assert {tuple(row) for row in unread.values()} == {UNREAD_COLUMNS}
    assert {row["ground"] for row in unread.values()} <= GROUNDS
    assert all(row["why"] and row["place"] for row in unread.values())


def test_what_is_shipped_is_what_the_rows_say(read: list[dict[str, str]], shipped: dict[str, Any]) -> None:
    assert {code: (len(item.readings), item.refused, item.decisions) for code, item in shipped.items()} == {
        "CNS-12": (44, [], []),
        "CNS-13": (1, [], []),
    }
    said = {(code, row["commitment_id"]): row for code, item in shipped.items() for row in item.readings}
    for row in read:
        landed = said[row["session_code"], row["commitment_id"]]
        assert [landed[key] for key in ("status", "document", "place", "note", "author_role")] == [
            row[key] for key in ("status", "document", "place", "note", "author_role")
        ]
        assert (landed["status_date"] is None) == (row["status_date"] == "")
    assert {row["author_role"] for row in read} == {ROLE}


def test_readings_as_they_stand(read: list[dict[str, str]]) -> None:
    assert Counter(row["status"] for row in read if row["session_code"] == "CNS-12") == {
        "on_track": 14,
        "achieved": 11,
        "at_risk": 11,
        "late": 8,
    }
    stands = {row["commitment_id"]: row["status"] for row in read if row["session_code"] == "CNS-12"}
    assert {code: stands[code] for code in ("5-5.1", "12-3.1", "17-2.1", "18-3.1")} == dict.fromkeys(
        ("5-5.1", "12-3.1", "17-2.1", "18-3.1"), "achieved"
    )
    assert {stands[code] for code in ("8-3.1", "8-3.5", "8-3.6", "16-5.1")} == {"late"}
    assert {stands[code] for code in ("11-3.1", "11-3.3", "15-6.1")} == {"at_risk"}


def test_a_reading_obeys_the_deadline(read: list[dict[str, str]], reference: Reference) -> None:
    """Past its deadline a promise is done or late; before it nothing but a date makes it late."""
    wrong = []
    for row in read:
        deadline = reference.commitments[row["commitment_id"]].deadline
        is_past = deadline is not None and deadline < reference.sessions[row["session_code"]].cut_off
        if row["status"] not in ({"achieved", "late"} if is_past else {"achieved", "at_risk", "on_track"}):
            wrong.append((row["commitment_id"], row["status"], deadline))
    assert wrong == []


def test_no_target_that_waits_is_read(unread: dict[str, dict[str, str]], reference: Reference) -> None:
    waiting = {item.commitment_id for item in reference.comparability.values() if item.decided_by is None}
    assert {code for code, row in unread.items() if row["ground"] == "waits_for_decision"} == waiting


def test_later_dates_of_the_text_are_not_read_again(unread: dict[str, dict[str, str]], reference: Reference) -> None:
    revised = {code for code, _ in reference.revisions}
    assert {code for code, row in unread.items() if row["ground"] == "revised"} == revised - {"8-4.1", "8-4.2"}


def test_every_reading_stands_at_its_lines(read: list[dict[str, str]], seeds_dir: Path) -> None:
    lines = {
        code: next(seeds_dir.glob(pattern)).read_text(encoding="utf-8").splitlines()
        for code, pattern in SOURCES.items()
    }
    lost = []
    for row in read:
        passage = _passage(lines[row["session_code"]], row["place"])
        if RESTS_ON[row["commitment_id"]] not in passage:
            lost.append((row["commitment_id"], row["place"]))
    assert lost == []
    assert set(RESTS_ON) == {row["commitment_id"] for row in read}


def test_every_place_is_in_the_text_of_its_action(
    read: list[dict[str, str]], unread: dict[str, dict[str, str]], seeds_dir: Path
) -> None:
    lines = next(seeds_dir.glob(SOURCES["CNS-12"])).read_text(encoding="utf-8").splitlines()
    places = [row for row in read if row["session_code"] == "CNS-12"] + list(unread.values())
    wrong = []
    for row in places:
        first = int(re.findall(r"\d+", row["place"])[0])
        heading = next(line for line in reversed(lines[:first]) if re.match(r"\d+-\d+\. ", line))
        if heading.partition(".")[0] != row["commitment_id"].partition(".")[0]:
            wrong.append((row["commitment_id"], row["place"], heading))
    assert wrong == []


def _passage(lines: list[str], place: str) -> str:
    numbers = [int(number) for number in re.findall(r"\d+", place)]
    return " ".join(lines[numbers[0] - 1 : numbers[-1]])


def test_the_actions_left_without_a_grade_are_those_and_no_other(
    read: list[dict[str, str]], unread: dict[str, dict[str, str]], reference: Reference
) -> None:
    """An action with a commitment read, measured, declared or revised has something to say; the others say why not."""
    said = {"measured", "declared", "revised"}
    graded = {row["commitment_id"] for row in read if row["session_code"] == "CNS-12"}
    graded |= {code for code, row in unread.items() if row["ground"] in said}
    listed = set().union(*GREY.values())
    for code in reference.actions:
        own = reference.commitments_of(code)
        has_grade = any(item.commitment_id in graded for item in own)
        past_and_silent = any(
            item.deadline is not None
            and item.deadline < reference.sessions["CNS-12"].cut_off
            and item.commitment_id not in graded
            for item in own
        )
        assert (code in listed) == (not has_grade or past_and_silent), code
    assert len(listed) == 16
    for ground, codes in GREY.items():
        for code in codes:
            assert ground in {
                unread[item.commitment_id]["ground"]
                for item in reference.commitments_of(code)
                if item.commitment_id in unread
            }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("CNS-12,1-3.3,", "CNS-12,1-3.9,"), "line 2: 1-3.9 of CNS-12 is not in the reference"),
        (("CNS-12,1-4.1,", "CNS-12,1-3.3,"), "line 3: 1-3.3 is read above already"),
        (("session_code,", "session,"), "the header must be session_code"),
    ],
)
def test_a_reading_of_nothing_or_twice_is_refused(
    tmp_path: Path, reference: Reference, change: tuple[str, str], message: str
) -> None:
    old, new = change
    text = (FOLDER / "readings.csv").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "readings.csv").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PublishedError, match=re.escape(message)):
        write_readings(reference, tmp_path / "inbox", folder=tmp_path)
    assert not (tmp_path / "inbox").exists()
