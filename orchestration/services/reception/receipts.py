"""The answer to every drop: `receipts/<session>/<partner>/<file>_accuse_<hash>.xlsx`, and the same as JSON.

Written once a received file, from what the landing holds of it: nothing is judged again here. When a run dies before,
the next one gives it. The same bytes found again elsewhere get an answer that names the first (`_deja-recu_`). A file
read again with another result gets a new one (`_relu-1_`). Files that were rebuilt from a publication had no sender
and get none; of their new readings the JSON is written, for the board.
"""

import contextlib
import glob
import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from orchestration.services.reception.check import PreviousOf, read_file
from orchestration.services.reception.ingest import counting_reading, current_readings
from orchestration.services.reception.previous import previous_of
from orchestration.services.reception.refilled import refilled
from orchestration.services.reception.rereading import READING_KEY, REREAD, Rereading
from orchestration.services.reception.submissions_reader import SubmissionsReader
from orchestration.services.reception.waiting import WaitingOf, waiting_of
from orchestration.services.runtime.narrator import Log
from orchestration.services.runtime.paths import Paths
from quality.territories import COUNTRY
from sources.files import atomic
from sources.files.guarded import ChildDiedError
from sources.files.memo import digest
from sources.french.typography import quantity, short_date
from sources.landing.rows import rows_of
from sources.landing.store import RECONSTITUTED, Arrival, Landing, Reading, Reception, hash_file
from sources.landing.unfinished import unfinished
from sources.reference.roadmap import Reference
from sources.workbook.changes import Tables, changes
from sources.workbook.receipt import WAITING, AsRead, FirstDrop, FormerReading, Receipt
from sources.workbook.schema import WorkbookSchema, load_schema

UNKNOWN = "inconnu"
LONGEST_NAME = 100  # characters taken from a drop's name; file systems take 255 bytes, receipts add some
MAX_ANNOTATED = 2 * 1024 * 1024
ISSUE = ("rule", "severity", "sheet", "cell", "received", "message", "fix")
# refusals of a file that was opened and understood
OF_WHO_SENT_IT = frozenset({"FILE_WRONG_PARTNER", "FILE_WRONG_SESSION"})
# what our names add to the drop's: a receipt that is corrected and dropped again has the name it came under
_OF_A_RECEIPT = re.compile(rf"(?:_(?:accuse|deja-recu|en-attente|{REREAD}-\d+)_[0-9a-f]{{8}}(?: ?\(\d+\))?)+$")
#: the seal of a receipt: the hash of its workbook, the digest of all else in it
WORKBOOK_HASH, DIGEST = "workbook_sha256", "digest"
ROWS = ("read", "accepted", "rejected", "ignored")


@dataclass(frozen=True)
class Desk:
    """Where receipts are made: the landing and whose readings of it count, the reference, the folder.

    `previous` gives what the session before knew, `waiting` the codes that a partner has not answered.
    """

    landing: Landing
    reader: SubmissionsReader
    reference: Reference
    folder: Path
    previous: PreviousOf
    waiting: WaitingOf
    taken: dict[Path, "Taken"] = field(default_factory=dict, repr=False, compare=False)  # what was read so far


def desk_of(paths: Paths, landing: Landing, reference: Reference, log: Log) -> Desk:
    """The desk of an installation. The caller holds the writer's lock."""
    reader = SubmissionsReader(paths, reference)
    return Desk(
        landing=landing,
        reader=reader,
        reference=reference,
        folder=paths.receipts,
        previous=partial(previous_of, paths),
        waiting=waiting_of(paths, lambda: current_readings(landing, [reader]), log),
    )


