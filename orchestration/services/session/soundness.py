"""What was altered or lost under JALON_HOME outside of Jalon, one line each with its fix. Nothing is changed here."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from orchestration.services.audit.audit import Action, AuditTrail
from orchestration.services.reception.receipts import DIGEST, WORKBOOK_HASH
from orchestration.services.runtime.paths import Paths
from orchestration.services.session.rendering_record import rendered_in
from sources.command_line import command
from sources.files.memo import digest
from sources.landing.rows import rows_of
from sources.landing.store import CHANNELS, QUARANTINED_TABLE, Landing, hash_file

RESTORE = "put it back from the backup"
FEW_INODES = 10_000


def altered_receptions(paths: Paths, landing: Landing) -> Iterator[str]:
    """Receptions that the audit trail does not bear out, and a trail that was emptied beside them."""
    noted = {
        entry.detail.get("sha256"): entry.detail
        for entry in AuditTrail.of(paths).entries()
        if entry.action == Action.DROPPED
    }
    receptions = landing.receptions()
    if receptions and not noted:
        yield f"{paths.home / 'audit'}: {len(receptions)} files were received and the trail names none; {RESTORE}"
        return
    for reception in receptions:
        detail = noted.get(reception.sha256)
        if detail is None:
            continue  # a run that died before it noted it: the next one does
        times = {reception.received_at.isoformat(), *(item.received_at.isoformat() for item in reception.again)}
        place = (detail.get("partner"), detail.get("file"))
        if place not in reception.places or detail.get("received_at") not in times:
            path = landing.receptions_folder / f"{reception.sha256}.json"
            yield f"{path}: not what the audit trail has of {detail.get('file')}; {RESTORE}"


def lost_quarantine(landing: Landing) -> Iterator[str]:
    """Readings that set rows aside and whose quarantine is gone."""
    for reception in landing.receptions("submissions"):
        for reading in landing.readings(reception):
            rows = rows_of([reading], "submission")
            if rows and rows[0]["rows_rejected"] and reading.parquet(QUARANTINED_TABLE) is None:
                yield (
                    f"{reading.quarantine}: missing; delete {reading.folder}, then `{command('rebuild')}`: the "
                    "archived file is read again"
                )


def altered_receipts(folder: Path) -> Iterator[str]:
    """Receipts that are not as they were given."""
    for path in sorted(folder.glob("*/*/*.json")):
        try:
            receipt = json.loads(path.read_text(encoding="utf-8"))
            if DIGEST not in receipt:  # given before receipts had one
                continue
            workbook = path.with_suffix(".xlsx")
            is_whole = receipt.pop(DIGEST) == digest(receipt)
            if receipt[WORKBOOK_HASH] is not None and hash_file(workbook) != receipt[WORKBOOK_HASH]:
                yield f"{workbook}: not as it was given; {RESTORE}, or delete it and its .json: a run gives it again"
        except (OSError, ValueError, KeyError, TypeError):
            is_whole = False
        if not is_whole:
            yield f"{path}: not as it was given; {RESTORE}, or delete it with its workbook: a run gives it again"


def altered_deliverables(paths: Paths) -> Iterator[str]:
    """Rendered files that are not as they were written; Word reports are the DNS's to edit, and are drafts then."""
    for folder in sorted((paths.home / "deliverables").glob("*")):
        for name, sha256 in rendered_in(folder).items():
            path = folder / name
            if path.suffix == ".docx" and path.is_file():
                continue
            if not path.is_file() or hash_file(path) != sha256:
                again = command("report", "--session", folder.name)
                yield f"{path}: not as it was rendered; `{again}` makes it again"


def damaged_history(paths: Paths) -> Iterator[str]:
    """Databases of Dagster's history that are cut or damaged."""
    for path in sorted(paths.dagster_home.rglob("*.db")):
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
                problems = database.execute("pragma quick_check(1)").fetchall()
                is_empty = not database.execute("select count(*) from sqlite_master").fetchall()[0][0]
        except sqlite3.Error as error:
            problems, is_empty = [(str(error),)], False
        if is_empty or problems != [("ok",)]:
            reason = "empty" if is_empty else problems[0][0]
            yield (
                f"{path}: {reason}; {RESTORE}, or move it away: what runs did is forgotten, and nothing of the landing"
            )


def few_inodes(folder: Path) -> Iterator[str]:
    """A disk that has room and takes no more files."""
    state = os.statvfs(folder)
    if state.f_files and state.f_favail < FEW_INODES:
        yield f"{folder}: room for {state.f_favail} more files only (`df -i`); delete small files that are not Jalon's"


def stray_files(landing: Landing) -> Iterator[str]:
    """Archived files that no reception names."""
    known = {reception.sha256 for channel in CHANNELS for reception in landing.receptions(channel)}
    for path in sorted(landing.files.glob("*")):
        if path.name.partition(".")[0] not in known:
            yield f"{path}: no reception names it; {RESTORE} (landing/receptions), or take it away"
