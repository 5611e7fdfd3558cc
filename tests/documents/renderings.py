"""One report, many typographies: the same model written as Markdown, text, Word and PDF files of different layouts.

A model is what `invented/report.yml` holds. Each rendering takes a model and a path; what it writes must be read back
as the model says, whatever the layout.
"""

import re
import shutil
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Model = dict[str, Any]
NBSP, NNBSP, SOFT = "\u00a0", "\u202f", "\u00ad"


def actions_of(model: Model) -> Iterator[dict[str, Any]]:
    for priority in model["priorities"]:
        yield from priority["actions"]


def _front(model: Model) -> list[str]:
    return [model["title"], "", model["subtitle"], model["date"], ""]


def markdown_published(model: Model, path: Path) -> None:
    """The published layout: banners, PRIORITÉ n, n-m. title, arrow, partners apart by dashes."""
    rows = _front(model)
    for priority in model["priorities"]:
        rows += [priority["banner"], ""] if priority.get("banner") else []
        rows += [f"PRIORITÉ {priority['number']}", "", priority["title"], ""]
        for action in priority["actions"]:
            rows += [f"{action['code']}. {action['title']}", "", f"→ {action['objective']}", ""]
            rows += [" - ".join(action["partners"]), "", *_paragraphs(action), "", ""]
    path.write_text("\n".join(rows), encoding="utf-8")


def markdown_bold(model: Model, path: Path) -> None:
    """Bold marks, dotted codes, no accent on PRIORITE, banner after it, commas between partners, `=>` arrows."""
    rows = [f"# **{model['title']}**", "", f"## {model['subtitle']}", "", f"*{model['date']}*", ""]
    for priority in model["priorities"]:
        rows += [f"## PRIORITE {priority['number']} : **{_cut_bold(priority['title'])}**", ""]
        rows += [f"**{priority['banner']}**", ""] if priority.get("banner") else []
        for action in priority["actions"]:
            rows += [f"### **{action['code'].replace('-', '.')} {action['title']}**", ""]
            rows += [f"=> *{action['objective']}*", "", f"**{', '.join(action['partners'])}**", ""]
            rows += [*_paragraphs(action), ""]
    path.write_text("\n".join(rows), encoding="utf-8")


def markdown_labels(model: Model, path: Path) -> None:
    """Labels instead of an arrow, en dashes in codes, partners introduced and in capitals, list marks."""
    rows = _front(model)
    for priority in model["priorities"]:
        rows += [f"PRIORITÉ N° {priority['number']} – {priority['title']}", ""]
        for action in priority["actions"]:
            lead, *others = [partner.upper() for partner in action["partners"]]
            rows += [f"Action {action['code'].replace('-', '–')} : {action['title']}"]
            rows += [f"Objectif : {action['objective']}", f"Pilote : {lead}"]
            rows += [f"Contributeurs : {' / '.join(others)}"] if others else []
            rows += ["État d’avancement :", *[row for row in _paragraphs(action) if row], ""]
    path.write_text("\n".join(rows), encoding="utf-8")


def markdown_table(model: Model, path: Path) -> None:
    """One table a priority, a column for each part, progress before partners."""
    rows = _front(model)
    for priority in model["priorities"]:
        rows += [f"**PRIORITÉ {priority['number']}** {priority['title']}", ""]
        rows += ["| N° | Action | Avancement | Objectif | Partenaires |", "|---|:---|---|---|---|"]
        for action in priority["actions"]:
            told = "<br>".join(row for row in _paragraphs(action) if row)
            cells = [action["code"], action["title"], told, action["objective"], " – ".join(action["partners"])]
            rows.append("| " + " | ".join(cells) + " |")
        rows.append("")
    path.write_text("\n".join(rows), encoding="utf-8")


def text_paged(model: Model, path: Path) -> None:
    """Hard-wrapped text with form feeds, running header, page numbers, soft hyphens, NBSP, no blank lines inside."""
    rows: list[str] = [model["title"], model["subtitle"], model["date"], ""]
    for priority in model["priorities"]:
        rows += _wrapped(f"PRIORITÉ {priority['number']} {priority['title']}", 60)
        rows += ["", priority["banner"], ""] if priority.get("banner") else [""]
        for action in priority["actions"]:
            rows += _wrapped(f"{action['code']}. {action['title']}", 60)
            rows += _wrapped(f"➔ {_spaced(action['objective'])}", 60)
            rows += _wrapped(" - ".join(action["partners"]), 20)
            rows += [row for part in action["narrative"] for row in _hyphenated(_spaced(part), 60)]
            rows += [""]
    pages = [rows[start : start + 36] for start in range(0, len(rows), 36)]
    total = len(pages)
    header = f"Délégation au numérique en santé{NBSP}: point d’étape"
    shown = ["\n".join([header, "", *page, "", f"Page {number} / {total}", ""]) for number, page in enumerate(pages, 1)]
    path.write_text("\f".join(shown), encoding="utf-8")


