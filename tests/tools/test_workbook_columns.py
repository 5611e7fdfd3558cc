"""What models and exports write out of the workbook's schema, and that no answer is lost on its way."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from sources.landing.tables import COLUMNS
from sources.workbook.schema import SchemaError, load_schema, parse_schema
from tools.workbook_columns import written


def test_what_is_generated_is_what_the_schema_says() -> None:
    """`make columns` writes it again."""
    assert [
        path.name for path, text in written(load_schema()).items() if path.read_text(encoding="utf-8") != text
    ] == []


def test_the_landing_holds_every_answer_of_the_schema() -> None:
    for sheet in load_schema().sheets:
        for column in sheet.inputs:
            assert column.landed, f"{sheet.name}, {column.header}: its answers would be thrown away"
            assert {landed.name for landed in column.landed} <= COLUMNS[sheet.table].keys()


@pytest.fixture
def raw_schema(project_root: Path) -> Any:
    return yaml.safe_load((project_root / "sources/workbook/schema.yml").read_text(encoding="utf-8"))


def test_an_input_column_says_what_it_holds(raw_schema: Any) -> None:
    del raw_schema["sheets"][0]["columns"][-2]["says"]
    with pytest.raises(SchemaError, match="nothing says what it holds"):
        parse_schema(raw_schema)


def test_two_columns_cannot_land_in_one(raw_schema: Any) -> None:
    raw_schema["sheets"][0]["columns"][-2]["landed"] = "risks"
    with pytest.raises(SchemaError, match="is there twice"):
        parse_schema(raw_schema)


def test_a_column_is_since_a_version_that_was_issued(raw_schema: Any) -> None:
    raw_schema["sheets"][0]["columns"][-2]["since"] = "v9"
    with pytest.raises(SchemaError, match="no version v9"):
        parse_schema(raw_schema)
