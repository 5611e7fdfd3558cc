"""A receipt says, once the marts are built, what its drop changed of the sender's actions."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import openpyxl
import pytest
from dagster import materialize

from orchestration.assets import warehouse
from orchestration.resources import Installation, installation_resource
from orchestration.services.reception.effects import (
    add_changes_to_receipts,
    receipts_without_effect,
    statuses_of,
    write_effects,
)
from orchestration.services.reception.receipts import write_sealed
from orchestration.services.runtime.paths import Paths
from orchestration.services.session.soundness import altered_receipts
from orchestration.services.warehouse.database import marts_digest, note_build
from orchestration.services.warehouse.dbt_build import manifest
from sources.workbook import receipt_book
from sources.workbook.receipt import Effect, Receipt
from sources.workbook.receipt_book import EFFECTS, write_receipt

AT = datetime(2025, 6, 5, 9, tzinfo=UTC)
LABELS = [
    *(("status", code, label) for code, label in (("late", "En retard"), ("achieved", "Atteint"))),
    *(("commitment_status", code, label) for code, label in (("at_risk", "À risque"), ("achieved", "Atteint"))),
]


def marts(path: Path, action: str, commitment: str) -> None:
    """A readers' copy with one action of CNAM and one of HAS (fictional)."""
    path.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as written")
        connection.execute("create schema written.marts")
        connection.execute("use written")
        note_build(connection, f"{action}-{commitment}")
        tables = {
            "fct_action_status (session_code varchar, action_code varchar, final_status varchar)": [
                ("CNS-13", "8-4", action),
                ("CNS-13", "15-2", action),
            ],
            "fct_commitment_progress (session_code varchar, action_code varchar, commitment_id varchar, "
            "status varchar)": [("CNS-13", "8-4", "8-4.2", commitment), ("CNS-13", "8-4", "8-4.1", "at_risk")],
            "bridge_action_partner (action_code varchar, partner_code varchar)": [("8-4", "CNAM"), ("15-2", "HAS")],
            "dim_label (domain varchar, code varchar, label varchar)": LABELS,
        }
        for table, rows in tables.items():
            connection.execute(f"create table written.marts.{table}")
            name = table.partition(" ")[0]
            marks = ", ".join("?" for _ in rows[0])
            connection.executemany(f"insert into written.marts.{name} values ({marks})", rows)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    found = Paths(home=tmp_path, inbox=tmp_path / "inbox")
    marts(found.marts, "late", "at_risk")
    return found


def receipt(paths: Paths, name: str = "CNS-13_CNAM_accuse_0000", **check: object) -> Path:
    """A receipt made after the readers' copy, workbook and JSON."""
    made = Receipt(
        check={
            "file": "CNS-13_CNAM.xlsx",
            "sha256": "0" * 64,
            "verdict": "accepted",
            "partner": "CNAM",
            "session": "CNS-13",
            "rows": {"read": 1, "accepted": 1, "rejected": 0, "ignored": 0},
            "issues": [],
            **check,
        },
        received_at=AT,
        due_on=date(2025, 6, 10),
        accepted={},
    )
    path = paths.receipts / "CNS-13" / "CNAM" / f"{name}.json"
    write_receipt(path.with_suffix(".xlsx"), made, None)
    write_sealed(path, made.as_json())
    after = paths.marts.stat().st_mtime + 1
    os.utime(path, (after, after))
    return path


def column_a(path: Path) -> list[str]:
    page = openpyxl.load_workbook(path.with_suffix(".xlsx")).worksheets[0]
    return [str(cell.value).replace("\u00a0", " ") for cell in page["A"] if cell.value]


