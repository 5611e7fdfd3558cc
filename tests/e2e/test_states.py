"""From draft to published and on to the next session, by the real command.

CNS-12 is published from a draft that was edited in Word. CNS-13 is fictional: its workbooks are invented here, the
sidecar says so, and every page of what is rendered from them must.
"""

import copy
import csv
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
import openpyxl
import pytest
from docx.oxml.ns import qn

from exports import snapshot
from exports.content.release import FICTIONAL_BANNER
from exports.differences import since
from exports.marts import read_marts
from exports.packing import read_package
from orchestration.checks.deliverables import CHECKS, check_results
from orchestration.services.audit.audit import AuditTrail
from orchestration.services.backup.archive import extract_archive
from orchestration.services.reception.previous import previous_of
from orchestration.services.session.publishing import Order, PublishingError, damaged_snapshots, publish_session
from orchestration.services.session.rendering import render_session
from orchestration.services.session.state import state_of
from orchestration.services.session.waivers import WaiverOrder
from sources.landing.store import hash_file
from sources.reference.roadmap import load_reference
from sources.workbook.prefill import Filled
from sources.workbook.template import template_name, write_template

if TYPE_CHECKING:
    from tests.e2e.conftest import Line

FICTIVE = ("CNAM", "ANS")
STATUSES = ("on_track", "late", "at_risk", "stalled", "achieved")
EDITED, NOTE = "Texte revu pour la séance.", "À évoquer en séance."
AT = datetime(2025, 6, 5, 10, tzinfo=UTC)


def edit(source: Path, target: Path) -> str:
    """The draft with one text rewritten and one note added, as Word would leave it; the key of the text."""
    document = docx.Document(str(source))
    key = rewrite(document, "1-1", EDITED)
    heading = next(item for item in document.paragraphs if item.style.name == "Heading 3" and item.text[:3] == "1-2")
    heading._p.addnext(copy.deepcopy(heading._p))
    added = docx.text.paragraph.Paragraph(heading._p.getnext(), heading._parent)
    added.clear()
    added.style = document.styles["Jalon note"]
    added.add_run(NOTE)
    target.parent.mkdir(parents=True, exist_ok=True)
    document.save(str(target))
    return key


def rewrite(document: Any, action_code: str, text: str) -> str:
    """The first text that a lead sent on an action, replaced where it stands; its key."""
    for control in document.element.body.iter(qn("w:sdt")):
        tag = control.find(qn("w:sdtPr")).find(qn("w:tag"))
        name = "" if tag is None else tag.get(qn("w:val"))
        if name.startswith(f"texte:{action_code}/") and "objecti" not in name:
            first, *others = control.iter(qn("w:t"))
            first.text = text
            for other in others:
                other.text = ""
            return str(name.removeprefix("texte:").partition("#")[0])
    raise AssertionError(f"no text of {action_code} in the draft")


