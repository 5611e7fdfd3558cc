"""Both files are valid Office Open XML, checked against the schemas; the check itself is proven on a broken file."""

from pathlib import Path

import pytest
from openxml_audit import FileFormat, OpenXmlValidator

from exports.content.release import Release
from exports.marts import SessionMarts
from exports.packing import read_package, write_package
from exports.rendering import render_bytes
from exports.word.styles import TEMPLATE


def errors(path: Path) -> list[str]:
    result = OpenXmlValidator(FileFormat.OFFICE_2019).validate(str(path))
    return [f"{error.part_uri} {error.description}" for error in result.errors]


@pytest.fixture(scope="module")
def files(marts: SessionMarts, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("ooxml")
    written = []
    for name, content in render_bytes(marts, Release()).contents.items():
        if name.endswith((".docx", ".xlsx")):
            (folder / name).write_bytes(content)
            written.append(folder / name)
    return written


def test_both_files_are_valid(files: list[Path]) -> None:
    for path in files:
        assert errors(path) == [], path.name


def test_the_template_is_valid() -> None:
    assert errors(TEMPLATE) == []


def test_the_workbooks_behind_the_charts_are_valid(files: list[Path], tmp_path: Path) -> None:
    embedded = {name: part for name, part in read_package(files[0]).items() if name.endswith(".xlsx")}
    assert len(embedded) == 4
    for name, content in embedded.items():
        path = tmp_path / Path(name).name
        path.write_bytes(content)
        assert errors(path) == []


@pytest.mark.parametrize(
    ("part", "before", "after"),
    [
        ("word/document.xml", "<w:tblGrid>", "<w:tblGrille>"),
        ("word/document.xml", "<w:pStyle", '<w:jc w:val="left"/><w:pStyle'),
        ("word/charts/chart1.xml", "<c:barDir", "<c:nothing"),
    ],
)
def test_an_invalid_part_is_found(files: list[Path], tmp_path: Path, part: str, before: str, after: str) -> None:
    parts = read_package(files[0])
    text = parts[part].decode()
    assert before in text
    parts[part] = (
        text.replace(before, after)
        .replace("</w:tblGrid>", "</w:tblGrille>" if "Grille" in after else "</w:tblGrid>")
        .encode()
    )
    path = tmp_path / "broken.docx"
    path.write_bytes(write_package(parts))
    assert errors(path)
