"""What the readers of formats must see, and what they must refuse in words."""

import io
import zipfile
from pathlib import Path

import pytest

from sources.documents import NotReadableError, extract
from sources.documents.docx_reader import read_docx
from sources.documents.extraction import read_source
from sources.documents.pdf_reader import read_pdf
from sources.documents.sentences import sentences_of
from sources.documents.text import Line, clean, join
from sources.documents.text_reader import read_text
from sources.reference.roadmap import Reference

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def word(*bodies: str) -> bytes:
    """A Word file whose body is the given XML."""
    import docx
    from docx.oxml import parse_xml

    document = docx.Document()
    for body in reversed(bodies):
        opening, rest = body.split(">", 1)
        document.element.body.insert(0, parse_xml(f'{opening} xmlns:w="{W}">{rest}'))
    saved = io.BytesIO()
    document.save(saved)
    return saved.getvalue()


def texts(content: bytes) -> list[str]:
    return [line.text for line in read_docx(content).lines]


def test_word_runs_links_insertions_and_controls_are_read_deletions_are_not() -> None:
    """Text lost because it stands in a link or a tracked insertion, or kept after it was deleted."""
    content = word(
        "<w:p><w:r><w:t>Un </w:t></w:r><w:hyperlink><w:r><w:t>lien</w:t></w:r></w:hyperlink>"
        "<w:ins><w:r><w:t> ajouté</w:t></w:r></w:ins><w:del><w:r><w:delText> ôté</w:delText></w:r></w:del>"
        "<w:r><w:t>, mi</w:t><w:softHyphen/><w:t>lieu</w:t><w:noBreakHyphen/><w:t>là</w:t><w:br/><w:t>suite</w:t>"
        "</w:r></w:p>",
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>Contrôle</w:t></w:r></w:p></w:sdtContent></w:sdt>",
    )
    assert texts(content)[:3] == ["Un lien ajouté, milieu-là", "suite", "Contrôle"]


def test_word_page_breaks_count_pages() -> None:
    """A locator that says page 1 for everything."""
    content = word(
        "<w:p><w:r><w:t>Une</w:t></w:r></w:p>",
        '<w:p><w:r><w:br w:type="page"/><w:t>Deux</w:t></w:r></w:p>',
    )
    assert [(line.text, line.page, line.number) for line in read_docx(content).lines[:2]] == [
        ("Une", 1, 1),
        ("Deux", 2, 1),
    ]


def test_word_tables_nested_and_merged() -> None:
    """A cell read twice because it spans columns, or a table inside a cell left out."""
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    wide = '<w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr><w:p><w:r><w:t>Large</w:t></w:r></w:p></w:tc>'
    inner = f"<w:tc><w:tbl><w:tr>{cell.format('Dedans')}</w:tr></w:tbl><w:p/></w:tc>"
    source = read_docx(word(f"<w:tbl><w:tr>{wide}</w:tr><w:tr>{cell.format('A')}{inner}</w:tr></w:tbl>"))
    assert [line.text for line in source.lines] == ["Large", "A", "Dedans"]


