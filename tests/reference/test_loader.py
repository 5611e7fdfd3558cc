"""The loader: what it gives, and that a seed row nobody can trust stops it with the place and the fix."""

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest

from sources.french.folding import fold
from sources.reference.roadmap import Reference, ReferenceError, load_reference  # noqa: A004 — the project’s own


@pytest.fixture
def seeds(tmp_path: Path, reference_seeds: Path) -> Path:
    return shutil.copytree(reference_seeds, tmp_path / "seeds")


def _rewrite(path: Path, line: int, **cells: str) -> None:
    """Change cells of one line of a seed; the header is line 1."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    rows[line - 2].update(cells)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize(
    ("seed", "column", "received"),
    [
        ("ref_axis", "axis_number", "premier"),
        ("ref_priority", "axis_number", "9"),
        ("ref_action", "action_code", "1.1"),
        ("ref_action", "action_code", "2-1"),
        ("ref_action", "action_title", ""),
        ("ref_partner", "partner_slug", "ARS/GRADeS"),
        ("ref_action_partner", "partner_code", "CNIL"),
        ("ref_action_partner", "role", "contributor"),
        ("ref_action_partner", "partner_rank", "3"),
        ("ref_kpi", "kpi_id", "IND-2-1-1"),
        ("ref_kpi", "periodicity", "weekly"),
        ("ref_kpi", "direction", "hausse"),
        ("ref_kpi", "measure_kind", "level"),
        ("ref_kpi", "max_age_months", "0"),
        ("ref_kpi", "owner_partner", "cnam"),
        ("ref_kpi", "value_max", "0"),
        ("ref_kpi", "value_max", "1 000"),
        ("ref_commitment", "commitment_id", "1-1.2"),
        ("ref_commitment", "kind", "objectif"),
        ("ref_commitment", "kpi_id", "IND-99-1-1"),
        ("ref_commitment", "target_value", ""),
        ("ref_commitment", "target_value", "250 millions"),
        ("ref_commitment", "target_qualifier", "approx"),
        ("ref_commitment", "deadline", "31/12/2023"),
        ("ref_commitment", "deadline", "2023-02-30"),
        ("ref_commitment", "deadline_precision", "decade"),
        ("ref_commitment", "deadline_other_reading", "2024-12-31"),
        ("ref_commitment", "kpi_id", "IND-2-2-1"),
        ("ref_commitment_retired", "commitment_id", "18-3.1"),
        ("ref_commitment_retired", "replaced_by", "18-3.9"),
        ("ref_commitment_revision", "revised_deadline", "2024-12-31"),
        ("ref_commitment_revision", "said_in_session", "CNS-99"),
        ("ref_action_dependency", "depends_on_code", "6-1"),
        ("ref_kpi_baseline", "kpi_id", "IND-99-1-1"),
        ("ref_kpi_baseline", "baseline_source", ""),
        ("ref_kpi_comparability", "relation", "proxy"),
        ("ref_kpi_comparability", "decided_by", "DNS"),
        ("ref_kpi_comparability", "decided_on", "2025-01-31"),
        ("ref_kpi_comparability", "denominator_value", "101"),
        ("ref_kpi_comparability", "context_kpi_id", "IND-1-1-1"),
        ("ref_kpi_matcher", "pattern", "rythme (annuel"),
        ("ref_kpi_matcher", "confidence", "1.5"),
        ("ref_cns_session", "cut_off", "17 décembre 2024"),
        ("ref_cns_session", "state", "finished"),
        ("ref_label", "sort_order", "un"),
    ],
)
def test_a_bad_cell_is_refused_where_it_stands(seeds: Path, seed: str, column: str, received: str) -> None:
    """Without this a typing slip in a seed becomes a wrong deadline or a lost target in the deliverables."""
    _rewrite(seeds / f"{seed}.csv", 2, **{column: received})
    with pytest.raises(ReferenceError) as caught:
        load_reference(seeds)
    refusal = next(problem for problem in caught.value.problems if problem.column == column)
    assert (refusal.file, refusal.line, refusal.value) == (f"{seed}.csv", 2, received)
    assert refusal.fix
    assert f"{seed}.csv, line 2, column {column}: received {received!r}; {refusal.fix}" in str(caught.value)


def test_every_wrong_cell_is_said_at_once(seeds: Path) -> None:
    """One at a time, ten slips take ten runs to find."""
    _rewrite(seeds / "ref_kpi.csv", 3, unit="", direction="hausse", value_min="peu")
    _rewrite(seeds / "ref_kpi.csv", 9, measure_kind="level")
    _rewrite(seeds / "ref_commitment.csv", 2, deadline="2023-02-30")
    _rewrite(seeds / "ref_label.csv", 5, sort_order="un")
    with pytest.raises(ReferenceError) as caught:
        load_reference(seeds)
    assert [(found.file, found.line, found.column) for found in caught.value.problems] == [
        ("ref_kpi.csv", 3, "value_min"),
        ("ref_kpi.csv", 3, "unit"),
        ("ref_kpi.csv", 3, "direction"),
        ("ref_kpi.csv", 9, "measure_kind"),
        ("ref_commitment.csv", 2, "deadline"),
        ("ref_label.csv", 5, "sort_order"),
    ]


def test_a_seed_that_is_not_there_is_said_once_and_not_by_every_code_it_defines(seeds: Path) -> None:
    (seeds / "ref_action.csv").unlink()
    with pytest.raises(ReferenceError) as caught:
        load_reference(seeds)
    assert [(found.file, found.line) for found in caught.value.problems] == [("ref_action.csv", 0)]


def test_a_count_cannot_equal_nor_bound_a_share(seeds: Path) -> None:
    """32 000 doctors held against a target of 50 % would be far beyond it."""
    line = _line_of(seeds / "ref_kpi_comparability.csv", "6-1.1")
    for relation in ("same", "lower_bound", "upper_bound", "annualised"):
        _rewrite(seeds / "ref_kpi_comparability.csv", line, relation=relation)
        with pytest.raises(ReferenceError, match=rf"line {line}, column relation: received '{relation}'"):
            load_reference(seeds)


def _line_of(path: Path, key: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if line.startswith(f"{key},"))


def test_a_milestone_with_a_target_value_is_refused(seeds: Path) -> None:
    _rewrite(seeds / "ref_commitment.csv", 4, target_value="12")
    with pytest.raises(ReferenceError, match=r"line 4, column target_value: received '12'"):
        load_reference(seeds)


def test_a_repeated_key_is_refused(seeds: Path) -> None:
    _rewrite(seeds / "ref_partner.csv", 3, partner_code="DNS")
    with pytest.raises(ReferenceError, match=r"ref_partner\.csv, line 3, column partner_code"):
        load_reference(seeds)


def test_an_action_without_partner_is_refused(seeds: Path) -> None:
    path = seeds / "ref_action_partner.csv"
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("17-3,")]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    with pytest.raises(ReferenceError, match="received '17-3'"):
        load_reference(seeds)


def test_a_missing_seed_or_column_is_named(seeds: Path) -> None:
    text = (seeds / "ref_axis.csv").read_text(encoding="utf-8")
    (seeds / "ref_axis.csv").write_text(text.replace("axis_short_label", "banner"), encoding="utf-8")
    with pytest.raises(ReferenceError, match="axis_short_label"):
        load_reference(seeds)
    (seeds / "ref_axis.csv").unlink()
    with pytest.raises(ReferenceError, match=r"ref_axis\.csv"):
        load_reference(seeds)


def test_a_row_with_a_cell_too_many_is_refused(seeds: Path) -> None:
    with (seeds / "ref_axis.csv").open("a", encoding="utf-8") as stream:
        stream.write("5,Cinquième axe, avec une virgule,Axe\n")
    with pytest.raises(ReferenceError, match="line 6"):
        load_reference(seeds)


def test_values_have_their_types(reference: Reference) -> None:
    commitment = reference.commitments["8-4.2"]
    assert (commitment.target_value, commitment.deadline) == (40_000.0, date(2024, 12, 31))
    assert commitment.deadline_precision == "year"
    assert reference.commitments["8-3.2"].deadline is None
    assert reference.commitments["9-1.1"].kpi_id is None
    assert reference.sessions["CNS-13"].held_on == date(2025, 6, 24)


def test_helpers_follow_the_files_order(reference: Reference) -> None:
    assert reference.lead_of("7-3") == "DGOS"
    assert reference.actions_of("BDT") == ("5-1",)
    assert [item.commitment_id for item in reference.commitments_of("8-4")] == ["8-4.1", "8-4.2"]
    assert {kpi.owner_partner for kpi in reference.kpis_of("HAS")} == {"HAS"}


def test_patterns_forgive_accents_case_and_apostrophes(reference: Reference) -> None:
    matcher = reference.matchers["M-18-3-1-1"]
    assert matcher.regex.search(fold("la réalisation de cinq CAS D’USAGE concrets"))