def drop_fiction(line: "Line") -> None:
    """Invented workbooks of two partners for CNS-13, which the sidecar calls fictional."""
    reference = load_reference(line.paths.seeds)
    previous = previous_of(line.paths, "CNS-13")
    assert previous is not None
    rows = []
    for partner in FICTIVE:
        led = [code for code in reference.actions if reference.lead_of(code) == partner]
        said = [
            {"status": status, "progress_text": f"Texte fictif sur {code}."}
            for code, status in zip(led, cycle(STATUSES))
        ]
        milestones = [
            item.commitment_id for code in led for item in reference.commitments_of(code) if item.kind == "milestone"
        ]
        kpis = [item.kpi_id for item in reference.kpis_of(partner) if item.kpi_id in previous.kpis]
        filled = Filled(
            contributions=dict(zip(led, said, strict=True)),
            milestones={code: {"status": "late", "forecast_on": "T4 2026"} for code in milestones},
            measurements=[
                {
                    "kpi_id": kpi,
                    "value": str(int(previous.kpis[kpi][-1]["value"]) + 1),
                    "period": "mai 2025",
                }
                for kpi in kpis
            ],
        )
        folder = line.paths.inbox / "partners" / reference.partners[partner].partner_slug
        path = folder / template_name(reference, "CNS-13", partner)
        write_template(path, reference, "CNS-13", partner, previous=previous, filled=filled, banner=FICTIONAL_BANNER)
        rows.append([hash_file(path), AT.isoformat(), "fictional", f"{path.name} : inventé pour les essais"])
    with (line.paths.inbox / "receptions.csv").open("a", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


@pytest.fixture(scope="module")
def line(shipped: "Line", tmp_path_factory: pytest.TempPathFactory) -> "Line":
    """CNS-12 final from an edited draft, published; CNS-13 fictional, ingested."""
    copied = shipped.copied_to(tmp_path_factory.mktemp("states"))
    edit(copied.word, copied.paths.inbox / "drafts" / "rapport relu.docx")
    (copied.paths.inbox / "drafts" / "autre.docx").write_text("rien")
    drop_fiction(copied)
    final = copied.jalon("report", "--session", "CNS-12", "--state", "final", "--action", "8-4")
    assert final.returncode == 0, final.stdout + final.stderr
    assert "fiches/CNS-12_fiche_8-4.docx" in final.stdout
    assert state_of(copied.paths, load_reference(copied.paths.seeds).sessions["CNS-12"]) == "final"
    published = copied.jalon("publish", "--session", "CNS-12")
    assert published.returncode == 0, published.stdout + published.stderr
    return copied


def words_of(path: Path) -> str:
    """Every part of a package that holds text."""
    parts = read_package(path)
    return "\n".join(content.decode() for name, content in sorted(parts.items()) if name.endswith(".xml"))


def test_the_words_of_the_dns_reach_every_deliverable_and_are_answered(line: "Line") -> None:
    assert EDITED in words_of(line.word)
    assert EDITED in words_of(line.excel)
    assert NOTE in words_of(line.excel)
    page = line.paths.deliverables("CNS-12") / "CNS-12_tableau-de-bord.html"
    assert EDITED in page.read_text(encoding="utf-8")
    manifest = json.loads((line.paths.deliverables("CNS-12") / "manifest.json").read_text(encoding="utf-8"))
    assert [row["key"].split("/")[0] for row in manifest["edited_texts"]] == ["1-1", "1-2"]
    assert any(name.startswith("drafts/") for name in manifest["inputs"])
    (taken,) = (line.paths.home / "receipts" / "CNS-12" / "DNS").glob("rapport relu_reponse_*.txt")
    assert "Textes repris : 2" in taken.read_text(encoding="utf-8").replace("\u00a0", " ")
    (refused,) = (line.paths.home / "receipts" / "inconnu" / "DNS").glob("autre_reponse_*.txt")
    assert "pas un document Word lisible" in refused.read_text(encoding="utf-8")


def test_a_draft_left_among_the_reports_or_edited_where_it_was_delivered_is_taken_too(copied: "Line") -> None:
    sent_back, on_the_spot = docx.Document(str(copied.word)), docx.Document(str(copied.word))
    rewrite(sent_back, "1-1", "Texte rendu parmi les rapports.")
    sent_back.save(str(copied.paths.inbox / "reports" / "retour de la DNS.docx"))
    rewrite(on_the_spot, "1-2", "Texte corrigé sur place.")
    on_the_spot.save(str(copied.word))
    copied.report()
    rendered = words_of(copied.word)
    assert "Texte rendu parmi les rapports." in rendered
    assert "Texte corrigé sur place." in rendered


ARCHIVE = """
import sys
from pathlib import Path
from orchestration.commands.run import run_job
from orchestration.services.runtime.paths import Paths
from orchestration.services.runtime.narrator import Narrator
outcome = run_job(Paths(*map(Path, sys.argv[1:])), "archive", Narrator(), partition_key="CNS-12", tags={})
sys.exit("\\n".join(outcome.failures) or 0)
"""


def test_the_job_archives_a_published_session_once_in_one_file_that_holds_it_all(line: "Line", tmp_path: Path) -> None:
    command = [sys.executable, "-c", ARCHIVE, str(line.paths.home), str(line.paths.inbox)]
    first = subprocess.run(command, capture_output=True, text=True, check=False)
    assert first.returncode == 0, first.stderr
    archive = line.paths.home / "archives" / "CNS-12_v1.tar"
    assert archive.stat().st_mode & 0o777 == 0o440
    catalogue = extract_archive(archive, tmp_path)  # every file against its SHA-256
    assert (catalogue["session"], catalogue["version"]) == ("CNS-12", 1)
    for folder in ("snapshots/CNS-12", "deliverables/CNS-12", "receipts/CNS-12"):
        kept = {path.relative_to(line.paths.home) for path in (line.paths.home / folder).rglob("*") if path.is_file()}
        assert kept
        assert {str(path) for path in kept} <= catalogue["files"].keys()
    assert AuditTrail(tmp_path / "audit").problems() == []

    before = archive.read_bytes()
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert "was archived before, left as it is" in again.stderr
    assert archive.read_bytes() == before


def test_a_published_session_is_delivered_as_it_was_frozen(line: "Line") -> None:
    reference = load_reference(line.paths.seeds)
    assert state_of(line.paths, reference.sessions["CNS-12"]) == "published"
    folder = line.paths.deliverables("CNS-12")
    before = {path.name: path.read_bytes() for path in sorted((folder / "v1").iterdir())}
    assert json.loads(before["manifest.json"])["state"] == "published"
    rendered = render_session(line.paths, "CNS-12", lambda _: None)
    assert (rendered.state, rendered.is_unchanged) == ("published", True)
    assert {path.name: path.read_bytes() for path in rendered.files} == before
    assert [result.passed for result in check_results(line.paths, "CNS-12", rendered)] == [True] * len(CHECKS)
    again = snapshot.rendered_again(snapshot.folder_of(line.paths.snapshots, "CNS-12", 1))
    assert dict(again.contents) == before
    assert damaged_snapshots(line.paths.snapshots) == (1, [])
    entries = [entry for entry in AuditTrail.of(line.paths).entries() if entry.action == "published"]
    assert [(entry.session_code, entry.detail["version"]) for entry in entries] == [("CNS-12", "1")]


def test_a_page_that_says_something_else_than_the_marts_fails_its_check(line: "Line", tmp_path: Path) -> None:
    rendered = render_session(line.paths, "CNS-12", lambda _: None)
    files = []
    for path in rendered.files:
        spoilt = path.read_bytes()
        if path.suffix == ".html":
            assert "À risque".encode() in spoilt
            spoilt = spoilt.replace("À risque".encode(), b"Atteint")
        (tmp_path / path.name).write_bytes(spoilt)
        files.append(tmp_path / path.name)
    other = replace(rendered, files=tuple(files), sha256={path.name: hash_file(path) for path in files})
    failed = {result.check_name for result in check_results(line.paths, "CNS-12", other) if not result.passed}
    assert failed == {"the_page_says_what_the_marts_say"}


def test_the_next_session_is_refused_then_published_with_waivers_and_differs_as_the_two_snapshots_do(
    line: "Line",
) -> None:
    with pytest.raises(PublishingError) as refused:
        publish_session(line.paths, Order("CNS-13"), log=lambda _: None)
    missing = [reason for reason in refused.value.reasons if "contribution du pilote manquante" in reason]
    assert missing
    assert len(missing) == len(refused.value.reasons)
    assert all("→" in reason for reason in missing)
    leads = [reason.split("manquante")[1].lstrip("\u00a0: ").partition(" (")[0] for reason in missing]
    order = Order("CNS-13", WaiverOrder(leads, ["essai"], "DNS, essai"))
    published = publish_session(line.paths, order, log=lambda _: None)

    before = snapshot.marts_of(snapshot.folder_of(line.paths.snapshots, "CNS-12", 1))
    after = snapshot.marts_of(published.folder)
    changes = since(before, after)
    assert {row.change_kind for row in changes} >= {"value_updated", "forecast_announced", "status_lost"}
    # the models find the same, the reference being the same in both
    assert sorted(changes, key=repr) == sorted(read_marts(line.paths.marts, "CNS-13").changes, key=repr)

    folder = line.paths.deliverables("CNS-13")
    sheet = openpyxl.load_workbook(folder / "CNS-13_tableau-de-bord.xlsx")["Changements"]
    (table,) = sheet.tables.values()
    first, last = table.ref.split(":")
    assert int("".join(filter(str.isdigit, last))) - int("".join(filter(str.isdigit, first))) == len(changes)
    assert rows_of_changes(folder / "CNS-13_etat-avancement.docx") == len(changes)
    waivers = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["waivers"]
    assert {row["reason"] for row in waivers} == {"essai"}
    assert "Contributions manquantes acceptées" in words_of(folder / "CNS-13_etat-avancement.docx")
    every_page_says_it_is_fictional(folder)


def rows_of_changes(report: Path) -> int:
    """Rows of the tables of the changes' chapter."""
    document, is_inside, rows = docx.Document(str(report)), False, 0
    for block in document.iter_inner_content():
        if isinstance(block, docx.table.Table):
            rows += (len(block.rows) - 1) * is_inside
        elif block.style.name == "Heading 1":
            is_inside = block.text.startswith("Changements")
    return rows


def every_page_says_it_is_fictional(folder: Path) -> None:
    for name in ("CNS-13_etat-avancement.docx", "CNS-13_note-de-synthese.docx"):
        headers = [text for part, text in read_package(folder / name).items() if part.startswith("word/header")]
        assert headers
        assert all(FICTIONAL_BANNER.encode() in header for header in headers), name
    sheets: dict[str, Any] = read_package(folder / "CNS-13_tableau-de-bord.xlsx")
    pages = [text for part, text in sheets.items() if part.startswith("xl/worksheets/sheet")]
    assert all(FICTIONAL_BANNER.encode() in page for page in pages)
    assert FICTIONAL_BANNER in (folder / "CNS-13_tableau-de-bord.html").read_text(encoding="utf-8")
    assert FICTIONAL_BANNER.encode() in read_package(folder / "CNS-13_donnees-ouvertes.zip")["datapackage.json"]