def text_hyphenated(model: Model, path: Path) -> None:
    """Codes behind « ACTION », labels, « et » before the last partner, words cut by a hyphen, banners misspelt."""
    rows = [model["title"], model["subtitle"], model["date"], ""]
    for priority in model["priorities"]:
        rows += [priority["banner"][:-2] + priority["banner"][:-3:-1]] if priority.get("banner") else []
        rows += _wrapped(f"PRIORITÉ {priority['number']} – {priority['title']}", 72)
        for action in priority["actions"]:
            *others, last = action["partners"]
            named = f"{', '.join(others)} et {last}" if others else last
            rows += _wrapped(f"ACTION {action['code'].replace('-', '.')} — {action['title']}", 72)
            rows += _wrapped(f"Objectif : {action['objective']}", 72) + _wrapped(f"Partenaires : {named}", 72)
            rows += [row for part in action["narrative"] for row in _hyphenated(part, 72, "-")]
    path.write_text("\n".join(rows), encoding="utf-8")


def word_labelled_tables(model: Model, path: Path) -> None:
    """A small table an action: a label on the left, what it names on the right."""
    document = _word(model)
    for priority in model["priorities"]:
        document.add_heading(f"Priorité {priority['number']} – {priority['title']}", 1)
        for action in priority["actions"]:
            table = document.add_table(0, 2)
            table.style = "Table Grid"
            for label, text in (
                ("Action", f"{action['code']} {action['title']}"),
                ("Objectif", action["objective"]),
                ("Partenaires", ", ".join(action["partners"])),
                ("Avancement", "\n".join(action["narrative"])),
            ):
                left, right = table.add_row().cells
                left.text, right.text = label, text
            document.add_paragraph()
    document.save(str(path))


def word_priority_column(model: Model, path: Path) -> None:
    """Five columns on a page laid on its side, a priority's cell merged down its actions."""
    document = _word(model)
    table = document.add_table(1, 5)
    table.style = "Table Grid"
    names = ("Priorité", "Action", "Objectif", "Partenaires", "État d’avancement")
    for cell, name in zip(table.rows[0].cells, names, strict=True):
        cell.text = name
    for priority in model["priorities"]:
        rows = [table.add_row().cells for _ in priority["actions"]]
        for row, action in zip(rows, priority["actions"], strict=True):
            row[1].text = f"{action['code']}. {action['title']}"
            row[2].text, row[3].text = action["objective"], " - ".join(action["partners"])
            row[4].text = "\n".join(action["narrative"])
        merged = rows[0][0].merge(rows[-1][0])
        merged.text = f"PRIORITÉ {priority['number']} {priority['title']}"
    document.save(str(path))
    _on_its_side(path)


def slides(model: Model, path: Path) -> None:
    """One action a page in big type, its objective labelled, a running foot and a page number."""
    pages: list[list[_Box]] = [[(72, 150, 50, 28, [model["title"]]), (72, 260, 60, 18, [model["subtitle"]]),
                                (72, 320, 60, 18, [model["date"]])]]  # fmt: skip
    for priority in model["priorities"]:
        pages.append([(72, 180, 40, 28, [f"PRIORITÉ {priority['number']}"]), (72, 260, 60, 20, [priority["title"]])])
        pages += [
            [
                (36, 30, 75, 18, [f"{action['code']}. {action['title']}"]),
                (36, 90, 100, 13, [f"Objectif : {action['objective']}"]),
                (36, 175, 100, 12, [" - ".join(action["partners"])]),
                (36, 220, 115, 11, action["narrative"]),
            ]
            for action in priority["actions"]
        ]
    foot = "Délégation au numérique en santé – point d’étape"
    numbered = [
        [*boxes, (36, 570, 90, 8, [foot]), (790, 570, 5, 8, [str(number)])] for number, boxes in enumerate(pages, 1)
    ]
    _write_pdf(numbered, path)


