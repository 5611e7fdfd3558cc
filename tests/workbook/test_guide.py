"""The partners' guide: one French page, true to the schema, with pictures that are there and small."""

import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration.services.reception.check import Submission
from sources.french.typography import spaced
from sources.workbook.schema import WorkbookSchema
from tools.partner_guide import tables, updated


@pytest.fixture(scope="module")
def page(project_root: Path) -> str:
    return (project_root / "docs" / "guide-partenaire.md").read_text(encoding="utf-8")


def test_its_tables_are_what_the_schema_says(page: str, schema: WorkbookSchema) -> None:
    """Write them again with: python -m tools.partner_guide docs/guide-partenaire.md"""
    assert updated(page, schema) == page


def test_every_input_and_word_is_in_it(page: str, schema: WorkbookSchema) -> None:
    for sheet in schema.sheets:
        for column in sheet.inputs:
            named = f"**{column.header}**" if column.is_place else f"| {sheet.name} | **{column.header}** |"
            assert named in page
    for word in (*schema.lists["declared_status"].values(), *schema.absences):
        assert f"**{word}**" in page


def test_a_page_without_its_marks_is_refused(schema: WorkbookSchema) -> None:
    with pytest.raises(ValueError, match="colonnes"):
        updated("Un guide sans marques", schema)
    assert set(tables(schema)) == {"colonnes", "mots", "messages"}


def test_its_pictures_are_there_described_and_small(page: str, project_root: Path) -> None:
    pictures = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", page)
    assert len(pictures) == 3
    for text, name in pictures:
        content = (project_root / "docs" / name).read_bytes()
        assert len(text) > 30, "a picture is described for those who do not see it"
        assert content.startswith(b"\x89PNG")
        assert len(content) < 100_000
        width, _ = struct.unpack(">II", content[16:24])
        assert width <= 1200


def test_it_is_one_page_of_plain_french(page: str) -> None:
    prose = re.sub(r"<!--.*?-->|^\|.*$|!\[.*?\)", "", page, flags=re.MULTILINE)
    assert len(prose.split()) < 600
    assert not re.search(r" [:;!?»]", prose), "a plain space before a double mark"
    assert "'" not in prose


def test_its_example_of_territories_is_taken(page: str, check: Callable[..., Submission], tmp_path: Path) -> None:
    """Word for word, under the name that it gives."""
    name = re.findall(r"`(CNS-13_\w+\.csv)`", page)[0]
    table = page.partition(name)[2].partition("\n| Code |")[2].partition("\n\n")[0]
    lines = [[cell.strip() for cell in line.strip("| ").split("|")] for line in f"Code |{table}".splitlines()]
    path = tmp_path / name
    path.write_text("\n".join(";".join(line) for line in lines if line[0].strip("- ")), encoding="utf-8")
    submission = check(path)
    assert submission.judgement.verdict == "accepted", submission.judgement.issues
    assert len(submission.judgement.accepted) == len(lines) - 2 == 3


def test_every_example_of_a_column_is_taken(page: str, workbook: Any, check: Callable[..., Submission]) -> None:
    """The examples of a sheet, typed into one row: no error."""
    rows = {"contribution": "4-2", "milestone": "4-3.1", "measurement": "IND-18-4-1"}
    for sheet in workbook.schema.sheets:
        given = {column.key: column.example for column in sheet.inputs if not column.is_place and column.example}
        assert all(f"| {spaced(example)} |" in page for example in given.values())
        workbook.put(sheet.key, rows[sheet.key], **given)
    errors = [i for i in check(workbook.save()).judgement.issues if i["severity"] == "error"]
    assert errors == []
