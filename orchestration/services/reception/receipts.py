"""The answer to every drop: `receipts/<session>/<partner>/<file>_accuse_<hash>.xlsx`, and the same as JSON.

Written once a received file, from what the landing holds: a run that dies before is made good by the next. The same
bytes found again elsewhere are told that they came before (`_deja-recu_`). A file that was read again with another
result gets a new one (`_relu-1_`). Files that were rebuilt from a publication had no sender and get none; of their new
readings the JSON is written, for the board.
"""

import contextlib
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from orchestration.services.reception.check import PreviousOf, Submission, check_file, expected_of
from orchestration.services.reception.rereading import READING_KEY, REREAD, Rereading
from quality.rows import JudgedRow
from quality.territories import COUNTRY
from sources.files import atomic
from sources.landing.store import RECONSTITUTED, Arrival, Landing, Reception
from sources.reference.roadmap import Reference
from sources.workbook.changes import Tables, changes
from sources.workbook.loading import BookLoader
from sources.workbook.prefill import Filled, Previous, prefill
from sources.workbook.reading import ReadRow
from sources.workbook.receipt import FirstDrop, FormerReading, Receipt
from sources.workbook.schema import load_schema
from sources.workbook.template import write_template

Tell = Callable[[str], None]
Answers = dict[str, list[tuple[str, dict[str, str], ReadRow]]]  # by sheet key: code, answers as received, row
UNKNOWN = "inconnu"
CODES = {"contribution": "action_code", "milestone_report": "commitment_id", "measurement": "kpi_id"}
LONGEST_NAME = 100  # characters kept of a drop's name; file systems take 255 bytes, receipts add some
MAX_ANNOTATED = 2 * 1024 * 1024


@dataclass(frozen=True)
class Desk:
    """Where receipts are made: the landing, the reference, the folder, and what the session before knew."""

    landing: Landing
    reference: Reference
    folder: Path
    previous: PreviousOf
    loader: BookLoader | None = None


def give_receipts(desk: Desk, tell: Tell, read_again: Sequence[Rereading] = ()) -> list[Path]:
    """Write the receipts that are still owed, oldest drop first, then those of new readings; return their workbooks."""
    receptions = sorted(desk.landing.current("submissions"), key=lambda reception: reception.received_at)
    given = []
    for reception in receptions:
        if reception.origin == RECONSTITUTED:
            continue
        for drop in drops_of(reception):
            if not _is_answered(desk, drop):
                path = give_receipt(desk, drop, receptions)
                tell(f"{drop.file_name}: receipt {path.relative_to(desk.folder)}")
                given.append(path)
    for again in read_again:
        path = give_receipt(desk, Drop(again.reception, again=again), receptions)
        tell(f"{again.reception.file_name}: read again with another result, receipt {path.relative_to(desk.folder)}")
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
        mark = "deja-recu" if self.arrival else f"{REREAD}-{self.again.rank}" if self.again else "accuse"
        plain = re.sub(r"[^\w .()-]", "_", Path(self.file_name).stem)
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


def give_receipt(desk: Desk, drop: Drop, receptions: Sequence[Reception] = ()) -> Path:
    """Write the receipt of one drop; `receptions` are all those it may follow."""
    reception = drop.reception
    with desk.landing.under_its_name(reception) as path:
        submission = _checked(desk, path, reception)
        earlier = [] if drop.arrival else _earlier(desk, reception, submission, receptions)
        receipt = receipt_of(desk.reference, submission, reception, earlier, desk.previous)
        if drop.arrival:
            receipt = _of_a_copy(receipt, reception, drop.arrival)
        if drop.again:
            former = FormerReading(drop.again.former_verdict)
            receipt = replace(receipt, former=former, changes=drop.again.changes, is_resubmission=False)
        session = submission.judgement.session_code or UNKNOWN
        folder = desk.folder / (session if session in desk.reference.sessions else UNKNOWN) / drop.folder
        target = folder / f"{drop.receipt_name}.xlsx"
        target.parent.mkdir(parents=True, exist_ok=True)
        if reception.origin != RECONSTITUTED:
            with tempfile.TemporaryDirectory() as aside:
                _write(desk, submission, receipt, target, Path(aside))
    readings = desk.landing.readings(reception)
    made_from = {READING_KEY: readings[-1].key} if readings else {}
    said = {**receipt.as_json(), **made_from, **({READING_KEY: drop.again.now.key} if drop.again else {})}
    atomic.write(target.with_suffix(".json"), json.dumps(said, ensure_ascii=False, indent=1))
    return target


