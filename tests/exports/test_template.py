"""The DNS's template: what the shipped one is; what a changed one lacks is named in French."""

import re
from pathlib import Path

import pytest
from lxml import etree

from exports.content import report
from exports.content.release import Release
from exports.marts import SessionMarts
from exports.packing import read_package, write_package
from exports.word import writer
from exports.word.styles import TEMPLATE
from exports.word.template import TemplateError, open_template
from exports.word.xml import NAMESPACES


def changed(tmp_path: Path, part: str, before: str, after: str) -> Path:
    parts = read_package(TEMPLATE)
    text = parts[part].decode()
    assert before in text
    parts[part] = text.replace(before, after).encode()
    path = tmp_path / "modele.docx"
    path.write_bytes(write_package(parts))
    return path


def test_the_shipped_template_is_french_a4_and_names_no_tool() -> None:
    parts = read_package(TEMPLATE)
    assert b'w:w="11906" w:h="16838"' in parts["word/document.xml"]
    assert b'w:name="compatibilityMode"' in parts["word/settings.xml"]
    assert b'w:val="15"' in parts["word/settings.xml"]
    assert not any(b"python-docx" in part for part in parts.values())


@pytest.mark.parametrize(
    ("part", "before", "after", "named"),
    [
        ("word/styles.xml", 'w:name w:val="Jalon chapeau"', 'w:name w:val="Autre"', "le style « Jalon chapeau »"),
        ("word/styles.xml", 'w:name w:val="heading 2"', 'w:name w:val="Titre"', "le style « heading 2 »"),
        ("word/document.xml", 'w:val="jalon:checksum"', 'w:val="autre"', "« jalon:checksum » (empreinte des données)"),
        ("word/document.xml", 'w:val="jalon:body"', 'w:val="autre"', "« jalon:body » (corps du rapport)"),
        ("word/document.xml", 'w:val="jalon:programme"', 'w:val="jalon:programe"', "jalon:programe"),
    ],
)
def test_what_a_template_lacks_is_named(tmp_path: Path, part: str, before: str, after: str, named: str) -> None:
    with pytest.raises(TemplateError) as raised:
        open_template(changed(tmp_path, part, before, after))
    assert named in str(raised.value)


def test_everything_missing_is_named_at_once(tmp_path: Path) -> None:
    path = changed(tmp_path, "word/styles.xml", 'w:name w:val="Jalon', 'w:name w:val="Autre')
    with pytest.raises(TemplateError) as raised:
        open_template(path)
    assert str(raised.value).count("le style") > 10


def test_a_file_that_is_no_document_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "modele.docx"
    path.write_text("rien")
    with pytest.raises(TemplateError, match="pas un document Word lisible"):
        open_template(path)


def test_the_dns_words_and_look_are_kept(tmp_path: Path, marts: SessionMarts) -> None:
    path = changed(tmp_path, "word/document.xml", "Conseil du numérique en santé", "Ministère fictif")
    parts = read_package(path)
    parts["word/styles.xml"] = parts["word/styles.xml"].replace(b"1F3864", b"003366")
    path.write_bytes(write_package(parts))
    written = read_package(writer.write(report.build(marts, Release()), path).content)
    assert "Ministère fictif" in written["word/document.xml"].decode()
    assert b"003366" in written["word/styles.xml"]


def test_every_field_is_filled_on_cover_header_and_footer(marts: SessionMarts) -> None:
    parts = read_package(writer.write(report.build(marts, Release("final", 3))).content)
    document = parts["word/document.xml"].decode()
    for words in (" session du Conseil du numérique en santé", "17\u00a0décembre\u00a02024", "FINAL", marts.digest):
        assert words in document
    assert re.search(r'>12</w:t></w:r><w:r><w:rPr><w:rStyle w:val="JalonExposant"/>.*?>e</w:t>', document)
    assert "FINAL" in parts["word/header1.xml"].decode()
    assert "CNS-12" in parts["word/footer1.xml"].decode()


@pytest.mark.parametrize(
    "renamed",
    [
        {"w": "mot"},  # a template of another prefix
        {"wp": "wp", "a": "a", "c": "c"},  # one that declares what drawings bring with them
    ],
)
def test_the_body_is_the_same_whatever_prefixes_the_template_declares(
    tmp_path: Path, marts: SessionMarts, renamed: dict[str, str]
) -> None:
    parts = read_package(TEMPLATE)
    text = parts["word/document.xml"].decode()
    for prefix, other in renamed.items():
        declared = f'xmlns:{prefix}="{NAMESPACES[prefix]}"'
        text = text if declared in text else text.replace(" xmlns:w=", f" {declared} xmlns:w=", 1)
        text = re.sub(rf"(</?|\s|xmlns:){prefix}(?=[:=])", rf"\g<1>{other}", text)
    parts["word/document.xml"] = text.encode()
    path = tmp_path / "modele.docx"
    path.write_bytes(write_package(parts))
    document = report.build(marts, Release())
    shipped, other = (
        etree.fromstring(read_package(writer.write(document, template).content)["word/document.xml"])
        for template in (None, path)
    )
    plain = [[(item.tag, dict(item.attrib), item.text, item.tail) for item in root.iter()] for root in (shipped, other)]
    assert plain[0] == plain[1]
