"""A line of a CSV that does not fit its headers is refused, with its line in the file; the others are taken."""

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.services.reception.check import Submission

HEAD = "Code;Valeur;Période;Commentaire"
GOOD = "IND-4-1-3;3100;T1 2025;"
NEXT = "IND-4-1-4;242;T1 2025;"


def checked(folder: Path, check: Callable[..., Submission], *lines: str, end: str = "\r\n") -> Submission:
    path = folder / "CNS-13_DNS.csv"
    path.write_text(end.join(lines) + end, encoding="utf-8", newline="")
    return check(path)


def taken(submission: Submission) -> list[float]:
    return [row.facts["value"] for row in submission.judgement.accepted]


def doubted(submission: Submission) -> list[str]:
    return [issue["message"] for issue in submission.judgement.issues if issue["rule"] == "ROW_IN_DOUBT"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("IND-5-1-1;37", "2\u00a0cellules pour 4\u00a0en-têtes"),
        ("IND-5-1-1;37;T1 2025", "3\u00a0cellules pour 4\u00a0en-têtes"),
        ("IND-5-1-1;37;5;T1 2025;Hors outre-mer", "5\u00a0cellules pour 4\u00a0en-têtes"),
        ("IND-5-1-1,37,T1 2025,", "1\u00a0cellule pour 4\u00a0en-têtes"),
        ("IND-5-1-1;37;T1 2025;dit ; hier", "5\u00a0cellules pour 4\u00a0en-têtes"),
        ('IND-5-1-1;37;T1 2025;"dit "ferme" hier"', "des guillemets sont mal placés"),
    ],
)
def test_a_row_that_does_not_fit_the_headers(
    tmp_path: Path, check: Callable[..., Submission], line: str, why: str
) -> None:
    submission = checked(tmp_path, check, HEAD, GOOD, line, NEXT)
    assert taken(submission) == [3100, 242]
    assert len(doubted(submission)) == 1
    assert "ligne 3 du fichier" in doubted(submission)[0].replace("\u00a0", " ")
    assert why in doubted(submission)[0]
    assert submission.judgement.counts["rejected"] == 1


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize(
    "block",
    [
        ('IND-5-1-1;37;T1 2025;"hors outre-mer', "IND-5-1-2;86;T1 2025;", 'IND-5-3-1;31;T1 2025;"'),
        ('IND-5-1-1;37;T1 2025;"hors outre-mer', "IND-5-1-2;86", 'IND-5-3-1;31;T1 2025;fin"'),
        ('IND-5-1-1;37;T1 2025;"hors outre-mer', "IND-5-1-2;86;T1 2025;", 'IND-5-3-1;31;T1 2025;"voir note"'),
        ('"IND-5-1-1;37;T1 2025;', "IND-5-1-2;86;T1 2025;", 'IND-5-3-1";31;T1 2025;'),
    ],
)
def test_rows_inside_a_quotation_are_all_set_aside(
    tmp_path: Path, check: Callable[..., Submission], block: tuple[str, ...], end: str
) -> None:
    submission = checked(tmp_path, check, HEAD, GOOD, *block, NEXT, end=end)
    assert taken(submission) == [3100, 242]
    counts = submission.judgement.counts
    assert (counts["read"], counts["rejected"]) == (5, 3)
    assert all("lignes 3 à 5" in said.replace("\u00a0", " ") for said in doubted(submission))


def test_a_quotation_never_closed_says_its_line(tmp_path: Path, check: Callable[..., Submission]) -> None:
    submission = checked(tmp_path, check, HEAD, GOOD, 'IND-5-1-1;37;T1 2025;"hors outre-mer', NEXT)
    assert taken(submission) == []
    assert "ligne 3" in submission.judgement.issues[0]["message"].replace("\u00a0", " ")


def test_a_comment_may_have_lines_of_its_own(tmp_path: Path, check: Callable[..., Submission]) -> None:
    note = '"Première ligne ; sans\r\ndeuxième ligne\r\nfin"'
    submission = checked(tmp_path, check, HEAD, f"IND-4-1-3;3100;T1 2025;{note}", "", NEXT, ";;;;;")
    assert taken(submission) == [3100, 242]
    assert submission.judgement.issues == []


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("Code,Valeur,Période,Commentaire", "IND-5-1-1,37,5,T1 2025,"),
        ("Code,Valeur,Période,Commentaire", "IND-5-1-1,37,5,T1 2025"),
        ("Code,Période,Valeur,Commentaire", "IND-5-1-1,T1 2025,37,5"),
        ("Code,Période,Valeur,Commentaire", "IND-5-1-1,T1 2025,37,5 %"),
        ("Période,Valeur,Code", "T1 2025,37,5,IND-5-1-1"),
    ],
)
def test_a_decimal_comma_that_parts_a_figure(
    tmp_path: Path, check: Callable[..., Submission], head: str, line: str
) -> None:
    submission = checked(tmp_path, check, head, line)
    assert taken(submission) == []
    assert len(doubted(submission)) == 1


def test_a_quoted_decimal_comma_is_read(tmp_path: Path, check: Callable[..., Submission]) -> None:
    submission = checked(tmp_path, check, "Code,Valeur,Période,Commentaire", 'IND-18-1-1,"37,5",T1 2025,12 sites')
    assert taken(submission) == [37.5], submission.judgement.issues
