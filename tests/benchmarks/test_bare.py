"""The bare writers are held to their word: what they write is what was rendered, call for call."""

import io
import zipfile
from pathlib import Path

from benchmarks import bare


def test_the_replayed_workbook_is_the_rendered_one_to_the_byte(tmp_path: Path) -> None:
    import xlsxwriter

    out = tmp_path / "out"
    out.mkdir()

    def render() -> None:
        buffer = io.BytesIO()
        book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
        bold = book.add_format({"bold": True})
        page = book.add_worksheet("Invented")
        page.set_column(0, 1, 20)
        page.add_table(
            0, 0, 2, 1, {"columns": [{"header": "Name", "header_format": bold}, {"header": "Value"}], "name": "T"}
        )
        page.write_string(1, 0, "=1+1", bold)
        page.write_number(1, 1, 12.5)
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": ["Invented", 1, 1, 2, 1]})
        page.insert_chart(5, 0, chart, {"description": "bars"})
        book.close()
        (out / "book.xlsx").write_bytes(buffer.getvalue())
        (out / "page.html").write_text("<p>invented</p>")

    bare.record(render, out, tmp_path / "ready")
    bare.replay(tmp_path / "ready", tmp_path / "again")

    with zipfile.ZipFile(out / "book.xlsx") as one, zipfile.ZipFile(tmp_path / "again" / "book.xlsx") as other:
        assert one.namelist() == other.namelist()
        dated = "docProps/core.xml"  # XlsxWriter writes the hour there
        assert [name for name in one.namelist() if one.read(name) != other.read(name) and name != dated] == []
    assert (tmp_path / "again" / "page.html").read_bytes() == (out / "page.html").read_bytes()
