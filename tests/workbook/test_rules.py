"""Every rule of the schema: broken on purpose, told at the right cell, in French, and never twice."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from orchestration.check import Submission
from sources.workbook.schema import WorkbookSchema, load_schema

BLANKS = (
    "received", "sheet", "cell", "header", "read", "partner", "advice", "choices", "cut_off", "announced", "unmet",
    "deadline_text", "kpi_unit", "bounds", "last", "slip", "said",
)  # fmt: skip
ROW_RULES = [rule.code for rule in load_schema().rules.values() if rule.broken_when]


def test_every_row_rule_has_a_fault_that_breaks_it(schema: WorkbookSchema, seeded: Mapping[str, Any]) -> None:
    assert set(ROW_RULES) == set(seeded)


@pytest.mark.parametrize("rule", ROW_RULES)
def test_a_fault_is_told_where_it_stands(
    rule: str, schema: WorkbookSchema, seeded: Mapping[str, Any], workbook: Any, check: Callable[..., Submission]
) -> None:
    row = seeded[rule](workbook)
    submission = check(workbook.save())
    issues = [issue for issue in submission.judgement.issues if issue["rule"] == rule]
    assert issues, [issue["rule"] for issue in submission.judgement.issues]
    assert str(row) in {re.sub(r"\D", "", issue["cell"]) for issue in issues}
    assert all(issue["severity"] == schema.rules[rule].severity for issue in issues)
    assert all(issue["message"].endswith(".") and issue["fix"].endswith((".", "!")) for issue in issues)
    rejected = {judged.row.row_number for judged in submission.judgement.rejected}
    assert (row in rejected) == (schema.rules[rule].severity == "error")


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


def test_every_fault_at_once_is_told_in_one_pass(
    schema: WorkbookSchema, seeded: Mapping[str, Any], workbook: Any, check: Callable[..., Submission]
) -> None:
    rows = {rule: make(workbook) for rule, make in seeded.items()}
    submission = check(workbook.save())
    told = {(issue["rule"], re.sub(r"\D", "", issue["cell"] or "")) for issue in submission.judgement.issues}
    assert {(rule, str(row)) for rule, row in rows.items()} <= told
    assert submission.judgement.verdict == "partly_rejected"
    counts = submission.as_json()["rows"]
    assert counts["read"] == counts["accepted"] + counts["rejected"] + counts["ignored"]


def test_no_issue_is_told_twice(seeded: Mapping[str, Any], workbook: Any, check: Callable[..., Submission]) -> None:
    for make in seeded.values():
        make(workbook)
    issues = check(workbook.save()).judgement.issues
    keys = [(issue["rule"], issue["sheet"], issue["cell"]) for issue in issues]
    assert len(keys) == len(set(keys))
