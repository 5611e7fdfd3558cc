"""A reader that was fixed reads archived files again; who sent them is told when the result differs.

The workbooks and their figures are invented.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from orchestration.services.reception import rereading
from orchestration.services.reception.ingest import counting_reading, current_readings, read_all, receive_all
from orchestration.services.reception.previous import known_before
from orchestration.services.reception.receipts import desk_of, give_receipts
from orchestration.services.reception.rereading import reread_lines, rereadings
from orchestration.services.reception.submissions_reader import SubmissionsReader
from orchestration.services.runtime.paths import Paths
from sources.landing.rows import rows_of
from sources.landing.store import Landing, Reception, hash_file
from sources.reference.roadmap import load_reference
from sources.workbook.prefill import Filled
from sources.workbook.template import write_template

NOW = datetime(2025, 6, 2, 12, 5, tzinfo=UTC)
KPI = "IND-4-2-1"


class FormerReader(SubmissionsReader):
    """The reader as it was before a fix: it made something else of one answer."""

    key = "0" * 12
    value: float | None = 4100.0
    verdict: str | None = None

    def read(self, path: Path, reception: Reception) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """What today's reader reads, but for the fault."""
        tables = {name: [dict(row) for row in rows] for name, rows in super().read(path, reception).items()}
        for row in tables["measurement"]:
            row["value"] = self.value
        if self.value is None:
            tables["measurement"] = []
        if self.verdict:
            tables["submission"][0]["verdict"] = self.verdict
        return tables


class Line:
    """An installation with a drop folder, as far as the receipts."""

    def __init__(self, paths: Paths) -> None:
        self.paths, self.reference = paths, load_reference(paths.seeds)

    def drop(self, name: str = "CNS-13_DNS.xlsx", value: str = "4 000", period: str = "T1 2025") -> Path:
        folder = self.paths.inbox / "partners" / "DNS"
        folder.mkdir(parents=True, exist_ok=True)
        filled = Filled(measurements=[{"kpi_id": KPI, "value": value, "period": period}])
        return write_template(folder / name, self.reference, name.partition("_")[0], "DNS", filled=filled)

    def reader(self, kind: type[SubmissionsReader] = SubmissionsReader) -> SubmissionsReader:
        return kind(self.paths, self.reference, previous=lambda _: None)

    def run(self, reader: SubmissionsReader) -> list[Path]:
        """One run: what was dropped is received, read, answered. Returns the receipts given."""
        landing = Landing(self.paths.home).open()
        receive_all(self.paths.inbox, landing, lambda: NOW, lambda _: None)
        read_all(landing, reader, lambda _: None)
        desk = replace(desk_of(self.paths, landing, self.reference, lambda _: None), reader=reader)
        received = landing.current("submissions")
        return give_receipts(desk, lambda _: None, rereadings(landing, reader, received, desk.folder, self.paths.memo))

    def values(self, reader: SubmissionsReader) -> list[float]:
        readings = current_readings(Landing(self.paths.home), [reader])
        return [row["value"] for row in rows_of(readings, "measurement")]

    def publish(self, session_code: str = "CNS-13") -> None:
        """What a publication leaves, as far as readers know."""
        (self.paths.snapshots / session_code / "v1").mkdir(parents=True)


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(Paths(home=tmp_path / "home", inbox=tmp_path / "inbox"))