def test_the_sender_reads_what_changed_of_its_own_actions(paths: Paths) -> None:
    path = receipt(paths)
    assert receipts_without_effect(paths) == [path]
    before, said_before = statuses_of(paths.marts), column_a(path)
    marts(paths.marts, "achieved", "achieved")
    assert write_effects([path], before, statuses_of(paths.marts)) == 2
    assert json.loads(path.read_text(encoding="utf-8"))["effects"] == [
        {"code": "8-4", "before": "En retard", "after": "Atteint"},
        {"code": "8-4.2", "before": "À risque", "after": "Atteint"},
    ]
    lines = [EFFECTS, "8-4 : en retard → atteint", "8-4.2 : à risque → atteint"]
    assert column_a(path) == [*said_before, *lines]


def test_told_again_it_is_replaced_and_nothing_changed_is_said(paths: Paths) -> None:
    path = receipt(paths)
    said_before, states = column_a(path), statuses_of(paths.marts)
    for _ in range(2):
        write_effects([path], states, states)
    assert column_a(path) == [*said_before, EFFECTS, "Aucun état ne change."]
    assert receipts_without_effect(paths) == []


def test_a_receipt_that_was_added_to_is_as_it_was_given_until_somebody_else_changes_it(paths: Paths) -> None:
    path, states = receipt(paths), statuses_of(paths.marts)
    write_effects([path], states, {("CNS-13", "CNAM"): {"8-4": "Atteint"}})
    assert list(altered_receipts(paths.receipts)) == []
    for file in (path, path.with_suffix(".xlsx")):
        content = file.read_bytes()
        file.write_bytes(content.replace(b"Atteint", b"Inconnu") if file == path else content + b" ")
        (found,) = altered_receipts(paths.receipts)
        assert found.startswith(f"{file}: not as it was given")
        file.write_bytes(content)


def test_a_run_killed_before_all_is_told_leaves_the_rest_waiting_with_the_marts_they_are_compared_with(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the readers' copy is replaced nobody knows what stood before, nor which receipts wait."""
    first, second = receipt(paths, "CNS-13_CNAM_accuse_0000"), receipt(paths, "CNS-13_CNAM_accuse_1111")
    built = paths.home / "built.duckdb"
    marts(built, "achieved", "achieved")
    digest, write = marts_digest(paths.marts), receipt_book.add_effects

    def dying(path: Path, effects: Sequence[Effect]) -> Path:
        if path == second.with_suffix(".xlsx"):
            raise KeyboardInterrupt
        return write(path, effects)

    with duckdb.connect(str(built), read_only=True) as connection:
        monkeypatch.setattr(receipt_book, "add_effects", dying)
        with pytest.raises(KeyboardInterrupt):
            add_changes_to_receipts(paths, connection, lambda _: None)
        assert receipts_without_effect(paths) == [second]
        monkeypatch.setattr(receipt_book, "add_effects", write)
        add_changes_to_receipts(paths, connection, lambda _: None)
    assert marts_digest(paths.marts) == digest
    told = [json.loads(path.read_text(encoding="utf-8"))["effects"] for path in (first, second)]
    assert told[0] == told[1]
    assert [effect["code"] for effect in told[0]] == ["8-4", "8-4.2"]


def test_the_readers_copy_is_replaced_once_the_receipts_say_what_changed(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    for name in ("add_changes_to_receipts", "copy_marts"):
        monkeypatch.setattr(warehouse, name, lambda *_, name=name: order.append(name) or [])
    for name, given in (("build_digest", "new"), ("status_counts", []), ("plots", {})):
        monkeypatch.setattr(warehouse, name, lambda *_, given=given: given)
    *_, copy = warehouse.build_warehouse_assets(manifest(paths))
    assert materialize([copy], resources={"installation": installation_resource(Installation(paths))}).success
    assert order == ["add_changes_to_receipts", "copy_marts"]


def test_what_was_refused_or_came_again_has_no_effect(paths: Paths) -> None:
    receipt(paths, rows={"read": 1, "accepted": 0, "rejected": 1, "ignored": 0})
    assert receipts_without_effect(paths) == []
    assert receipts_without_effect(Paths(home=paths.home / "new", inbox=paths.inbox)) == []