@dataclass(frozen=True)
class Taken:
    """What the landing has of one received file: the submission, its issues, its accepted rows by table."""

    reading: Reading

    @cached_property
    def submission(self) -> Mapping[str, Any]:
        """The file's own row."""
        return rows_of([self.reading], "submission")[0]

    @cached_property
    def issues(self) -> list[dict[str, Any]]:
        """What was found in it, in the order of the workbook."""
        rows = sorted(rows_of([self.reading], "submission_issue"), key=lambda row: int(row["issue_rank"]))
        return [{name: row[name] for name in ISSUE} for row in rows]

    @cached_property
    def answers(self) -> Tables:
        """Its accepted rows."""
        return {sheet.table: rows_of([self.reading], sheet.table) for sheet in load_schema().sheets}

    @property
    def was_opened(self) -> bool:
        """False for a file that nothing could be read in, and that is not to be opened again."""
        refusals = {
            code
            for code, rule in load_schema().rules.items()
            if rule.level == "file" and rule.severity == "error" and code not in OF_WHO_SENT_IT
        }
        return not any(issue["rule"] in refusals for issue in self.issues)

    def as_check(self, reception: Reception) -> dict[str, Any]:
        """The object that `jalon check --json` prints for it."""
        row = self.submission
        return {
            "file": reception.file_name,
            "sha256": reception.sha256,
            "verdict": row["verdict"],
            "partner": row["partner_code"],
            "session": row["session_code"],
            "rows": {name: row[f"rows_{name}"] for name in ROWS},
            "issues": self.issues,
        }


def give_receipts(desk: Desk, log: Log, read_again: Sequence[Rereading] = ()) -> list[Path]:
    """Write the receipts that are still owed, oldest drop first, then those of new readings; return their workbooks."""
    receptions = sorted(desk.landing.current("submissions"), key=lambda reception: reception.received_at)
    given = []
    waiting = {noted.sha256 for noted in unfinished(desk.landing)}
    for reception in receptions:
        if reception.origin == RECONSTITUTED:
            continue
        for drop in drops_of(reception):
            if not _is_answered(desk, drop):
                path = give_receipt(desk, drop, receptions)
                if path is None and reception.sha256 in waiting:
                    path = _give_waiting(desk, drop)
                if path is not None:
                    log(f"{drop.file_name}: receipt {path.relative_to(desk.folder)}")
                    given.append(path)
    for again in read_again:
        path = give_receipt(desk, Drop(again.reception, again=again), receptions)
        if path is not None:
            name = again.reception.file_name
            log(f"{name}: read again with another result, receipt {path.relative_to(desk.folder)}")
            given.append(path)
    return given


@dataclass(frozen=True)
class Drop:
    """One arrival to answer: a reception, the same bytes found again under another name or folder, a new reading."""

    reception: Reception
    arrival: Arrival | None = None
    again: Rereading | None = None

    @property
    def file_name(self) -> str:
        """The name it came under."""
        return (self.arrival or self.reception).file_name

    @property
    def folder(self) -> str:
        """The partner's folder it came in."""
        return (self.arrival or self.reception).folder

    @property
    def receipt_name(self) -> str:
        """The receipt's file name, without its extension: short and plain, whatever the name of the drop."""
        return self._named("deja-recu" if self.arrival else f"{REREAD}-{self.again.rank}" if self.again else "accuse")

    @property
    def waiting_name(self) -> str:
        """The same while its reading has not ended."""
        return self._named("en-attente")

    def _named(self, mark: str) -> str:
        plain = re.sub(r"[^\w .()-]", "_", _OF_A_RECEIPT.sub("", Path(self.file_name).stem))
        return f"{plain[:LONGEST_NAME]}_{mark}_{self.reception.sha256[:8]}"


def drops_of(reception: Reception) -> Iterator[Drop]:
    """The arrivals of one content; a place that another one took over from had its receipt when it counted."""
    yield Drop(reception)
    for arrival in reception.again:
        if not arrival.was_replaced:
            yield Drop(reception, arrival)


def given_receipt(folder: Path, reception: Reception, place: tuple[str, str]) -> Path | None:
    """The receipt, as JSON, of a content found in a place (folder and name); None while it is owed.

    A place where the content changed nothing has none of its own: that of the first drop answers for it.
    """
    drops = list(drops_of(reception))
    drop = next((found for found in drops if (found.folder, found.file_name) == place), drops[0])
    wanted = (session / drop.folder / f"{drop.receipt_name}.json" for session in sorted(folder.glob("*")))
    return next((path for path in wanted if path.is_file()), None)


