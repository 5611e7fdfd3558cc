"""OpenDocument texts, slides and web pages say what a Word file says; what nobody sees says nothing, in any format."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from sources.documents import extract
from sources.documents.extraction import _READERS, read_source
from sources.documents.provenance import verify_rows
from sources.documents.refusals import FORMER_EXTENSIONS
from sources.landing.drops import DOCUMENT_EXTENSIONS
from sources.reference.roadmap import Reference

CASES = Path(__file__).parent / "cases"
REPORTS = ("report13-table.docx", "report13-other-labels.docx", "B_columns.odt", "B_columns.html")
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@pytest.mark.parametrize("name", REPORTS)
def test_one_report_in_four_formats(name: str, reference: Reference) -> None:
    """An action, a partner, a target or a figure lost because of the format."""
    found = extract(CASES / name, reference)
    gold = json.loads((CASES / "report13-gold.json").read_text(encoding="utf-8"))["actions"]
    assert [action.code for action in found.actions] == [action["code"] for action in gold]
    for action, wanted in zip(found.actions, gold, strict=True):
        assert (action.title, action.objective.rstrip(".")) == (wanted["title"], wanted["objective"])
        assert list(action.partners) == wanted["partners"]
        targets = [item for item in found.targets if item.action == action.code]
        assert [[item.value, str(item.deadline)] for item in targets] == [
            [item["value"], item["deadline"]] for item in wanted["targets"]
        ]
        figures = [item for item in found.quantities if item.action == action.code]
        assert [[item.value, item.period_end and str(item.period_end)] for item in figures] == [
            [item["value"], item["period_end"]] for item in wanted["quantities"]
        ]
    assert found.kind == "other"  # twelve actions of sixty-five
    assert verify_rows(found.tables(), found.file_name, (CASES / name).read_bytes()) == []


def word(body: str) -> bytes:
    import docx
    from docx.oxml import parse_xml

    document = docx.Document()
    document.element.body.insert(0, parse_xml(f'<w:p xmlns:w="{W}">{body}</w:p>'))
    saved = io.BytesIO()
    document.save(saved)
    return saved.getvalue()


def odt(body: str, styles: str = "") -> bytes:
    from odfdo import Document, Element

    document = Document("text")
    for style in filter(None, styles.split("\n")):
        document.insert_style(Element.from_tag(style.strip()), automatic=True)
    document.body.clear()
    document.body.append(Element.from_tag(f"<text:p>{body}</text:p>"))
    saved = io.BytesIO()
    document.save(saved)
    return saved.getvalue()


def slide(*runs: tuple[str, dict[str, str]], hidden: bool = False) -> bytes:
    from pptx import Presentation
    from pptx.util import Cm

    deck = Presentation()
    page = deck.slides.add_slide(deck.slide_layouts[6])
    box = page.shapes.add_textbox(Cm(1), Cm(1), Cm(20), Cm(5))
    for text, looks in runs:
        run = box.text_frame.paragraphs[0].add_run()
        run.text = text
        for name, value in looks.items():
            run._r.get_or_add_rPr().set(name, value)
    if hidden:
        page.element.set("show", "0")
    saved = io.BytesIO()
    deck.save(saved)
    return saved.getvalue()


def run(text: str, looks: str = "") -> str:
    return f'<w:r><w:rPr>{looks}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


SPAN = '<text:span text:style-name="{}">{}</text:span>'
STYLE = '<style:style style:name="{}" style:family="text"><style:text-properties {}/></style:style>'
UNSEEN: dict[str, tuple[str, bytes]] = {
    "word, hidden": ("a.docx", word(run("12 sites") + run(" et 99 autres", "<w:vanish/>"))),
    "word, struck out": ("a.docx", word(run("12 sites") + run(" et 99 autres", "<w:strike/>"))),
    "word, white": ("a.docx", word(run("12 sites") + run(" et 99 autres", '<w:color w:val="FFFFFF"/>'))),
    "word, tiny": ("a.docx", word(run("12 sites") + run(" et 99 autres", '<w:sz w:val="2"/>'))),
    "word, note call": ("a.docx", word(run("12 sites") + run("3", '<w:vertAlign w:val="superscript"/>'))),
    "word, lifted": ("a.docx", word(run("12") + run("(1)", '<w:position w:val="6"/>') + run(" sites"))),
    "odt, hidden": (
        "a.odt", odt("12 sites" + SPAN.format("H", " et 99"), STYLE.format("H", 'text:display="none"')),
    ),
    "odt, note call": (
        "a.odt", odt("12 sites" + SPAN.format("S", "3"), STYLE.format("S", 'style:text-position="super 58%"')),
    ),
    "odt, note": (
        "a.odt",
        odt(
            '12 sites<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation>'
            "<text:note-body><text:p>99 sites</text:p></text:note-body></text:note>"
        ),
    ),
    "slide, note call": ("a.pptx", slide(("12 sites", {}), ("3", {"baseline": "30000"}))),
    "slide, struck out": ("a.pptx", slide(("12 sites", {}), (" et 99", {"strike": "sngStrike"}))),
    "page, script and comment": (
        "a.html", b"<p>12 sites<!-- 99 sites --></p><script>99 sites</script><style>p{}</style>",
    ),
    "page, hidden by style": ("a.html", b"<p>12 sites</p><p style='display: none'>99 sites</p>"),
    "page, hidden by class": ("a.html", b"<style>.x, p.y {display:none}</style><p>12 sites</p><p class='a y'>99</p>"),
    "page, hidden by attribute": ("a.html", b"<p>12 sites</p><div hidden><p>99 sites</p></div>"),
    "page, note call": ("a.html", b"<p>12 sites<sup>3</sup></p>"),
    "text, comment": ("a.md", b"12 sites<!-- et\n99 autres -->"),
    "text, note calls": ("a.md", b"12 sites<sup>3</sup>[^4]"),
    "text, struck out": ("a.md", b"~~99 sites~~ 12 sites"),
}  # fmt: skip


@pytest.mark.parametrize("what", UNSEEN)
def test_what_nobody_sees_says_nothing(what: str) -> None:
    """A figure from hidden, deleted or struck-out text; « 8¹ % » read as 81 %."""
    name, content = UNSEEN[what]
    assert [line.text for line in read_source(content, name).lines] == ["12 sites"]


def test_a_hidden_slide_says_nothing() -> None:
    """A slide taken out of the show and its old figure read all the same."""
    assert read_source(slide(("99 sites", {}), hidden=True), "a.pptx").lines == []


def test_raised_letters_and_decimals_stay() -> None:
    """« 1er » left as « 1 », or a heading's white letters on a dark cell lost."""
    raised = word(run("Le 1") + run("er", '<w:vertAlign w:val="superscript"/>') + run(" juin"))
    assert [line.text for line in read_source(raised, "a.docx").lines] == ["Le 1er juin"]
    assert read_source(b"<p>Le 1<sup>er</sup> juin</p>", "a.html").lines[0].text == "Le 1er juin"


