"""Drop folders for the installations that are killed: a few of the shipped files, three invented drops."""

import shutil
from pathlib import Path

from orchestration.services.runtime.paths import PROJECT

INBOX = PROJECT / "sources" / "inbox"
# A few partners are enough for every path to be taken, and make a run short.
PARTNERS = ("ANS", "HAS")


def a_few(inbox: Path) -> None:
    """The shipped one with a few partners alone."""
    for partner in PARTNERS:
        shutil.copytree(INBOX / "partners" / partner, inbox / "partners" / partner)
    for name in ("reports", "decisions"):
        shutil.copytree(INBOX / name, inbox / name)
    shutil.copyfile(INBOX / "receptions.csv", inbox / "receptions.csv")


def three_more(inbox: Path) -> None:
    """A partner's first workbook, a correction of another's, and a document. The changed texts are invented."""
    for partner, text in (("ATIH", "Invention de test, premier envoi."), ("HAS", "Invention de test, correction.")):
        source = INBOX / "partners" / partner / f"CNS-12_{partner}.xlsx"
        target = inbox / "partners" / partner / f"CNS-12_{partner}_essai.xlsx"
        target.parent.mkdir(parents=True, exist_ok=True)
        _rewrite(source, target, text)
    note = inbox / "reports" / "2024-12-01_essai.md"
    note.write_text("# Note inventée pour un essai\n\nAu 1er décembre 2024, 12 établissements ont répondu.\n")


def _rewrite(source: Path, target: Path, text: str) -> None:
    """The workbook with one partner's text changed, so that its content is new."""
    import openpyxl

    book = openpyxl.load_workbook(source)
    page = book["Avancement"]
    header = next(cell for row in page.iter_rows() for cell in row if cell.value == "Avancement")
    page.cell(header.row + 1, header.column).value = text
    book.save(target)


def decided(review: Path) -> None:
    """Settle the first contradiction of a review. The reason is invented."""
    import openpyxl

    book = openpyxl.load_workbook(review)
    page = book["Conflits"]
    lines = enumerate(page.iter_rows(values_only=True), start=1)
    header, names = next((rank, row) for rank, row in lines if "Décision" in row)
    columns = {name: rank for rank, name in enumerate(names, start=1)}
    for name, text in (
        ("Décision", "retenir B"),
        ("Motif", "Invention de test"),
        ("Décideur (rôle)", "DNS"),
        ("Date", "18/12/2024"),
    ):
        page.cell(header + 1, columns[name]).value = text
    book.save(review)
