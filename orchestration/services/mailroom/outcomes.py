"""What became of each file that came, as its sender reads it: from receipts, answers and readings, once they are there.

Read only. The words are in `texts.yml`; their content is the receipt's.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from orchestration.services.mailroom.ledger import TakenFile
from orchestration.services.mailroom.texts import filled, texts
from orchestration.services.reception.receipts import given_receipt
from sources.files.names import noted_name
from sources.french.typography import counted, day_in_paris, in_paris
from sources.french.typography import date as day_text
from sources.landing.drops import PARTNERS_FOLDER
from sources.landing.rows import rows_of
from sources.landing.store import QUARANTINED_TABLE, REFUSED_TABLE, Landing, Reception
from sources.workbook.receipt import group, moment_text

MOST_CORRECTIONS = 5
ITEM_NAMES = {"Avancement": "action", "Jalons": "jalon", "Indicateurs": "indicateur"}


@dataclass(frozen=True)
class FileOutcome:
    """What is written about one file: a headline, lines, the workbook to give back, whether something is wrong."""

    headline: str
    lines: tuple[str, ...] = ()
    workbook: Path | None = None
    session_code: str = ""
    is_to_correct: bool = False
    deadline: str = ""


@dataclass(frozen=True)
class Archive:
    """Where answers are found: the receipts of an installation, and its landing."""

    receipts: Path
    landing: Landing

    @classmethod
    def of(cls, home: Path) -> "Archive":
        """Those of an installation."""
        return cls(home / "receipts", Landing(home))


def outcome_of(archive: Archive, file: TakenFile, arrived_at: datetime, *, is_read: bool) -> FileOutcome | None:
    """What is written about a file that was put into the drop folder; None while that is not known yet.

    `is_read`: the readers have run, so that a file without a reading cannot be read.
    """
    reception = archive.landing.reception(file.sha256)
    if reception is None:
        return None
    folder, *rest = Path(file.place).parts
    if folder != PARTNERS_FOLDER:
        return _of_the_dns(archive, reception, is_read=is_read)
    place = (rest[0], noted_name(Path(file.place)))
    found = given_receipt(archive.receipts, reception, place)
    return None if found is None else outcome_of_receipt(found, is_again=_is_again(reception, place, arrived_at))


def outcome_of_receipt(path: Path, *, is_again: bool = False) -> FileOutcome:
    """A receipt in a few lines."""
    receipt = json.loads(path.read_text(encoding="utf-8"))
    words = texts()["file"]
    headline = receipt["headline"]
    received_at = datetime.fromisoformat(receipt["received_at"])
    if is_again and not receipt.get("already_received"):
        headline = filled(words["again"], moment=moment_text(received_at), headline=headline)
    errors = [issue for issue in receipt["issues"] if issue["severity"] == "error"]
    waiting = {sheet: codes for sheet, codes in (receipt.get("waiting") or {}).items() if codes}
    counts = [counted(len(codes), ITEM_NAMES.get(sheet, sheet)) for sheet, codes in waiting.items()]
    lines = [*_corrections(errors)]
    if counts:
        lines.append(filled(words["waiting"], counts=", ".join(counts)))
    workbook = path.with_suffix(".xlsx")
    return FileOutcome(
        headline,
        tuple(lines),
        workbook if workbook.is_file() else None,
        receipt.get("session") or "",
        is_to_correct=bool(errors),
        deadline=_deadline(receipt),
    )


def _deadline(receipt: Mapping[str, Any]) -> str:
    due_on, words = receipt.get("due_on"), texts()["file"]
    if not due_on:
        return ""
    came = datetime.fromisoformat(receipt.get("arrived_at") or receipt["received_at"])
    day = date.fromisoformat(due_on)
    is_passed = day_in_paris(came) > day
    return filled(words["deadline_passed" if is_passed else "deadline"], due_on=day_text(day))


def _corrections(errors: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    words, groups = texts()["file"], group(errors)
    for item in groups[:MOST_CORRECTIONS]:
        where = f"{item.sheet}, {item.where}" if item.sheet and item.where != item.sheet else item.where
        yield filled(words["correction"], where=where, message=item.message, fix=item.fix)
    if len(groups) > MOST_CORRECTIONS:
        yield filled(words["more"], count=counted(len(groups) - MOST_CORRECTIONS, "autre"))


def _is_again(reception: Reception, place: tuple[str, str], arrived_at: datetime) -> bool:
    """Whether the bytes had come before this mail, to the same place."""
    if (reception.folder, reception.file_name) == place:
        return reception.arrived_at != arrived_at
    return not any((item.folder, item.file_name) == place for item in reception.again)


def _of_the_dns(archive: Archive, reception: Reception, *, is_read: bool) -> FileOutcome | None:
    """What became of a review, a draft or a document."""
    if reception.channel == "drafts":
        return _of_a_draft(archive, reception)
    readings, words = archive.landing.readings(reception)[-1:], texts()["file"]
    if not readings or (is_read and rows_of(readings, REFUSED_TABLE)):
        return FileOutcome(words["unreadable"], is_to_correct=True) if is_read else None
    if reception.channel == "decisions":
        return _of_a_review(rows_of(readings, "decision"), rows_of(readings, QUARANTINED_TABLE))
    figures = counted(len(rows_of(readings, "document_quantity")), "mesure relevée")
    return FileOutcome(filled(words["document"], figures=figures))


def _of_a_review(decisions: Sequence[Mapping[str, Any]], refused: Sequence[Mapping[str, Any]]) -> FileOutcome:
    words = texts()["file"]
    taken = counted(len(decisions), "décision prise en compte")
    session = next((row["session_code"] or "" for row in (*decisions, *refused)), "")
    if not refused:
        return FileOutcome(filled(words["decisions"], taken=taken), session_code=session)
    lines = [
        filled(words["correction"], where=f"{row['sheet']}, {row['cell']}", message=row["message"], fix=row["fix"])
        for row in refused
    ]
    headline = filled(words["decisions_refused"], taken=taken, refused=counted(len(refused), "ligne refusée"))
    return FileOutcome(headline, tuple(lines), session_code=session, is_to_correct=True)


def _of_a_draft(archive: Archive, reception: Reception) -> FileOutcome | None:
    """The answer that the run wrote for the DNS, without its title."""
    name = f"{Path(reception.file_name).stem}_reponse_{reception.sha256[:8]}.txt"
    for session in sorted(archive.receipts.glob("*")):
        path = session / "DNS" / name
        if path.is_file():
            headline, *lines = [line for line in path.read_text(encoding="utf-8").splitlines()[1:] if line.strip()]
            return FileOutcome(headline, tuple(lines), session_code=session.name)
    return None


def moment_words(moment: datetime) -> str:
    """« 2 juin 2025 à 11 h 05 », in Paris."""
    local = in_paris(moment)
    return f"{day_text(local.date())} à {local:%H} h {local:%M}"
