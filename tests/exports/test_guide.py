"""The guide that goes with an invitation: the page of docs/, whole, as a Word file that is nobody's draft."""

import re
from pathlib import Path

from docx import Document

from exports.edits import is_ours
from exports.word.guide import write_guide


def test_the_guide_says_all_that_its_page_says_and_is_accessible(tmp_path: Path, project_root: Path) -> None:
    page = project_root / "docs" / "guide-partenaire.md"
    content = write_guide(page)
    assert content == write_guide(page)
    path = tmp_path / "guide.docx"
    path.write_bytes(content)
    document = Document(str(path))
    said = " ".join(paragraph.text for paragraph in document.element.body.iter("{*}t") if paragraph.text)
    words = re.sub(r"<!--.*?-->|!\[.*?\]\(.*?\)|[|*`#>]|^\s*[-\d.]+ ", " ", page.read_text(), flags=re.S | re.M)
    missing = set(re.findall(r"\w{5,}", words)) - set(re.findall(r"\w{5,}", said))
    assert missing == set()
    headings = [item.style.name for item in document.paragraphs if item.style.name.lower().startswith("heading")]
    assert headings[0].lower() == "heading 1"
    assert len(headings) == len(re.findall(r"^#", page.read_text(), re.M))
    assert [
        picture.get("descr") for picture in document.element.body.iter("{*}docPr") if not picture.get("descr")
    ] == []
    assert len(document.inline_shapes) == page.read_text().count("![")
    assert all(table.rows[0]._tr.find(".//{*}tblHeader") is not None for table in document.tables)
    assert document.core_properties.language == "fr-FR"
    assert not is_ours(path), "a guide sent back by the DNS is no draft"
