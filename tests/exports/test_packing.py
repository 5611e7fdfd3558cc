"""Packages have one form, whoever packed them first."""

import io
import zipfile

import xlsxwriter

from exports.packing import read_package, repack, write_package


def test_a_repacked_workbook_is_the_one_form_of_its_parts() -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    page = book.add_worksheet("Inventé")
    for row in range(200):
        page.write_string(row, 0, f"texte {row % 7}")
    book.close()
    repacked = repack(buffer.getvalue())
    assert repacked == write_package(read_package(buffer.getvalue()))
    with zipfile.ZipFile(io.BytesIO(repacked)) as read:
        assert read.testzip() is None
        assert read.namelist()[0] == "[Content_Types].xml"
