"""Every rule of the schema: broken on purpose, told at the right cell, in French, and never twice."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from sources.workbook.schema import WorkbookSchema, load_schema

BLANKS = (
    "received", "sheet", "cell", "header", "read", "partner", "advice", "cut_off", "announced", "unmet",
    "deadline_text", "kpi_unit", "bounds", "last", "slip", "said",
    "other", "kpi_population", "received_on", "confirm", "highest", "doubt",
)  # fmt: skip
OF_A_CSV = {"ROW_IN_DOUBT"}  # a workbook has no such rows: see test_csv_rows
ROW_RULES = [rule.code for rule in load_schema().rules.values() if rule.broken_when and rule.code not in OF_A_CSV]


def test_every_row_rule_has_a_fault_that_breaks_it(schema: WorkbookSchema, seeded: Mapping[str, Any]) -> None:
    assert set(ROW_RULES) == set(seeded)


@pytest.mark.parametrize("rule", ROW_RULES)
def test_a_fault_is_told_where_it_stands(rule: str, schema: WorkbookSchema, all_faults: Any) -> None:
    """One pass over a workbook with every fault there is: each told at its row, with the severity of its rule."""
    row, judgement = all_faults.rows[rule], all_faults.submission.judgement
    issues = [issue for issue in judgement.issues if issue["rule"] == rule]
    assert str(row) in {re.sub(r"\D", "", issue["cell"]) for issue in issues}
    assert all(issue["severity"] == schema.rules[rule].severity for issue in issues)
    assert all(issue["message"].endswith(".") and issue["fix"].endswith(".") for issue in issues)
    if schema.rules[rule].severity == "error":
        assert row in {judged.row.row_number for judged in judgement.rejected}


@pytest.mark.parametrize("rule", [rule for rule in ROW_RULES if load_schema().rules[rule].severity != "error"])
def test_a_warning_lets_the_row_in(rule: str, all_warnings: Any) -> None:
    """One pass over a workbook with every warning there is, and no error."""
    judgement = all_warnings.submission.judgement
    assert judgement.rejected == []
    assert rule in {issue["rule"] for issue in judgement.issues}
    assert all_warnings.rows[rule] in {judged.row.row_number for judged in judgement.accepted}


@pytest.mark.parametrize("rule", load_schema().rules.values(), ids=lambda rule: rule.code)
def test_every_message_is_whole_french(rule: Any) -> None:
    words = dict.fromkeys(BLANKS, "mot")
    message, fix = rule.say(**words)
    for text in (message, fix):
        assert "{" not in text
        assert not re.search(r" [:;!?»]|« ", text), f"plain space beside a double mark: {text}"
        assert "'" not in text, f"straight apostrophe: {text}"
    assert message[0].isupper() or message.startswith(("«", "mot"))
    assert message.endswith(".")
    assert fix.endswith(".") or fix == "mot"


def test_every_row_is_somewhere(all_faults: Any) -> None:
    counts = all_faults.submission.as_json()["rows"]
    assert counts["read"] == counts["accepted"] + counts["rejected"] + counts["ignored"]
    assert all_faults.submission.judgement.verdict == "partly_rejected"


def test_no_issue_is_told_twice(all_faults: Any) -> None:
    keys = [(issue["rule"], issue["sheet"], issue["cell"]) for issue in all_faults.submission.judgement.issues]
    assert len(keys) == len(set(keys))