def _of_a_copy(receipt: Receipt, first: Reception, arrival: Arrival) -> Receipt:
    """The first drop's receipt, said again of a copy of it that changes nothing."""
    return replace(
        receipt,
        check={**receipt.check, "file": arrival.file_name},
        received_at=arrival.received_at,
        arrived_at=arrival.arrived_at,
        copy_of=FirstDrop(first.file_name, first.received_at),
    )


def receipt_of(
    reference: Reference,
    submission: Submission,
    reception: Reception,
    earlier: Sequence[Tables],
    previous: PreviousOf = lambda _: None,
) -> Receipt:
    """What the receipt of one drop says; `previous` gives what the session before knew."""
    schema = load_schema()
    now = submission.landing_rows(reception)
    session = reference.sessions.get(submission.judgement.session_code or "")
    accepted: dict[str, list[str]] = {sheet.name: [] for sheet in schema.sheets}
    for judged in submission.judgement.accepted:
        sheet = schema.sheet(judged.row.sheet)
        code, territory = str(judged.facts[sheet.key_column]), judged.facts.get("territory_code", COUNTRY)
        accepted[sheet.name].append(code if territory == COUNTRY else f"{code} · {territory}")
    return Receipt(
        check={**submission.as_json(), "file": reception.file_name, "sha256": reception.sha256},
        received_at=reception.received_at,
        arrived_at=reception.arrived_at,
        due_on=session.contributions_due_on if session else None,
        accepted=accepted,
        changes=changes(schema, earlier, now) if earlier else (),
        is_resubmission=bool(earlier),
        waiting=_waiting(reference, submission, [*earlier, now], previous) if session else {},
    )


def _waiting(
    reference: Reference, submission: Submission, drops: Sequence[Tables], previous: PreviousOf
) -> dict[str, list[str]]:
    """The codes asked of the partner that no drop answered, by sheet name: as `mart_partner_item` asks for them.

    A row set aside is not among them: it is to be corrected. The figure of a territory answers for the country as
    little as a wrong one of it does.
    """
    judged = submission.judgement
    partner, session = judged.partner_code or "", judged.session_code or ""
    if submission.reading.refused or partner not in reference.partners or judged.verdict == "rejected":
        return {}
    known = previous(session)
    done = {code for code, said in (known.milestones if known else {}).items() if said.get("status") == "achieved"}
    led = [code for code in reference.actions_of(partner) if reference.lead_of(code) == partner]
    asked = {
        "contribution": led,
        "milestone": [
            item.commitment_id
            for code in led
            for item in reference.commitments_of(code)
            if item.kind == "milestone" and item.commitment_id not in done
        ],
        "measurement": [kpi.kpi_id for kpi in reference.kpis_of(partner)],
    }
    answered = {
        str(row[key])
        for tables in drops
        for table, key in CODES.items()
        for row in tables.get(table, ())
        if row.get("territory_code", COUNTRY) == COUNTRY
    }
    refused = {str(row.facts.get(key)) for row in judged.rejected if not _has_place(row) for key in CODES.values()}
    return {
        load_schema().sheet(sheet).name: [code for code in codes if code not in answered | refused]
        for sheet, codes in asked.items()
    }


def _has_place(row: JudgedRow) -> bool:
    """Whether a row says where its figure holds, well or badly, and it is not the country."""
    return row.facts.get("territory") is not None and row.facts.get("territory_code") != COUNTRY


def _checked(desk: Desk, path: Path, reception: Reception) -> Submission:
    return check_file(
        path,
        desk.reference,
        previous=desk.previous,
        expected=expected_of(desk.reference, reception),
        loader=desk.loader,
        sha256=reception.sha256,
    )


