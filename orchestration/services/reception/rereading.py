"""What a new reading of an archived file changes against the one that its sender was answered from.

Most often nothing: the reader changed and gives the same. A verdict or an answer that differs is owed a new receipt.
A published session is never read again, so that nothing is owed for it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from orchestration.services.reception.ingest import counting_reading, session_of
from orchestration.services.reception.reader import Reader
from sources.files.memo import Memo
from sources.french.typography import counted, spaced
from sources.landing.rows import rows_of
from sources.landing.store import Landing, Reading, Reception
from sources.workbook.changes import Change, Tables, reread
from sources.workbook.receipt import VERDICTS
from sources.workbook.schema import load_schema

REREAD = "relu"
READING_KEY = "reading_key"
FORMER_VERDICT = "former_verdict"
#: what the comparison of two readings is remembered under
COMPARED = "rereadings"


@dataclass(frozen=True)
class Rereading:
    """A file whose new reading differs: the reading its sender knows, the one that counts, and which receipt it is."""

    reception: Reception
    before: Reading
    now: Reading
    rank: int

    @property
    def former_verdict(self) -> str:
        """The verdict its sender knows."""
        return _verdict(self.before)

    @property
    def changes(self) -> list[Change]:
        """The answers that differ."""
        return reread(load_schema(), _tables(self.before), _tables(self.now))


def rereadings(
    landing: Landing, reader: Reader, receptions: Sequence[Reception], receipts: Path, memo: Memo
) -> list[Rereading]:
    """The new readings that differ from what the last receipt was made from, in the order of the receptions."""
    found = [item for reception in receptions if (item := _unanswered(landing, reader, reception, receipts))]
    pairs = [(item.reception.sha256, item.before.key, item.now.key) for item in found]
    key = memo.key(__name__, data=[pairs])
    differing = memo.recall(COMPARED, key)
    if differing is None:
        differing = [item.reception.sha256 for item in found if _differs(item)]
        memo.remember(COMPARED, key, differing)
    return [item for item in found if item.reception.sha256 in differing]


@dataclass(frozen=True)
class RereadLine:
    """One line of the board: a file that was read again, its verdict before and now, how many answers differ."""

    partner: str
    file_name: str
    former_verdict: str
    verdict: str
    changes: int

    @property
    def text(self) -> str:
        """The line, in French."""
        before, now = (VERDICTS[verdict].partition(":")[0].strip() for verdict in (self.former_verdict, self.verdict))
        result = f"« {now} » comme avant" if before == now else f"« {before} » devient « {now} »"
        changed = f" ; {counted(self.changes, 'réponse changée')}" if self.changes else ""
        return spaced(f"{self.partner} : {self.file_name} relu, {result}{changed}")


def reread_lines(receipts: Path, session_code: str) -> list[RereadLine]:
    """The files of a session that were read again with another result, by partner, oldest first."""
    return [
        RereadLine(
            content["partner"] or path.parent.name,
            content["file"],
            content[FORMER_VERDICT],
            content["verdict"],
            len(content["changes"]),
        )
        for path in sorted((receipts / session_code).glob(f"*/*_{REREAD}-*.json"))
        if (content := _json(path))
    ]


def reread_receipts(receipts: Path) -> dict[tuple[str, str], Path]:
    """The last receipt of a new reading, as JSON, by folder and by the beginning of the content's hash."""
    found: dict[tuple[str, str], tuple[int, Path]] = {}
    for path in receipts.glob(f"*/*/*_{REREAD}-*.json"):
        if mark := re.fullmatch(rf".*_{REREAD}-(\d+)_([0-9a-f]{{8}})\.json", path.name):
            place = path.parent.name, mark[2]
            found[place] = max(found.get(place, (0, path)), (int(mark[1]), path))
    return {place: path for place, (_, path) in found.items()}


def _unanswered(landing: Landing, reader: Reader, reception: Reception, receipts: Path) -> Rereading | None:
    """The reading that counts, where the last receipt was made from another one; None where it was not."""
    before = landing.readings(reception)
    now = counting_reading(landing, reader, reception)
    if len(before) < 2 or now not in before or session_of(now) in reader.published:
        return None
    answered = list(_receipts_of(reception, receipts))
    rank, known = max(answered, default=(0, ""))
    first = next((reading for reading in before if reading.key == known), before[0])
    return Rereading(reception, first, now, rank + 1) if first != now else None


def _receipts_of(reception: Reception, receipts: Path) -> Iterator[tuple[int, str]]:
    """Which receipts a file had: their rank, 0 for the first, and the key of the reading they were made from."""
    for path in receipts.glob(f"*/{_escaped(reception.folder)}/*_{reception.sha256[:8]}.json"):
        mark = re.fullmatch(rf".*_(?:accuse|{REREAD}-(\d+))_[0-9a-f]{{8}}\.json", path.name)
        if mark:
            yield int(mark[1] or 0), _json(path).get(READING_KEY, "")


def _differs(item: Rereading) -> bool:
    return item.former_verdict != _verdict(item.now) or bool(item.changes)


def _verdict(reading: Reading) -> str:
    (row,) = rows_of([reading], "submission")
    return str(row["verdict"])


def _tables(reading: Reading) -> Tables:
    return {table: rows_of([reading], table) for table in ("contribution", "milestone_report", "measurement")}


def _json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = orjson.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return content


def _escaped(name: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", name)