def cards(model: Model, path: Path) -> None:
    """Two actions side by side on each page."""
    pages: list[list[_Box]] = [[(72, 150, 50, 28, [model["title"]]), (72, 260, 60, 18, [model["subtitle"]]),
                                (72, 320, 60, 18, [model["date"]])]]  # fmt: skip
    for priority in model["priorities"]:
        actions = priority["actions"]
        for first in range(0, len(actions), 2):
            head = f"PRIORITÉ {priority['number']} – {priority['title']}"
            pages.append([] if first else [(36, 18, 120, 12, [head])])
            for rank, action in enumerate(actions[first : first + 2]):
                said = [f"{action['code']}. {action['title']}", f"Objectif : {action['objective']}"]
                said += [", ".join(action["partners"]), *action["narrative"]]
                pages[-1].append((36 + 400 * rank, 75, 50, 12, said))
    _write_pdf(pages, path)


_Box = tuple[float, float, int, int, list[str]]  # left, top, letters a line, size, paragraphs
_WIDTH, _HEIGHT = 842, 595


def _write_pdf(pages: list[list[_Box]], path: Path) -> None:
    """Boxes of text as a PDF in Helvetica, written by hand: no tool is needed, and each line stands where it is put."""
    bodies = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    bodies.append(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
    kids = []
    for boxes in pages:
        shown = b"\n".join(line for box in boxes for line in _shown(box))
        kids.append(b"%d 0 R" % (len(bodies) + 1))
        place = b"/MediaBox[0 0 %d %d]/Resources<</Font<</F1 3 0 R>>>>" % (_WIDTH, _HEIGHT)
        bodies.append(b"<</Type/Page/Parent 2 0 R%s/Contents %d 0 R>>" % (place, len(bodies) + 2))
        bodies.append(b"<</Length %d>>stream\n%s\nendstream" % (len(shown), shown))
    bodies[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    written, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        offsets.append(b"%010d 00000 n \n" % len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(bodies) + 1, b"".join(offsets))
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(bodies) + 1, len(written))
    path.write_bytes(written + table + end)


def _shown(box: _Box) -> Iterator[bytes]:
    left, top, letters, size, paragraphs = box
    for paragraph in paragraphs:
        for row in _wrapped(paragraph, letters):
            text = re.sub(rb"([()\\])", rb"\\\1", row.encode("cp1252"))
            yield b"BT /F1 %d Tf %d %d Td (%s) Tj ET" % (size, left, _HEIGHT - top - size, text)
            top += size * 1.25
        top += size * 0.7


def text_columns(model: Model, path: Path) -> None:
    """Two columns laid out with spaces: title, objective and partners on the left, progress on the right."""
    rows = _front(model)
    for priority in model["priorities"]:
        rows += [*_wrapped(f"PRIORITÉ {priority['number']} {priority['title']}", 100), ""]
        for action in priority["actions"]:
            left = [*_wrapped(f"{action['code']}. {action['title']}", 46), *_wrapped(f"→ {action['objective']}", 46)]
            left += _wrapped(", ".join(action["partners"]), 46)
            right = [row for part in action["narrative"] for row in _wrapped(part, 46)]
            for index in range(max(len(left), len(right))):
                one = left[index] if index < len(left) else ""
                other = right[index] if index < len(right) else ""
                rows.append(f"{one:<52}{other}".rstrip())
            rows.append("")
    path.write_text("\n".join(rows), encoding="utf-8")


def word_headings(model: Model, path: Path) -> None:
    """Headings and paragraphs, a header and a footer, partners apart by slashes."""
    document = _word(model)
    document.sections[0].header.paragraphs[0].text = model["title"]
    document.sections[0].footer.paragraphs[0].text = "Page 1"
    for priority in model["priorities"]:
        if priority.get("banner"):
            document.add_paragraph(priority["banner"])
        document.add_heading(f"PRIORITÉ {priority['number']}", 1)
        document.add_paragraph(priority["title"])
        for action in priority["actions"]:
            document.add_heading(f"{action['code']}. {action['title']}", 2)
            document.add_paragraph(f"→ {action['objective']}")
            document.add_paragraph(" / ".join(action["partners"]))
            for part in action["narrative"]:
                document.add_paragraph(part)
    document.save(str(path))


def word_two_columns(model: Model, path: Path) -> None:
    """A two-column table: commas between partners, narrow no-break spaces in figures, banners in text boxes."""
    document = _word(model)
    for priority in model["priorities"]:
        if priority.get("banner"):
            _text_box(document.add_paragraph(), priority["banner"])
        document.add_heading(f"PRIORITE {priority['number']} – {priority['title']}", 1)
        table = document.add_table(0, 2)
        table.style = "Table Grid"
        for action in priority["actions"]:
            left, right = table.add_row().cells
            left.paragraphs[0].add_run(f"{action['code']}. {action['title']}").bold = True
            left.add_paragraph(f"➔ {_spaced(action['objective'], NNBSP)}")
            left.add_paragraph(", ".join(action["partners"]))
            right.text = ""
            for rank, part in enumerate(action["narrative"]):
                target = right.paragraphs[0] if not rank else right.add_paragraph()
                target.add_run(_spaced(part, NNBSP))
    document.save(str(path))


def word_columns_named(model: Model, path: Path) -> None:
    """One table for all, columns named in its header, priorities in merged rows, non-breaking hyphens in codes."""
    document = _word(model)
    table = document.add_table(1, 4)
    table.style = "Table Grid"
    for cell, name in zip(
        table.rows[0].cells, ("Action", "Partenaires", "Objectifs", "État d’avancement"), strict=True
    ):
        cell.text = name
    for priority in model["priorities"]:
        row = table.add_row().cells
        row[0].merge(row[3]).text = f"PRIORITÉ {priority['number']} – {priority['title']}"
        for action in priority["actions"]:
            row = table.add_row().cells
            row[0].text = f"{action['code'].replace('-', chr(0x2011))} {action['title']}"
            row[1].text = "\n".join(action["partners"])
            row[2].text = _spaced(action["objective"], NNBSP)
            row[3].text = "\n".join(action["narrative"])
    document.save(str(path))


def word_numbered(model: Model, path: Path) -> None:
    """Codes and priorities as automatic numbers, which stand in no text of the document."""
    document = _word(model)
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="{text}"/></w:lvl>'
        for level, text in enumerate(("PRIORITÉ %1", "%1-%2."))
    )
    from docx.oxml import parse_xml

    names = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    numbering = document.part.numbering_part.element
    numbering.insert(0, parse_xml(f'<w:abstractNum {names} w:abstractNumId="900">{levels}</w:abstractNum>'))
    numbering.append(parse_xml(f'<w:num {names} w:numId="900"><w:abstractNumId w:val="900"/></w:num>'))
    last = 0
    for priority in model["priorities"]:
        for _ in range(priority["number"] - last - 1):
            _numbered(document.add_paragraph(), 0, names)
        last = priority["number"]
        _numbered(document.add_paragraph(priority["title"]), 0, names)
        rank = 0
        for action in priority["actions"]:
            wanted = int(action["code"].split("-")[1])
            for _ in range(wanted - rank - 1):
                _numbered(document.add_paragraph(), 1, names)
            rank = wanted
            _numbered(document.add_paragraph(action["title"]), 1, names)
            document.add_paragraph(f"Objectif : {action['objective']}")
            document.add_paragraph(f"Partenaires : {' ; '.join(action['partners'])}")
            for part in action["narrative"]:
                document.add_paragraph(part)
    document.save(str(path))