def pdf(*pages: str) -> bytes:
    """A PDF of one line a page; a blank one holds no text, as a scanned page does."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    fonts = "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    for text in pages:
        stream = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET" if text else "0 0 m 10 10 l S"
        kids.append(len(objects) + 1)
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects) + 2} 0 R {fonts} >>",
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        ]
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>"
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode("latin-1")


def test_a_page_without_text_is_listed() -> None:
    """A scanned page passed over in silence."""
    source = read_pdf(pdf("Une page de 12 lignes", "", "Une autre"))
    assert [(line.text, line.page) for line in source.lines] == [("Une page de 12 lignes", 1), ("Une autre", 3)]
    assert source.warnings == ["Page 2 sans texte (image numérisée) : son contenu n’a pas été lu."]


def test_two_readers_that_disagree_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A figure one reader gets wrong, published without a doubt."""
    monkeypatch.setattr("sources.documents.pdf_reader.second_reading", lambda _: ["Une page de 72 lignes"])
    source = read_pdf(pdf("Une page de 12 lignes"))
    assert source.warnings == ["Page 1 : deux lecteurs n’y lisent pas les mêmes chiffres ; à vérifier."]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("vide.pdf", b"", "fichier vide"),
        ("vide.docx", b"", "fichier vide"),
        ("vide.md", b"", "fichier vide"),
        ("tronque.pdf", b"%PDF-1.7\n1 0 obj\n<<", "abîmé ou incomplet"),
        ("tronque.docx", b"PK\x03\x04 ...", "abîmé ou incomplet"),
        ("faux.docx", b"ceci n'est pas un zip", "abîmé ou incomplet"),
        ("renomme.pdf", b"PK\x03\x04 un autre format", "le contenu est un fichier bureautique"),
        ("renomme.txt", b"%PDF-1.7", "le contenu est un fichier PDF"),
        ("protege.docx", b"\xd0\xcf\x11\xe0 ...", "mot de passe"),
        ("octets.md", b"\x00\x01\x02", "n’est pas un texte"),
        ("faux.odt", b"ceci n'est pas un zip", "abîmé ou incomplet"),
        ("faux.pptx", b"PK\x03\x04 ...", "abîmé ou incomplet"),
        ("ancien.doc", b"\xd0\xcf\x11\xe0 ...", "au format Word"),
        ("ancien.rtf", b"{\\rtf1 texte}", "au format Word"),
        ("diapositives.odp", b"PK\x03\x04", "exportez-le en PDF"),
        ("sans_extension", b"...", "format non lu"),
    ],
)
def test_damaged_and_unknown_files_are_refused_in_words(
    name: str, content: bytes, told: str, reference: Reference, tmp_path: Path
) -> None:
    """A traceback for whoever drops a bad file, or a line that does not say what it is."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(NotReadableError, match=told) as refused:
        extract(path, reference)
    assert str(refused.value).startswith(name)
    assert "\n" not in str(refused.value)


def test_a_locked_pdf_is_said_to_be_locked() -> None:
    """A password taken for damage: the person saves the file again, and again."""
    locked = pdf("Texte").replace(
        b"trailer\n<<",
        b"trailer\n<< /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O (%s) /U (%s) >> /ID [(a) (a)]"
        % (b"o" * 32, b"u" * 32),
    )
    with pytest.raises(NotReadableError, match="protégé par un mot de passe"):
        read_source(locked, "protege.pdf")


def test_a_missing_file_is_refused_in_words(reference: Reference, tmp_path: Path) -> None:
    """A traceback for a mistyped path."""
    with pytest.raises(NotReadableError, match="introuvable"):
        extract(tmp_path / "absent.md", reference)


def test_a_word_file_of_another_kind_is_refused() -> None:
    """A zip that is no Word document read as an empty one."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("autre.txt", "rien")
    with pytest.raises(NotReadableError):
        read_source(archive.getvalue(), "autre.docx")


def test_a_blank_text_reads_as_nothing(reference: Reference, tmp_path: Path) -> None:
    """A text of blank lines that makes a reader fail."""
    path = tmp_path / "blanc.md"
    path.write_bytes(b"\n \n")
    extraction = extract(path, reference)
    assert (extraction.kind, extraction.actions, extraction.quantities) == ("other", (), ())


def test_cleaning_changes_characters_and_no_word() -> None:
    """A ligature, a raised letter or a note call that hides a word."""
    assert clean("L’eﬀet\u00a0: 1ᵉʳ  pas¹ sous\u2011dense\u200b") == "L’effet : 1er pas sous-dense"


def test_words_cut_at_a_line_end_are_made_whole() -> None:
    """« docu- ments » or « médicosociaux »."""
    lines = [Line("Les docu-", 1, 1), Line("ments des sites médico-", 1, 2), Line("sociaux", 1, 3)]
    words = frozenset({"documents", "médico-sociaux"})
    assert join(lines, words).text == "Les documents des sites médico-sociaux"


def test_a_passage_says_the_lines_of_any_span() -> None:
    """A locator that points beside its quote."""
    passage = join([Line("Un deux", 2, 7), Line("trois quatre", 2, 8), Line("cinq", 3, 1)])
    start = passage.text.index("deux")
    assert passage.locate(start, start + len("deux trois")).as_text() == "p. 2, l. 7-8"
    assert passage.locate(passage.text.index("cinq"), len(passage.text)).as_text() == "p. 3, l. 1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("En nov. 2024. Puis.", ["En nov. 2024.", "Puis."]),
        ("Voir l’art. L. 1470-6 du code, p. 3. Fin.", ["Voir l’art. L. 1470-6 du code, p. 3.", "Fin."]),
        ("Marquage CE. Par ailleurs, rien.", ["Marquage CE.", "Par ailleurs, rien."]),
        ("Des outils, etc. Puis 3 autres ; enfin 4.", ["Des outils, etc.", "Puis 3 autres ;", "enfin 4."]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    """A sentence cut at an abbreviation, its figure and its period apart."""
    passage = join([Line(text, 1, 1, starts_block=True)])
    assert [passage.text[item.start : item.end].strip() for item in sentences_of(passage)] == expected


def test_markdown_marks_are_not_words() -> None:
    """Stars, links, escapes or headings' signs left in a title."""
    source = read_text("## **Un** *titre* [lié](http://a.fr) G\\_NIUS & `code`\n\n- point\n\n***\n".encode())
    assert [(line.text, line.heading) for line in source.lines] == [("Un titre lié G_NIUS & code", 2), ("- point", 0)]