def test_tables_of_slides_and_pages_are_tables(reference: Reference, tmp_path: Path) -> None:
    """A table flattened to words: its column's date lost."""
    from pptx import Presentation
    from pptx.util import Cm

    rows = [["Indicateur", "2023", "2024"], ["Nombre de sites", "7", "9"], ["Taux d’équipement", "41 %", "57 %"]]
    deck = Presentation()
    page = deck.slides.add_slide(deck.slide_layouts[6])
    table = page.shapes.add_table(3, 3, Cm(1), Cm(1), Cm(20), Cm(5)).table
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    deck.save(str(tmp_path / "a.pptx"))
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    (tmp_path / "a.html").write_text(f"<table>{body}</table>", encoding="utf-8")
    for name in ("a.pptx", "a.html"):
        found = extract(tmp_path / name, reference)
        assert [[item.value, item.unit, str(item.period_end)] for item in found.quantities] == [
            [7, "site", "2023-12-31"], [9, "site", "2024-12-31"],
            [41, "%", "2023-12-31"], [57, "%", "2024-12-31"],
        ]  # fmt: skip
        assert verify_rows(found.tables(), found.file_name, (tmp_path / name).read_bytes()) == []


def test_what_is_dropped_is_read_or_refused() -> None:
    """A document dropped in a format that nobody reads, passed over in silence."""
    known: Any = set(_READERS) | FORMER_EXTENSIONS
    assert known == DOCUMENT_EXTENSIONS