def word_newspaper(model: Model, path: Path) -> None:
    """Two newspaper columns over the page: only its PDF shows them."""
    from docx.oxml import parse_xml

    word_headings(model, path)
    import docx

    document = docx.Document(str(path))
    section = document.sections[0]._sectPr
    for found in section.findall(f"{{{_W}}}cols"):
        section.remove(found)
    section.append(parse_xml(f'<w:cols xmlns:w="{_W}" w:num="2" w:space="708"/>'))
    document.save(str(path))


def word_article(paragraphs: list[str], path: Path) -> None:
    """A plain text over two newspaper columns, its title across them."""
    import docx
    from docx.enum.section import WD_SECTION
    from docx.oxml import parse_xml

    document = docx.Document()
    document.add_heading(paragraphs[0], 1)
    document.add_section(WD_SECTION.CONTINUOUS)
    for paragraph in paragraphs[1:]:
        document.add_paragraph(paragraph)
    section = document.sections[1]._sectPr
    for found in section.findall(f"{{{_W}}}cols"):
        section.remove(found)
    section.append(parse_xml(f'<w:cols xmlns:w="{_W}" w:num="2" w:space="708"/>'))
    document.save(str(path))


def word_two_columns_without_rules(model: Model, path: Path) -> None:
    """Two columns no rule parts, on a page laid on its side: only its PDF shows them as such."""
    word_two_columns(model, path)
    _without_rules(path)
    _on_its_side(path)


def word_columns_named_without_rules(model: Model, path: Path) -> None:
    """Four narrow columns no rule parts, named in the header of the first page alone."""
    word_columns_named(model, path)
    _without_rules(path)


def _without_rules(path: Path) -> None:
    import docx

    document = docx.Document(str(path))
    for table in document.tables:
        table.style = "Normal Table"
    document.save(str(path))


