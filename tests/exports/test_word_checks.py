"""Each rule of the Word checks, proven on a report deliberately broken."""

from collections.abc import Callable

import pytest

from exports.content import report
from exports.content.release import Release
from exports.marts import SessionMarts
from exports.packing import read_package, write_package
from exports.word import checks, writer

DOCUMENT, STYLES, CORE = "word/document.xml", "word/styles.xml", "docProps/core.xml"


@pytest.fixture(scope="module")
def content(marts: SessionMarts) -> bytes:
    return writer.write(report.build(marts, Release())).content


def test_the_report_has_no_defect(content: bytes) -> None:
    assert [str(defect) for defect in checks.defects(content)] == []


BREAKS: dict[str, tuple[str, Callable[[str], str]]] = {
    "TITLE_MISSING": (CORE, lambda xml: xml.replace("État d’avancement – CNS-12", "")),
    "LANGUAGE": (STYLES, lambda xml: xml.replace('w:val="fr-FR"', 'w:val="en-US"')),
    "HEADING_ORDER": (DOCUMENT, lambda xml: xml.replace('w:val="Heading2"', 'w:val="Normal"')),
    "ALT_TEXT": (DOCUMENT, lambda xml: xml.replace("descr=", "data=")),
    "DRAWING_ID": (DOCUMENT, lambda xml: xml.replace('<wp:docPr id="2"', '<wp:docPr id="1"')),
    "TABLE_HEADER": (DOCUMENT, lambda xml: xml.replace("<w:tblHeader/>", "")),
    "TABLE_DESCRIPTION": (DOCUMENT, lambda xml: xml.replace("w:tblDescription", "w:tblNothing")),
    "MERGED_CELL": (DOCUMENT, lambda xml: xml.replace("<w:tcPr>", '<w:tcPr><w:gridSpan w:val="2"/>', 1)),
    "BOOKMARK_TWICE": (DOCUMENT, lambda xml: xml.replace('w:name="a_venir"', 'w:name="manques"')),
    "LINK_TARGET": (DOCUMENT, lambda xml: xml.replace('w:name="manques"', 'w:name="ailleurs"')),
    "LINK_WORDS": (DOCUMENT, lambda xml: xml.replace("ce qui manque, par partenaire", "cliquez ici")),
    "FAKE_LIST": (DOCUMENT, lambda xml: xml.replace(">Le pilote d’une action", ">- Le pilote d’une action")),
    "CONTRAST": (STYLES, lambda xml: xml.replace('w:val="55585F"', 'w:val="AAAAAA"')),
    "PROTECTION": (
        "word/settings.xml",
        lambda xml: xml.replace("<w:zoom", '<w:documentProtection w:edit="forms"/><w:zoom'),
    ),
}


@pytest.mark.parametrize("rule", BREAKS)
def test_each_rule_finds_its_defect(content: bytes, rule: str) -> None:
    part, spoil = BREAKS[rule]
    parts = read_package(content)
    before = parts[part].decode()
    after = spoil(before)
    assert after != before, "the breaking did not take: the test proves nothing"
    parts[part] = after.encode()
    assert rule in {defect.rule for defect in checks.defects(write_package(parts))}
