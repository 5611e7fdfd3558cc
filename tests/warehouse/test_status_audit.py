"""The second reckoning of every status agrees with the models, and sees a status that was altered."""

import ast
import csv
import random
import re
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sources.reference.roadmap import Reference, load_reference
from tools.status_audit import SEEDS, differences

WORDS = ("achieved", "late", "at_risk", "on_track", "stalled", "not_started", None, None)
QUALIFIERS = ("exact", "exact", "approx", "at_least", "more_than", "at_most", "less_than")
NATURES = ("actual", "actual", "actual", "provisional", "estimated", "forecast", "planned")
PROOFS = (None, None, "https://exemple.gouv.fr/preuve", "un compte rendu interne", "décret n° 2024-66")
TEXTS = (None, "Des travaux ont lieu (fictif).", "Objectif atteint.", "Les objectifs ne sont pas tous atteints.")
LOT = 14  # any other number is as good
CUT_OFFS = {"CNS-12": date(2024, 12, 17), "CNS-13": date(2025, 6, 24)}


class World:
    """Fictional answers, drawn by lot, of every lead on everything it may speak of, twice."""

    def __init__(self, raw: Any, reference: Reference, seed: int) -> None:
        self.raw, self.reference, self.lot = raw, reference, random.Random(seed)  # noqa: S311 - no secret

    def tell(self) -> Any:
        for session, cut_off in CUT_OFFS.items():
            leads = {self.reference.lead_of(code) for code in self.reference.actions}
            for rank, partner in enumerate(sorted(leads)):
                for round_ in range(self.lot.choice((1, 1, 1, 2))):
                    at = datetime(cut_off.year, cut_off.month, 1 + round_, rank % 24, rank // 24, tzinfo=UTC)
                    self._workbook(partner, session, cut_off, at)
            self._document(session, cut_off)
            self._review(session, cut_off)
        return self.raw

    def _maybe(self, share: float) -> bool:
        return self.lot.random() < share

    def _around(self, target: float | None) -> float:
        return round((target or 100.0) * self.lot.choice((0, 0.2, 0.5, 0.6, 0.75, 0.95, 1, 1, 1.2)), 2)

    def _period(self, cut_off: date) -> dict[str, Any]:
        end = cut_off - timedelta(days=self.lot.choice((-14, 0, 30, 45, 120, 200, 400, 700)))
        precision, days = self.lot.choice((("day", 0), ("month", 27), ("month", 27), ("quarter", 89), ("year", 364)))
        return {"period_start": end - timedelta(days=days), "period_end": end, "period_precision": precision}

    def _workbook(self, partner: str, session: str, cut_off: date, at: datetime) -> None:
        origin = "reconstituted" if self._maybe(0.15) else "partner"
        file = self.raw.submission(partner, session, at=at, origin=origin)
        milestones = [c for c in self.reference.commitments.values() if c.kind == "milestone"]
        for action in sorted(code for code in self.reference.actions if self.reference.lead_of(code) == partner):
            if self._maybe(0.5):
                status = self.lot.choice(WORDS)
                day = cut_off - timedelta(days=90) if status == "achieved" and self._maybe(0.5) else None
                text = self.lot.choice(TEXTS)
                precision = day and "month"
                file.action(action, status, achieved_on=day, achieved_on_precision=precision, progress_text=text)
            for commitment in sorted(c.commitment_id for c in milestones if c.action_code == action):
                if self._maybe(0.35):
                    self._milestone(file, commitment, cut_off)
        for kpi in sorted(self.reference.kpis):
            if self.reference.lead_of(self.reference.kpis[kpi].action_code) == partner and self._maybe(0.8):
                self._figure(file, kpi, cut_off)

    def _milestone(self, file: Any, commitment: str, cut_off: date) -> None:
        deadline = self.reference.commitments[commitment].deadline or cut_off
        status = self.lot.choice(WORDS)
        forecast = deadline + timedelta(days=self.lot.choice((-30, 0, 90, 400))) if self._maybe(0.25) else None
        done = cut_off - timedelta(days=40) if status == "achieved" and self._maybe(0.4) else None
        file.milestone(
            commitment,
            status,
            status_absence="SUPPR" if status is None and self._maybe(0.2) else None,
            forecast_on=forecast,
            forecast_on_precision=forecast and "month",
            actual_on=done,
            actual_on_precision=done and "day",
            evidence=self.lot.choice(PROOFS),
        )

    def _figure(self, file: Any, kpi: str, cut_off: date) -> None:
        targets = [c.target_value for c in self.reference.commitments.values() if c.kpi_id == kpi]
        value = self._around(self.lot.choice(targets) if targets else None)
        said = {"qualifier": self.lot.choice(QUALIFIERS), "nature": self.lot.choice(NATURES)}
        period = self._period(cut_off)
        end = period.pop("period_end")
        if self._maybe(0.05):
            file.value(kpi, None, end, value_absence="SUPPR", **{**period, "qualifier": None, "nature": None})
        else:
            file.value(kpi, value, end, **period, **said)

    def _document(self, session: str, cut_off: date) -> None:
        report = self.raw.document(f"{session}.md", as_of=cut_off, kind="progress_report", session=session)
        for action in sorted(self.reference.actions):
            if self._maybe(0.3):
                report.action(action, [self.reference.lead_of(action)], self.lot.choice(WORDS), "Texte fictif.")
        for kpi in sorted(self.reference.kpis):
            if self._maybe(0.3):
                period = self._period(cut_off)
                end = period.pop("period_end")
                value = self._around(None)
                report.quantity(kpi, value, end, **period, qualifier=self.lot.choice(QUALIFIERS))

    def _review(self, session: str, cut_off: date) -> None:
        received = datetime(cut_off.year, cut_off.month, cut_off.day, 12, tzinfo=UTC)
        for rank, commitment in enumerate(sorted(self.reference.commitments)):
            if self._maybe(0.25):
                self._reading(session, commitment, rank, cut_off, received)
            if self._maybe(0.08):
                self.raw.decision(
                    "commitment", commitment, self.lot.choice((*WORDS[:6], "withdrawn")), session_code=session
                )
        for action in sorted(self.reference.actions):
            if self._maybe(0.08):
                self.raw.decision("action", action, self.lot.choice(WORDS[:6]), session_code=session)
        for row in _links():
            key = f"{row['commitment_id']}|{row['context_kpi_id']}"
            if self._maybe(0.2):
                relations = ("same", "ratio", "lower_bound", "upper_bound", "annualised", "different", "withdrawn")
                self.raw.decision("comparability", key, self.lot.choice(relations), session_code=session)
            if self._maybe(0.1):
                self.raw.decision("denominator", key, "corrected", value=250.0, session_code=session)

    def _reading(self, session: str, commitment: str, rank: int, cut_off: date, received: datetime) -> None:
        status = self.lot.choice((*WORDS[:6], "withdrawn"))
        day = cut_off + timedelta(days=self.lot.choice((-60, 100, 500))) if self._maybe(0.6) else None
        self.raw.add(
            "reading",
            reading_id=f"{session}-{rank}",
            session_code=session,
            commitment_id=commitment,
            status=status,
            status_date=day,
            status_date_precision=day and "month",
            document="texte fictif",
            place="l. 1",
            note="note fictive",
            author_role="essai",
            read_on=cut_off,
            sha256="0" * 64,
            received_at=received,
        )


def _links() -> list[dict[str, Any]]:
    with (SEEDS / "ref_kpi_comparability.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def drawn(build: Callable[[Any], Any], raw_tables: type[Any], project_root: Path) -> Path:
    """A warehouse of answers drawn by lot (fictional)."""
    reference = load_reference(project_root / "dbt_project" / "seeds")
    path: Path = build(World(raw_tables(), reference, LOT).tell()).path
    return path


def test_every_status_is_worked_out_twice_and_the_same(drawn: Path) -> None:
    assert [str(item) for item in differences(drawn)] == []


def test_the_answers_drawn_bring_every_status_basis_and_reason(drawn: Path) -> None:
    with duckdb.connect(str(drawn), read_only=True) as connection:

        def found(column: str) -> set[str]:
            rows = connection.execute(f"select distinct {column} from marts.fct_commitment_progress").fetchall()
            return {value for (value,) in rows if value is not None}

        assert found("status") == set(filter(None, WORDS)) | {"unconfirmed", "not_reported"}
        assert found("basis") == {"arbitrated", "measure", "declared", "read", "carried"}
        assert found("reason") >= {"no_baseline", "at_best", "too_old", "unproven", "nothing_new"}
        assert found("reason") >= {"no_observation", "not_comparable", "waits_for_decision"}
        assert found("fell_back") == {True, False}


def test_the_second_reckoning_shares_no_code_and_no_sql_with_the_models(project_root: Path) -> None:
    source = (project_root / "tools" / "status_audit.py").read_text(encoding="utf-8")
    names = [
        name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    ]
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names | {"duckdb"}
    assert re.findall(r'execute\(f?"([^"]*)"', source) == ["select * from {schema}.{name}"]


@pytest.mark.parametrize(
    ("table", "column"),
    [("fct_commitment_progress", "status"), ("fct_action_status", "final_status"), ("fct_action_status", "reason")],
)
def test_one_altered_row_is_found(drawn: Path, tmp_path: Path, table: str, column: str) -> None:
    altered = shutil.copy(drawn, tmp_path / "altered.duckdb")
    key = "commitment_id" if table == "fct_commitment_progress" else "action_code"
    with duckdb.connect(str(altered)) as connection:
        connection.execute(
            f"update marts.{table} set {column} = case {column} when 'late' then 'on_track' else 'late' end "
            f"where session_code = 'CNS-13' and {key} like '8-4%'"
        )
    found = differences(altered)
    assert {(item.session_code, item.column) for item in found} >= {("CNS-13", column)}
    assert all(item.key.startswith("8-4") for item in found if item.column == column)
