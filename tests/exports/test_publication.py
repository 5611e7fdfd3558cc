"""Publishing: refused while something blocks, frozen once, rendered again byte for byte, corrected by an erratum."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from lxml import etree
from msgspec.structs import replace

import exports
from exports import marts as m
from exports import publication, readiness, snapshot
from exports.content.release import Exchange, Waiver
from exports.edits import Edit
from exports.marts import ActionStatus, Commitment, Conflict, OverviewCount, SessionMarts, read_marts
from exports.packing import read_package, write_package
from exports.publication import PublicationError, Request
from exports.readiness import NotReadyError
from exports.snapshot import SnapshotError
from exports.text_marks import mark
from exports.word import checks
from exports.word.reading import text_of
from exports.word.styles import TEMPLATE
from exports.word.xml import NAMESPACES

Tables = dict[type[Any], list[Any]]
WAIVERS = tuple(
    Waiver(action, "pilote en réorganisation", "cheffe de projet", dt.date(2024, 12, 16))
    for action in ("2-2", "3-1", "3-2")
)


@pytest.fixture
def ready(tables: Tables, tmp_path: Path, write: Callable[[Tables], Path]) -> Request:
    """A publication nothing blocks."""
    tables[Conflict] = [replace(row, is_blocking=False, resolution="arbitrée") for row in tables[Conflict]]
    return Request(
        marts_path=write(tables),
        session_code="CNS-12",
        snapshots=tmp_path / "snapshots",
        published_on=dt.date(2024, 12, 18),
        code_version="1",
        inputs={"a": "b"},
        waivers=WAIVERS,
    )


@pytest.fixture
def corrected(ready: Request, tables: Tables, write: Callable[..., Path]) -> Request:
    """The same publication over marts in which a target changed since."""
    rows = [replace(row, target_value=1300.0) if row.commitment_id == "1-2.1" else row for row in tables[Commitment]]
    return replace(ready, marts_path=write({**tables, Commitment: rows}, "corrected"))


def test_everything_that_blocks_is_said_at_once(marts: SessionMarts) -> None:
    found = readiness.blockers(marts, failed_checks=["une ligne sans source"])
    assert [blocker.text for blocker in found[1:]] == [
        "contribution du pilote manquante : ALPHA (2-2, 3-1, 3-2)",
        "contrôle bloquant en échec : une ligne sans source",
    ]
    assert "contradiction à arbitrer : Établissements équipés (IND-1-2-1)" in found[0].text
    assert all("→" in blocker.line and blocker.fix for blocker in found)
    assert "--waive ALPHA" in found[1].fix
    assert len(readiness.blockers(marts, waivers=WAIVERS)) == 1


def test_a_waiver_needs_a_reason_and_an_author() -> None:
    with pytest.raises(ValueError, match="reason and author role"):
        Waiver("1-1", " ", "DNS", dt.date(2024, 12, 16))


@pytest.mark.parametrize("state", ["final", "published"])
def test_neither_final_nor_published_while_something_blocks(marts_path: Path, tmp_path: Path, state: str) -> None:
    with pytest.raises(NotReadyError, match="contradiction"):
        exports.render(marts_path, "CNS-12", tmp_path, state=state, code_version="1", inputs={})
    assert list(tmp_path.iterdir()) == []


def test_publication_is_refused_while_something_blocks(marts_path: Path, ready: Request, tmp_path: Path) -> None:
    with pytest.raises(NotReadyError):
        publication.publish(replace(ready, marts_path=marts_path), tmp_path / "out")
    with pytest.raises(NotReadyError, match="contrôle bloquant"):
        publication.publish(replace(ready, failed_checks=("x",)), tmp_path / "out")
    assert not ready.snapshots.exists()
    assert not (tmp_path / "out").exists()


def test_a_published_session_is_frozen_delivered_and_says_so(ready: Request, tmp_path: Path) -> None:
    published = publication.publish(ready, tmp_path / "out")
    assert published.version == 1
    names = {path.name for path in published.files}
    assert {"CNS-12_etat-avancement.docx", "CNS-12_tableau-de-bord.xlsx", "manifest.json"} <= names
    report = next(path for path in published.files if path.name == "CNS-12_etat-avancement.docx")
    assert report.parent == tmp_path / "out"
    assert all((report.parent / "v1" / path.name).read_bytes() == path.read_bytes() for path in published.files)
    parts = read_package(report.read_bytes())
    assert "PUBLIÉ" in parts["word/document.xml"].decode()
    assert "pilote en réorganisation" in parts["word/document.xml"].decode(), "an accepted absence is printed"
    assert checks.defects(report.read_bytes()) == []
    manifest = json.loads((report.parent / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["state"], manifest["version"], len(manifest["waivers"])) == ("published", 1, 3)
    told = json.loads((published.folder / "snapshot.json").read_text(encoding="utf-8"))
    assert {"template.docx", "edits.json", "marts/dim_action.parquet", "deliverables/manifest.json"} <= set(
        told["files"]
    )
    assert (report.stat().st_mode & 0o222) == 0


def test_what_passed_with_partners_is_in_the_workbook_and_frozen_with_it(ready: Request, tmp_path: Path) -> None:
    exchanges = (Exchange("ALPHA", "courriel", dt.date(2024, 10, 18), 2, 1, 3),)
    published = publication.publish(replace(ready, exchanges=exchanges), tmp_path / "out")
    dashboard = next(path for path in published.files if path.suffix == ".xlsx")
    rows = list(openpyxl.load_workbook(dashboard)["Contributions"].iter_rows(values_only=True))
    (header,) = [row for row in rows if "Canal" in row]
    start = header.index("Canal")
    assert header[start : start + 5] == ("Canal", "Invité le", "Rappels", "Réponses", "Retours")
    way, invited_on, *counts = next(row for row in rows if row[0] == "ALPHA")[start : start + 5]
    assert (way, invited_on.date(), counts) == ("courriel", dt.date(2024, 10, 18), [2, 1, 3])
    again = snapshot.rendered_again(published.folder).contents
    assert again[dashboard.name] == dashboard.read_bytes()
    publication.publish(ready, tmp_path / "without")
    assert len(snapshot.versions(ready.snapshots, "CNS-12")) == 1, "what passed since makes no correction"


def test_it_renders_again_byte_for_byte_after_data_method_and_template_changed(
    ready: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = Edit("1-1/ALPHA/progress_text", "Texte revu.", mark("Texte fictif de l’action 1-1."))
    template = tmp_path / "modele.docx"
    template.write_bytes(TEMPLATE.read_bytes())
    published = publication.publish(replace(ready, edits=(edit,), template=template), tmp_path / "out")
    ready.marts_path.unlink()
    template.write_bytes(b"")
    monkeypatch.setattr("exports.word.writer.TEMPLATE", template)
    again = snapshot.rendered_again(published.folder)
    for path in published.files:
        assert again.contents[path.name] == path.read_bytes(), path.name
    assert b"Texte revu." in read_package(again.contents["CNS-12_etat-avancement.docx"])["word/document.xml"]


def test_a_snapshot_frozen_before_a_column_came_still_serves_as_the_session_before(
    ready: Request, tmp_path: Path
) -> None:
    import duckdb

    folder = tmp_path / "marts"
    m.write_folder(ready.marts_path, folder)
    old = folder / "fct_commitment_progress.parquet"
    rows = duckdb.sql(f"select * exclude (forecast_precision) from read_parquet('{old}')").to_arrow_table()
    pq.write_table(rows, old)
    told = read_marts(folder, "CNS-12")
    assert {row.forecast_precision for row in told.commitments} == {None}
    assert len(told.commitments) == rows.num_rows


def test_a_damaged_snapshot_is_found_and_not_delivered(ready: Request, tmp_path: Path) -> None:
    published = publication.publish(ready, tmp_path / "out")
    damaged = published.folder / "marts" / "dim_action.parquet"
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes() + b" ")
    (published.folder / "deliverables" / "ajout.txt").write_text("x")
    with pytest.raises(SnapshotError, match=r"deliverables/ajout\.txt, marts/dim_action\.parquet"):
        snapshot.rendered_again(published.folder)
    with pytest.raises(SnapshotError):
        publication.deliver(published.folder, tmp_path / "ailleurs")


def test_nothing_overwrites_a_published_file(ready: Request, tmp_path: Path) -> None:
    published = publication.publish(ready, tmp_path / "out")
    assert publication.deliver(published.folder, tmp_path / "out") == published.files
    for report in (published.files[1], tmp_path / "out" / "v1" / published.files[1].name):
        report.chmod(0o644)
        report.write_bytes(b"autre chose")
        with pytest.raises(PublicationError, match="n’est pas le fichier publié"):
            publication.deliver(published.folder, tmp_path / "out")
        assert report.read_bytes() == b"autre chose"
    frozen = snapshot.read(published.folder)
    with pytest.raises(FileExistsError, match="never overwritten"):
        snapshot.freeze(published.folder, frozen, ready.marts_path, TEMPLATE, ())


def test_published_files_take_the_place_of_the_draft_and_of_it_alone(ready: Request, tmp_path: Path) -> None:
    out = tmp_path / "out"
    draft = exports.render(ready.marts_path, "CNS-12", out, code_version="1", inputs={})
    publication.publish(ready, out)
    assert b"PUBLI" in (out / "manifest.json").read_bytes().upper()
    other = tmp_path / "other"
    edited = exports.render(ready.marts_path, "CNS-12", other, code_version="1", inputs={}).docx
    edited.write_bytes(edited.read_bytes() + b"relu")
    folder = snapshot.folder_of(ready.snapshots, "CNS-12", 1)
    with pytest.raises(PublicationError, match=f"{draft.docx.name} n’est pas"):
        publication.deliver(folder, other)
    assert not (other / "v1").exists()


def test_a_publication_killed_after_its_freeze_is_completed_by_the_next(ready: Request, tmp_path: Path) -> None:
    first = publication.publish(ready, tmp_path / "out")
    for path in first.files[1:]:
        path.unlink()
    again = publication.publish(ready, tmp_path / "out")
    assert (again.version, again.is_new) == (1, False)
    assert all(path.exists() for path in again.files)


def test_a_correction_is_a_new_version_with_an_erratum_page(ready: Request, corrected: Request, tmp_path: Path) -> None:
    first = publication.publish(ready, tmp_path / "out")
    archived = sorted((tmp_path / "out" / "v1").iterdir())
    before = {path: path.read_bytes() for path in archived}
    with pytest.raises(PublicationError, match="déjà publiée"):
        publication.publish(corrected, tmp_path / "out")
    with pytest.raises(PublicationError, match="rien n’a changé"):
        publication.publish(replace(ready, erratum="Sans objet"), tmp_path / "out")
    second = publication.publish(replace(corrected, erratum="La cible de 1-2.1 était fausse."), tmp_path / "out")
    assert second.version == 2
    assert {path: path.read_bytes() for path in archived} == before
    again = publication.publish(replace(corrected, erratum="La cible de 1-2.1 était fausse."), tmp_path / "out")
    assert (again.version, again.is_new) == (2, False), "the same order again is no third version"
    report = next(path for path in second.files if path.name == "CNS-12_etat-avancement.docx").read_bytes()
    words = read_package(report)["word/document.xml"].decode().replace("\u202f", " ")
    assert "La cible de 1-2.1 était fausse." in words
    assert "1 200 établissements" in words
    assert "1 300 établissements" in words
    assert checks.defects(report) == []
    assert snapshot.rendered_again(first.folder).contents[archived[0].name] == before[archived[0]]


def test_an_erratum_says_what_follows_from_a_corrected_figure(
    ready: Request, tables: Tables, write: Callable[..., Path], tmp_path: Path
) -> None:
    publication.publish(ready, tmp_path / "out")
    wrong = {"actual_value": 420.0, "progress_rate": 35.0, "share_of_target": 35.0, "status": "at_risk"}
    tables[Commitment] = [replace(row, **wrong) if row.commitment_id == "1-2.1" else row for row in tables[Commitment]]
    tables[ActionStatus] = [
        replace(row, final_status="at_risk") if row.action_code == "1-2" else row for row in tables[ActionStatus]
    ]
    counted = {"on_track": 0, "at_risk": 2}
    tables[OverviewCount] = [
        replace(row, action_count=counted.get(row.status, row.action_count)) if row.axis_number is None else row
        for row in tables[OverviewCount]
    ]
    again = replace(ready, marts_path=write(tables, "corrected"), erratum="Double compte.")
    published = publication.publish(again, tmp_path / "out")
    files = {path.suffix: path for path in published.files if "note" not in path.name}
    body = etree.fromstring(read_package(files[".docx"].read_bytes())["word/document.xml"])
    rows = [
        [
            text_of(cell).replace("\u202f", " ").replace("\u00a0", " ").strip()
            for cell in row.iterfind("w:tc", NAMESPACES)
        ]
        for row in body.iterfind(".//w:tr", NAMESPACES)
    ]
    named = "1-2.1 Engagement fictif 1-2.1"
    said = [
        [named, "Réalisé", "1 134 établissements (octobre 2024)", "420 établissements (octobre 2024)"],
        [named, "Taux, ou part de la cible", "94,5 %", "35 %"],
        [named, "Situation", "► En bonne voie", "▲ À risque"],
    ]
    assert [row for row in rows if row[0] == named and len(row) == 4] == said
    assert [row[1:] for row in rows if len(row) == 3 and row[0].endswith(("En bonne voie", "À risque"))] == [
        ["1", "0"],
        ["1", "2"],
    ]
    sheet = openpyxl.load_workbook(files[".xlsx"])["Erratum"]
    written = [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]
    assert [named, "Taux, ou part de la cible", 94.5, 35] in written
    assert ["▲\u00a0À risque", 1, 2] in written


def test_a_first_version_has_no_erratum(ready: Request, tmp_path: Path) -> None:
    with pytest.raises(PublicationError, match="pas encore publiée"):
        publication.publish(replace(ready, erratum="x"), tmp_path / "out")


def test_a_failed_publication_leaves_nothing(ready: Request, tmp_path: Path) -> None:
    template = tmp_path / "modele.docx"
    parts = read_package(TEMPLATE)
    parts["word/styles.xml"] = parts["word/styles.xml"].replace(b"Jalon chapeau", b"Autre")
    template.write_bytes(write_package(parts))
    with pytest.raises(ValueError, match="Jalon chapeau"):
        publication.publish(replace(ready, template=template), tmp_path / "out")
    assert [path.name for path in ready.snapshots.rglob("*") if path.is_file()] == []
    assert not (tmp_path / "out").exists()


def test_arrows_are_those_of_the_version_published_before(
    ready: Request, later_rows: Tables, write: Callable[..., Path], tmp_path: Path
) -> None:
    publication.publish(ready, tmp_path / "out")
    rows = later_rows
    rows[Conflict] = [replace(row, is_blocking=False) for row in rows[Conflict]]
    # what the warehouse would say today of the session before: not what was published
    rows[ActionStatus] = [replace(row, previous_status="stalled") for row in rows[ActionStatus]]
    path = write(rows, "later")
    lead = tuple(replace(waiver, action_code=code) for waiver in WAIVERS[:1] for code in ("1-1", "2-2", "3-1", "3-2"))
    later = replace(ready, marts_path=path, session_code="CNS-13", waivers=lead, banner="SESSION FICTIVE")
    published = publication.publish(later, tmp_path / "out13")
    told = snapshot.marts_of(published.folder)
    assert told.status_by_action["1-2"].previous_status == "on_track"
    assert {row.change_kind for row in told.changes} >= {"status_worsened", "target_changed", "action_withdrawn"}
    assert read_marts(path, "CNS-13").status_by_action["1-2"].previous_status == "stalled"
