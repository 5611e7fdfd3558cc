"""« Confirmé » is stated about one value: left in the workbook, it confirms no later one."""

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestration.services.reception.check import check_file
from orchestration.services.reception.confirmed import confirmed_before
from orchestration.services.reception.ingest import read_all, receive_all
from orchestration.services.reception.submissions_reader import SubmissionsReader
from orchestration.services.runtime.paths import Paths
from quality.rows import Expected
from sources.landing.rows import rows_of
from sources.landing.store import Landing, Reception
from sources.reference.roadmap import Reference, load_reference
from sources.workbook.prefill import Filled, Previous
from sources.workbook.template import write_template

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
LAST = {"value": 4000.0, "qualifier": "exact", "period_end": date(2024, 11, 30), "period_precision": "month"}
KNOWN = Previous(kpis={"IND-4-2-1": [LAST]})


class Desk:
    """A partner who sends one workbook after the other."""

    def __init__(self, folder: Path, project: Path) -> None:
        self.paths = Paths(folder / "home", folder / "inbox", project)
        self.reference: Reference = load_reference(project / "dbt_project" / "seeds")
        self.landing = Landing(self.paths.home).open()
        self.reader = SubmissionsReader(self.paths, self.reference, previous=lambda _: KNOWN)
        self.folder = self.paths.inbox / "partners" / "DNS"
        self.folder.mkdir(parents=True)
        self.sent = 0

    def write(self, path: Path, *, session: str = "CNS-13", **answers: Any) -> Path:
        filled = Filled(measurements=[{"kpi_id": "IND-4-2-1", "period": "T1 2025", **answers}] if answers else [])
        return write_template(path, self.reference, session, "DNS", filled=filled)

    def send(self, **answers: Any) -> list[Mapping[str, Any]]:
        """What is taken of the workbook sent now."""
        self.sent += 1
        self.write(self.folder / f"CNS-13_DNS ({self.sent}).xlsx", **answers)
        return rows_of([self.landing.reading(item, self.reader.key) for item in self.receive()], "measurement")

    def receive(self) -> list[Reception]:
        taken = receive_all(self.paths.inbox, self.landing, lambda: NOON + timedelta(hours=self.sent), lambda _: None)
        read_all(self.landing, self.reader, lambda _: None)
        return taken.new

    def rules(self, path: Path) -> list[str]:
        """What `jalon check` says of a file now."""
        expected = Expected(confirmed_before=confirmed_before(self.landing, self.reference))
        submission = check_file(path, self.reference, previous=KNOWN, expected=expected)
        return [issue["rule"] for issue in submission.judgement.issues]


@pytest.fixture
def desk(tmp_path: Path, project_root: Path) -> Desk:
    return Desk(tmp_path, project_root)


def test_a_comment_left_in_the_workbook_confirms_no_later_value(desk: Desk, tmp_path: Path) -> None:
    assert [row["value"] for row in desk.send(value="40 000", comment="confirmé")] == [40_000]
    assert desk.send(value="400", comment="Confirmé") == []
    assert [row["value"] for row in desk.send(value="400", comment="confirmé le 12 juin")] == [400]
    assert [row["value"] for row in desk.send(value="40 000", comment="CONFIRMÉ.")] == [40_000], "said of this value"
    again = desk.write(tmp_path / "CNS-13_DNS.xlsx", value="40 500", comment="confirmé")
    assert desk.rules(again) == ["KPI_UNIT_SLIP"]
    other = desk.write(tmp_path / "other" / "CNS-13_DNS.xlsx", value="40 500", comment="confirmé par la DSI")
    assert desk.rules(other) == []


def test_two_files_of_two_sessions_contradict_nothing(desk: Desk) -> None:
    """Written at one instant: only those of one session are told of each other, both of them."""

    named = {"a.xlsx": "CNS-12", "b.xlsx": "CNS-13", "CNS-13_DNS.xlsx": "CNS-13"}
    for name, session in named.items():
        path = desk.write(desk.folder / name, session=session, value="4 100", source=name)
        os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    new = desk.receive()
    told = {
        item.file_name: [
            row["received"]
            for row in rows_of([desk.landing.reading(item, desk.reader.key)], "submission_issue")
            if row["rule"] == "SENT_TOGETHER"
        ]
        for item in new
    }
    assert told == {"a.xlsx": [], "b.xlsx": ["CNS-13_DNS.xlsx"], "CNS-13_DNS.xlsx": ["b.xlsx"]}