def said(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return content


def test_a_value_that_a_fixed_reader_reads_otherwise_is_told_to_its_sender_once(line: Line) -> None:
    """The partner was told 4,100 where it had written 4,000."""
    line.drop()
    (first,) = line.run(line.reader(FormerReader))
    assert line.values(line.reader(FormerReader)) == [4100.0]
    (again,) = line.run(line.reader())
    assert line.values(line.reader()) == [4000.0]
    assert again.name.startswith("CNS-13_DNS_relu-1_")
    assert again.parent == first.parent
    assert first.exists()
    told = said(again)
    assert told["former_verdict"] == told["verdict"]
    assert [(change["column"], change["before"], change["after"]) for change in told["changes"]] == [
        ("Valeur", "4\u202f100", "4\u202f000")
    ]
    assert told["headline"].startswith(
        "Votre dépôt du 02/06/2025 à 14 h 05 a été relu, et ce qui en est retenu a changé."
    )
    page = openpyxl.load_workbook(again).worksheets[0]
    cells = [str(cell) for row in page.iter_rows(values_only=True) for cell in row if cell is not None]
    assert "Ce que la nouvelle lecture change (1)" in cells
    assert "Résultat précédent" in cells
    (shown,) = reread_lines(line.paths.receipts, "CNS-13")
    assert shown.text.startswith("DNS\u00a0: CNS-13_DNS.xlsx relu, «\u00a0Accepté")
    assert shown.text.endswith("comme avant\u00a0; 1\u00a0réponse changée")
    assert reread_lines(line.paths.receipts, "CNS-12") == []
    assert line.run(line.reader()) == []


def test_a_verdict_that_changes_is_told(line: Line) -> None:
    """The same answers, accepted in part before, accepted now."""
    line.drop()

    class Severe(FormerReader):
        value, verdict = 4000.0, "partly_rejected"

    line.run(line.reader(Severe))
    (again,) = line.run(line.reader())
    assert (said(again)["former_verdict"], said(again)["changes"]) == ("partly_rejected", [])
    (shown,) = reread_lines(line.paths.receipts, "CNS-13")
    assert "Accepté en partie\u00a0» devient «\u00a0Accepté" in shown.text


def test_an_answer_that_is_no_longer_taken_is_told(line: Line) -> None:
    """And one that is taken from now on."""
    line.drop()

    class Deaf(FormerReader):
        value = None

    line.run(line.reader(Deaf))
    (again,) = line.run(line.reader())
    assert [(change["before"], change["after"]) for change in said(again)["changes"]] == [(None, "4\u202f000")]

    class DeafLater(Deaf):
        key = "f" * 12

    (lost,) = line.run(line.reader(DeafLater))
    assert lost.name.startswith("CNS-13_DNS_relu-2_")
    assert [(change["before"], change["after"]) for change in said(lost)["changes"]] == [("4\u202f000", None)]
    assert "(vide)" in [cell.value for row in openpyxl.load_workbook(lost).worksheets[0] for cell in row]


def test_a_reader_that_changed_and_reads_the_same_tells_nobody(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the comparison is remembered: it is not made at each run."""
    line.drop()

    class Same(FormerReader):
        value = 4000.0

    line.run(line.reader(Same))
    assert line.run(line.reader()) == []
    assert reread_lines(line.paths.receipts, "CNS-13") == []
    monkeypatch.setattr(rereading, "rows_of", lambda *_: pytest.fail("compared again"))
    assert line.run(line.reader()) == []


def test_a_published_session_stays_as_it_was_read(line: Line) -> None:
    """What was published must be found again in the landing; a new drop for the session is read all the same."""
    line.drop()
    line.run(line.reader(FormerReader))
    line.publish()
    landing = Landing(line.paths.home)
    assert read_all(landing, line.reader(), lambda _: None).read == []
    assert line.values(line.reader()) == [4100.0]
    assert line.run(line.reader()) == []
    line.drop("CNS-13_DNS_correction.xlsx", "4 200")
    line.run(line.reader())
    assert sorted(line.values(line.reader())) == [4100.0, 4200.0]


def test_the_session_after_is_judged_against_what_was_published(line: Line) -> None:
    """A published session has no reading by today's reader: what it said is known all the same."""
    line.drop("CNS-12_DNS.xlsx", period="novembre 2024")
    line.run(line.reader(FormerReader))
    line.publish("CNS-12")
    known = known_before(line.paths, line.reference)("CNS-13")
    assert known is not None
    assert [measure["value"] for measure in known.kpis[KPI]] == [4100.0]


def test_the_last_reading_before_a_publication_stays(line: Line) -> None:
    """Readings are in the order they were written in, not in that of their keys."""
    line.drop()
    line.run(line.reader(FormerReader))
    line.run(line.reader())
    line.publish()

    class Later(FormerReader):
        key, value = "5" * 12, 1.0

    landing, reader = Landing(line.paths.home), line.reader(Later)
    (reception,) = landing.current("submissions")
    assert [reading.key for reading in landing.readings(reception)] == ["0" * 12, line.reader().key]
    assert counting_reading(landing, reader, reception).key == line.reader().key
    assert line.values(reader) == [4000.0]


def test_what_was_rebuilt_has_no_sender_and_the_board_says_it(line: Line) -> None:
    """A workbook rebuilt from a publication gets no receipt; its new reading is seen all the same."""
    line.drop()
    sha256 = hash_file(line.paths.inbox / "partners" / "DNS" / "CNS-13_DNS.xlsx")
    (line.paths.inbox / "receptions.csv").write_text(
        f"sha256,received_at,origin\n{sha256},2024-12-17T00:00:00Z,reconstituted\n", encoding="utf-8"
    )
    assert line.run(line.reader(FormerReader)) == []
    (again,) = line.run(line.reader())
    assert not again.exists()
    assert said(again)["changes"]
    assert len(reread_lines(line.paths.receipts, "CNS-13")) == 1


def test_a_run_killed_before_the_receipt_is_whole_is_made_good(line: Line) -> None:
    """The JSON comes last: without it the receipt is written again, under the same name."""
    line.drop()
    line.run(line.reader(FormerReader))
    (again,) = line.run(line.reader())
    again.with_suffix(".json").unlink()
    assert line.run(line.reader()) == [again]