def _is_answered(desk: Desk, drop: Drop) -> bool:
    wanted = f"{drop.receipt_name}.json"
    return any((session / drop.folder / wanted).is_file() for session in desk.folder.glob("*"))


def give_receipt(desk: Desk, drop: Drop, receptions: Sequence[Reception] = ()) -> Path | None:
    """Write the receipt of one drop, none while nothing was read in it; `receptions` are all those it may follow."""
    reception = drop.reception
    taken = _taken(desk, reception)
    if taken is None:
        return None
    earlier = [] if drop.arrival else _earlier(desk, reception, taken, receptions)
    receipt = receipt_of(desk, taken, reception, earlier)
    if drop.arrival:
        receipt = _of_a_copy(receipt, reception, drop.arrival)
    if drop.again:
        former = FormerReading(drop.again.former_verdict)
        receipt = replace(receipt, former=former, changes=drop.again.changes, is_resubmission=False)
    session = taken.submission["session_code"] or UNKNOWN
    folder = desk.folder / (session if session in desk.reference.sessions else UNKNOWN) / drop.folder
    target = folder / f"{drop.receipt_name}.xlsx"
    target.parent.mkdir(parents=True, exist_ok=True)
    if reception.origin != RECONSTITUTED:
        with desk.landing.under_its_name(reception) as path:
            _write(desk, taken, receipt, path, target)
    write_sealed(target.with_suffix(".json"), {**receipt.as_json(), READING_KEY: taken.reading.key})
    for path in desk.folder.glob(f"*/*/{glob.escape(drop.waiting_name)}.*"):
        path.unlink(missing_ok=True)
    return target


def write_sealed(path: Path, receipt: Mapping[str, Any]) -> None:
    """Write a receipt as JSON, with the hash of the workbook beside it and the digest of all of it."""
    workbook = path.with_suffix(".xlsx")
    sealed = {**receipt, WORKBOOK_HASH: hash_file(workbook) if workbook.is_file() else None}
    sealed.pop(DIGEST, None)
    sealed[DIGEST] = digest(json.loads(json.dumps(sealed)))
    atomic.write(path, json.dumps(sealed, ensure_ascii=False, indent=1))


def _give_waiting(desk: Desk, drop: Drop) -> Path | None:
    """Write once that the reading of a drop did not end; the receipt of the reading that does replaces this one."""
    from sources.workbook.receipt_book import write_receipt

    named = drop.file_name.partition("_")[0]
    folder = desk.folder / (named if named in desk.reference.sessions else UNKNOWN) / drop.folder
    target = folder / f"{drop.waiting_name}.xlsx"
    if target.with_suffix(".json").exists():
        return None
    reception = drop.reception
    check: dict[str, Any] = {
        "file": drop.file_name,
        "sha256": reception.sha256,
        "verdict": WAITING,
        "partner": None,
        "session": named if named in desk.reference.sessions else None,
        "rows": dict.fromkeys(ROWS, 0),
        "issues": [],
    }
    receipt = Receipt(check, reception.received_at, None, {}, arrived_at=reception.arrived_at)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_receipt(target, receipt, None)
    atomic.write(target.with_suffix(".json"), json.dumps(receipt.as_json(), ensure_ascii=False, indent=1))
    return target


def _taken(desk: Desk, reception: Reception) -> Taken | None:
    """What the landing has of a received file; None for one that made its reader fail."""
    reading = counting_reading(desk.landing, desk.reader, reception)
    if not reading.is_complete:
        return None
    return desk.taken.setdefault(reading.folder, Taken(reading))


