"""A figure reaches a target on arrival as it does in the models: one rule, that both take from the same macro."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

from quality.facts import FactTable, Setting, enrich
from quality.targets import meets
from sources.files.closure import closure_of
from sources.files.memo import PROJECT
from sources.files.module_facts import module_facts
from sources.reference.roadmap import Reference, load_reference


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference(PROJECT / "dbt_project" / "seeds")


@pytest.mark.parametrize(
    ("direction", "figure", "target_qualifier", "is_met"),
    [
        ("up", (90.0, "exact"), "exact", True),
        ("up", (100.0, "at_most"), "exact", False),  # « au plus 100 » does not show that 90 is reached
        ("up", (100.0, "less_than"), "exact", False),
        ("up", (90.0, "approx"), "exact", False),
        ("up", (91.0, "approx"), "exact", True),
        ("up", (90.0, "at_least"), "exact", True),
        ("up", (90.0, "exact"), "more_than", False),
        ("up", (90.0, "more_than"), "more_than", True),
        ("up", (89.0, "at_least"), "exact", False),
        ("up", (90.0, None), None, True),
        ("down", (80.0, "at_least"), "exact", False),
        ("down", (90.0, "at_most"), "exact", True),
        ("down", (90.0, "exact"), "less_than", False),
        ("down", (91.0, "exact"), "exact", False),
        ("up", (None, None), "exact", None),
    ],
)
def test_a_figure_meets_a_target_as_both_were_said(
    reference: Reference,
    direction: str,
    figure: tuple[float | None, str | None],
    target_qualifier: str | None,
    is_met: bool | None,
) -> None:
    target = replace(reference.commitments["8-4.2"], target_value=90.0, target_qualifier=target_qualifier)
    kpi = replace(reference.kpis["IND-8-4-2"], direction=direction)
    assert meets(target, kpi, *figure) is is_met


def test_files_are_read_again_when_the_rule_changes() -> None:
    closure = closure_of(["quality.facts"], PROJECT, lambda path: module_facts(path, PROJECT))
    assert "dbt_project/macros/targets.sql" in closure.files


@pytest.mark.parametrize(("before", "unmet"), [(310.0, 0), (226.0, 1)])
def test_a_target_met_once_stays_met_on_arrival_too(reference: Reference, before: float, unmet: int) -> None:
    known = [{"value": before, "qualifier": "exact", "period_end": date(2024, 6, 30), "period_precision": "day"}]
    previous = SimpleNamespace(actions={}, milestones={}, kpis={"IND-18-4-1": known})
    setting = Setting(reference, "DNS", date(2024, 12, 17), previous)
    contributions = FactTable("contribution", 1, {"action_code": ["18-4"], "status": ["achieved"]})
    figures = {"kpi_id": ["IND-18-4-1"], "value": [290.0], "period_end": [date(2024, 12, 1)]}
    told, _ = enrich([contributions, FactTable("measurement", 1, figures)], setting)
    assert told.column("targets_unmet") == [unmet]