def _earlier(desk: Desk, reception: Reception, submission: Submission, receptions: Sequence[Reception]) -> list[Tables]:
    """What the partner's earlier drops for the same session left, oldest first."""
    found: list[Tables] = []
    for other in receptions:
        if other.folder != reception.folder or other.received_at >= reception.received_at:
            continue
        with desk.landing.under_its_name(other) as path:
            before = _checked(desk, path, other)
        if before.judgement.session_code == submission.judgement.session_code and before.judgement.accepted:
            found.append(before.landing_rows(other))
    return found


def _write(desk: Desk, submission: Submission, receipt: Receipt, target: Path, aside: Path) -> None:
    """The workbook given back: the very file where it is one, else a refilled one, else the first sheet alone.

    A file of territories that is no workbook gets the first sheet alone too.

    openpyxl, which annotates, refuses or drowns in some files that could be read: the answer comes all the same.
    """
    from sources.workbook.receipt_book import write_receipt

    path = submission.path
    judged = submission.judgement
    known = (
        not submission.reading.refused
        and judged.partner_code in desk.reference.partners
        and judged.session_code in desk.reference.sessions
    )
    if known and path.suffix.lower() == ".xlsx" and path.stat().st_size <= MAX_ANNOTATED:
        with contextlib.suppress(Exception):
            write_receipt(target, receipt, path)
            return
    judged_rows = (*judged.accepted, *judged.rejected)
    # a workbook of ours has no room for territories: their figures would stand in it as the country's
    if known and not any(map(_has_place, judged_rows)):
        workbook, places = refilled(desk.reference, submission, desk.previous, aside)
        write_receipt(target, receipt, workbook, places)
    else:
        write_receipt(target, receipt, None)


def refilled(
    reference: Reference, submission: Submission, previous: PreviousOf, folder: Path
) -> tuple[Path, Mapping[tuple[str, str], str]]:
    """The partner's answers in a workbook of ours, and where each received cell stands in it.

    Rows that are not the partner's have no place there: the first sheet of the receipt tells of them.
    """
    schema = load_schema()
    session, partner = submission.judgement.session_code or "", submission.judgement.partner_code or ""
    known: Previous | None = previous(session)
    mine = prefill(schema, reference, session, partner, Previous())
    codes = {sheet.key: {row[sheet.key_column] for row in mine[sheet.key]} for sheet in schema.sheets}
    answers: Answers = {sheet.key: [] for sheet in schema.sheets}
    room = schema.free_rows
    for row in submission.reading.rows:
        sheet = schema.sheet(row.sheet)
        code = str(row.values.get(sheet.key_column) or "")
        given = {column.key: row.raw[column.key] for column in sheet.inputs if row.raw.get(column.key, "").strip()}
        is_second = any(code == other for other, _, _ in answers[sheet.key])
        if not given or code not in codes[sheet.key] or (is_second and (sheet.key != "measurement" or not room)):
            continue
        room -= is_second
        answers[sheet.key].append((code, given, row))
    filled = Filled(
        contributions={code: given for code, given, _ in answers["contribution"]},
        milestones={code: given for code, given, _ in answers["milestone"]},
        measurements=[{"kpi_id": code, **given} for code, given, _ in answers["measurement"]],
    )
    path = folder / "classeur.xlsx"
    write_template(path, reference, session, partner, previous=known, filled=filled)
    return path, _places(path, answers)


def _places(path: Path, answers: Answers) -> dict[tuple[str, str], str]:
    """Received cell → cell of the refilled workbook, by reading it back."""
    from sources.workbook.reader import read_workbook

    schema = load_schema()
    rows: dict[tuple[str, str], list[ReadRow]] = {}
    for row in read_workbook(path).rows:
        code = str(row.values.get(schema.sheet(row.sheet).key_column) or "")
        rows.setdefault((row.sheet, code), []).append(row)
    places: dict[tuple[str, str], str] = {}
    for sheet_key, given in answers.items():
        used: dict[str, int] = {}
        for code, _, received in given:
            rank = used.get(code, 0)
            used[code] = rank + 1
            standing = rows.get((sheet_key, code), [])
            if rank < len(standing):
                found = standing[rank].cells
                places |= {
                    (received.sheet_name, cell): found[key] for key, cell in received.cells.items() if key in found
                }
    return places