def _on_its_side(path: Path) -> None:
    import docx

    document = docx.Document(str(path))
    section = document.sections[0]
    section.page_width, section.page_height = section.page_height, section.page_width
    document.save(str(path))


_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def _numbered(paragraph: Any, level: int, names: str) -> None:
    from docx.oxml import parse_xml

    properties = paragraph._p.get_or_add_pPr()
    properties.append(parse_xml(f'<w:numPr {names}><w:ilvl w:val="{level}"/><w:numId w:val="900"/></w:numPr>'))


def _word(model: Model) -> Any:
    import docx

    document = docx.Document()
    document.add_paragraph(model["title"], style="Title")
    document.add_paragraph(model["subtitle"])
    document.add_paragraph(model["date"])
    return document


def _text_box(paragraph: Any, text: str) -> None:
    """A text box as Word writes it: the drawing, and an older copy of it as a fallback."""
    from docx.oxml import parse_xml

    content = f"<w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent>"
    paragraph._p.append(
        parse_xml(
            f'<w:r xmlns:w="{_W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
            'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
            'xmlns:v="urn:schemas-microsoft-com:vml"><mc:AlternateContent>'
            f'<mc:Choice Requires="wps"><wps:txbx>{content}</wps:txbx></mc:Choice>'
            f"<mc:Fallback><w:pict><v:shape><v:textbox>{content}</v:textbox></v:shape></w:pict></mc:Fallback>"
            "</mc:AlternateContent></w:r>"
        )
    )


def _paragraphs(action: dict[str, Any]) -> list[str]:
    """The progress text's paragraphs, blank lines between those that are no list items."""
    rows: list[str] = []
    for part in action["narrative"]:
        rows += [part] if part.startswith("- ") or not rows else ["", part]
    return rows


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _hyphenated(text: str, width: int, hyphen: str = SOFT) -> list[str]:
    """Wrapped, with some long words cut at the line's end by a hyphen, a soft one if not told."""
    rows = _wrapped(text, width)
    for index in range(len(rows) - 1):
        word, *rest = rows[index + 1].split(" ")
        if len(word) > 9 and word.isalpha() and rest:
            rows[index] += f" {word[:4]}{hyphen}"
            rows[index + 1] = " ".join([word[4:], *rest])
    return rows


def _spaced(text: str, space: str = NBSP) -> str:
    """No-break spaces inside figures and before signs."""
    grouped = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", space, text)
    return re.sub(r" (?=[%€:;!?»])", space, grouped)


def _cut_bold(title: str) -> str:
    """Bold closed and opened again in the middle of a title, as converters leave it."""
    words = title.split(" ")
    return title if len(words) < 4 else " ".join(words[:3]) + "** **" + " ".join(words[3:])


def as_pdf(*paths: Path) -> list[Path]:
    """The PDF files LibreOffice makes of Word files of one folder, beside them; starting it costs the most."""
    folder = paths[0].parent
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "pdf",
         "--outdir", str(folder), *map(str, paths)],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    return [path.with_suffix(".pdf") for path in paths]


def has_libreoffice() -> bool:
    return shutil.which("soffice") is not None


TEXTS: dict[str, tuple[str, Callable[[Model, Path], None]]] = {
    "markdown in the published layout": (".md", markdown_published),
    "markdown in bold with dotted codes": (".md", markdown_bold),
    "markdown with labels": (".md", markdown_labels),
    "markdown table": (".md", markdown_table),
    "text with pages": (".txt", text_paged),
    "text in two columns": (".txt", text_columns),
    "text with words cut": (".txt", text_hyphenated),
    "word with headings": (".docx", word_headings),
    "word with a two-column table": (".docx", word_two_columns),
    "word with named columns": (".docx", word_columns_named),
    "word with automatic numbers": (".docx", word_numbered),
    "word with labelled tables": (".docx", word_labelled_tables),
    "word with a priority column": (".docx", word_priority_column),
    "slides, an action each": (".pdf", slides),
    "cards, two a page": (".pdf", cards),
}
PAPERS: dict[str, Callable[[Model, Path], None]] = {
    "PDF of headings": word_headings,
    "PDF of a two-column table": word_two_columns,
    "PDF of named columns": word_columns_named,
    "PDF of newspaper columns": word_newspaper,
    "PDF of two columns without rules": word_two_columns_without_rules,
    "PDF of named columns without rules": word_columns_named_without_rules,
    "PDF of labelled tables": word_labelled_tables,
}
