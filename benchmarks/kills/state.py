"""What an installation holds, in a form that two of them can be compared by."""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.services.reception.receipts import DIGEST, WORKBOOK_HASH
from orchestration.services.reception.rereading import READING_KEY
from sources.landing.rows import rows_of as rows_of_reading
from sources.landing.store import Landing
from sources.workbook.receipt import WAITING

#: what the end of a run adds to a receipt, and what changes with it
ADDED = frozenset({"effects", WORKBOOK_HASH, DIGEST})
Rows = dict[str, list[str]]

# compared byte by byte, hidden names included: what is left aside after a restart is a defect
KEPT = ("landing", "quarantine", "receipts", "deliverables", "snapshots")
# Dagster's history and dbt's scratch differ from run to run, the lock's files say who held it last, the outbox and the
# audit trail how often it was tried
NOT_COMPARED = ("dagster", "dbt", "writer.lock", "writer.holder", "audit", "outbox")


@dataclass(frozen=True)
class State:
    """Everything that must not depend on whether a run was killed on the way."""

    files: Mapping[str, str]
    names: frozenset[str]
    marts: Rows
    warehouse: Rows
    answers: Mapping[str, Mapping[str, Any]]  # what each receipt says as soon as its file is read

    def differences(self, other: "State") -> list[str]:
        """Where two installations differ, a line each; [] when they are the same."""
        found = [
            f"{name}: {'missing' if name not in self.files else 'unexpected' if name not in other.files else 'altered'}"
            for name in sorted(self.files.keys() | other.files.keys())
            if self.files.get(name) != other.files.get(name)
        ]
        found += [f"name {name}: in one of them only" for name in sorted(self.names ^ other.names)]
        for label, ours, theirs in (("marts", self.marts, other.marts), ("warehouse", self.warehouse, other.warehouse)):
            found += [
                f"{label}.{table}: {len(ours.get(table, []))} rows against {len(theirs.get(table, []))}"
                for table in sorted(ours.keys() | theirs.keys())
                if ours.get(table) != theirs.get(table)
            ]
        return found


def state_of(home: Path) -> State:
    """The state of an installation that nothing is running on."""
    return State(
        files={name: _digest(home / name) for name in _files(home, KEPT)},
        names=frozenset(
            str(path.relative_to(home))
            for path in home.rglob("*")
            if path.relative_to(home).parts[0] not in (*NOT_COMPARED, *KEPT)
        )
        | {f"dbt/{path.name}" for path in home.glob("dbt/*") if path.name.startswith(".")},
        marts=rows_of(home / "jalon.duckdb", ("marts",)),
        warehouse=rows_of(home / "warehouse.duckdb", ("raw", "marts")),
        answers={name: _said_at_once(home / name) for name in _files(home, ("receipts",)) if name.endswith(".json")},
    )


def rows_of(path: Path, schemas: tuple[str, ...]) -> Rows:
    """Every table of the schemas, row by row, sorted; {} when there is no such file."""
    import duckdb

    if not path.exists():
        return {}
    found: Rows = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as kept (read_only)")
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_catalog = 'kept' and table_type = 'BASE TABLE' order by all"
        ).fetchall()
        for schema, table in tables:
            if schema in schemas:
                rows = connection.execute(f'select * from kept."{schema}"."{table}"').fetchall()
                found[f"{schema}.{table}"] = sorted(map(repr, rows))
    return found


def halves(home: Path, before: State, after: State) -> list[str]:
    """What a kill left half-made under a final name: neither as it was before the run nor as it is after it."""
    found = []
    for name in _files(home, KEPT):
        if _is_aside(name):
            continue
        if name.startswith("receipts/") and name not in before.files:
            # it leaves as soon as the file is read; the end of the run adds what the drop changed
            found += _of_a_new_receipt(home, name, after)
            continue
        if _digest(home / name) not in (before.files.get(name), after.files.get(name)):
            found.append(f"{name}: neither the old file nor the new one")
    for path in sorted([*home.glob("checks/*.json"), *home.glob("outbox/*/*/*.json"), *home.glob("audit/*.json")]):
        try:
            json.loads(path.read_text())
        except ValueError:
            found.append(f"{path.name}: half a file")
    marts = rows_of(home / "jalon.duckdb", ("marts",))
    if marts not in (before.marts, after.marts):
        found.append("jalon.duckdb: neither the old marts nor the new ones")
    return found


def _of_a_new_receipt(home: Path, name: str, after: State) -> list[str]:
    """What is wrong with a receipt of a run that has not ended: not whole, or not what the undisturbed run says."""
    try:
        if not name.endswith(".json"):
            with zipfile.ZipFile(home / name) as archive:
                return [f"{name}: {member} is damaged" for member in [archive.testzip()] if member]
        said = _said_at_once(home / name)
    except (ValueError, zipfile.BadZipFile) as error:
        return [f"{name}: half a file ({error})"]
    if said["verdict"] == WAITING or said == after.answers.get(name):
        return []
    return [f"{name}: not what the undisturbed run answers"]


def _said_at_once(path: Path) -> dict[str, Any]:
    said = json.loads(path.read_text(encoding="utf-8"))
    return {name: value for name, value in said.items() if name not in ADDED}


def contradictions(home: Path) -> list[str]:
    """Receipts that do not say what the landing's reading and the warehouse have of the same file."""
    landing, found = Landing(home), []
    receptions = {reception.sha256: reception for reception in landing.receptions("submissions")}
    loaded = {row["sha256"]: row for row in _submissions(home / "warehouse.duckdb")}
    for name in (name for name in _files(home, ("receipts",)) if name.endswith(".json")):
        said = json.loads((home / name).read_text(encoding="utf-8"))
        if said["verdict"] == WAITING or READING_KEY not in said:
            continue
        reception = receptions.get(said["sha256"])
        if reception is None:
            found.append(f"{name}: answers a file that was not received")
            continue
        told = {"verdict": said["verdict"], **{f"rows_{part}": said["rows"][part] for part in said["rows"]}}
        read = rows_of_reading([landing.reading(reception, said[READING_KEY])], "submission")
        for place, rows in (
            ("landing", read),
            ("warehouse", [loaded[key] for key in [reception.sha256] if key in loaded]),
        ):
            found += [
                f"{name}: {column} is {value}, {row[column]} in the {place}"
                for row in rows
                for column, value in told.items()
                if row[column] != value
            ]
        if not read:
            found.append(f"{name}: its reading is not there")
    return found


def _submissions(path: Path) -> list[dict[str, Any]]:
    import duckdb

    if not path.exists():
        return []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as kept (read_only)")
        found = connection.execute("select * from kept.raw.submission")
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _is_aside(name: str) -> bool:
    return any(part.startswith(".") for part in Path(name).parts)


def _files(home: Path, folders: tuple[str, ...]) -> list[str]:
    return sorted(
        str(path.relative_to(home)) for folder in folders for path in (home / folder).rglob("*") if path.is_file()
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