def _of_a_copy(receipt: Receipt, first: Reception, arrival: Arrival) -> Receipt:
    """The first drop's receipt, given again for a copy of it that changes nothing."""
    return replace(
        receipt,
        check={**receipt.check, "file": arrival.file_name},
        received_at=arrival.received_at,
        arrived_at=arrival.arrived_at,
        copy_of=FirstDrop(first.file_name, first.received_at),
    )


def receipt_of(desk: Desk, taken: Taken, reception: Reception, earlier: Sequence[Tables]) -> Receipt:
    """The content of the receipt of one drop."""
    schema = load_schema()
    session_code, partner_code = taken.submission["session_code"] or "", taken.submission["partner_code"] or ""
    session = desk.reference.sessions.get(session_code)
    # of a file refused whole, every answer is to be sent again
    is_asked = session is not None and partner_code in desk.reference.partners
    is_refused = taken.submission["verdict"] == "rejected"
    return Receipt(
        check=taken.as_check(reception),
        received_at=reception.received_at,
        arrived_at=reception.arrived_at,
        due_on=session.contributions_due_on if session else None,
        accepted={
            sheet.name: [_named(row, sheet.key_column) for row in taken.answers[sheet.table]] for sheet in schema.sheets
        },
        changes=changes(schema, earlier, taken.answers) if earlier else (),
        is_resubmission=bool(earlier),
        values=[
            _as_read(desk.reference, schema, row) for row in taken.answers["measurement"] if row["value"] is not None
        ],
        waiting=desk.waiting(session_code, partner_code) if is_asked and not is_refused else {},
    )


def _as_read(reference: Reference, schema: WorkbookSchema, row: Mapping[str, Any]) -> AsRead:
    """A figure that was taken, with its unit and period, beside what was typed."""
    sheet = schema.sheet("measurement")
    parts = [quantity(row["value"], reference.kpis[row["kpi_id"]].unit, row["qualifier"])]
    if row["period_end"] is not None:
        parts.append(short_date(row["period_end"], row["period_precision"]))
    parts.append(schema.lists["nature"][row["nature"] or "actual"].lower())
    return AsRead(sheet.name, _named(row, sheet.key_column), row["quote"] or "", ", ".join(parts))


def _named(row: Mapping[str, Any], key_column: str) -> str:
    """The code of an accepted row, with its territory where it is not the country."""
    code, territory = str(row[key_column]), row.get("territory_code") or COUNTRY
    return code if territory == COUNTRY else f"{code} · {territory}"


def _earlier(desk: Desk, reception: Reception, taken: Taken, receptions: Sequence[Reception]) -> list[Tables]:
    """What the partner's earlier drops for the same session left, oldest first."""
    found: list[Tables] = []
    for other in receptions:
        if other.folder != reception.folder or other.received_at >= reception.received_at:
            continue
        before = _taken(desk, other)
        if before is None or before.submission["session_code"] != taken.submission["session_code"]:
            continue
        if before.submission["rows_accepted"]:
            found.append(before.answers)
    return found


def _write(desk: Desk, taken: Taken, receipt: Receipt, path: Path, target: Path) -> None:
    """The workbook given back: the very file where it is one, else a refilled one, else the first sheet alone.

    openpyxl, which annotates, refuses or drowns in some files that could be read: the answer comes all the same.
    """
    from sources.workbook.receipt_book import write_receipt

    owner = (taken.submission["session_code"], taken.submission["partner_code"])
    known = taken.was_opened and owner[0] in desk.reference.sessions and owner[1] in desk.reference.partners
    if known and path.suffix.lower() == ".xlsx" and path.stat().st_size <= MAX_ANNOTATED:
        with contextlib.suppress(Exception):
            write_receipt(target, receipt, path)
            return
    with tempfile.TemporaryDirectory() as aside:
        workbook = None
        if known:
            with contextlib.suppress(ChildDiedError):  # the answer comes all the same, without the cells
                rows = read_file(path, desk.reference, sha256=taken.reading.sha256).rows
                workbook = refilled(desk.reference, owner, rows, desk.previous(owner[0]), Path(aside))
        write_receipt(target, receipt, *(workbook or (None,)))
