"""What a cell of an Office Open XML workbook looks like, where that changes what it says: raised or struck out text,
notes, colours that a text of the book gives a meaning to.

openpyxl reads it, in full: its reading without styles drops runs and notes without a word. That takes ten times as long
as the values do, so that it is done only for files whose parts hold such a thing.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from sources.french.folding import fold
from sources.workbook.look import FIX_MARK, NOTE_AUTHOR, RECEIPT_FILLS, Look
from sources.workbook.markup import BookMarkup, Cell, SheetMarkup, parse_reference, related, scan_xml

RAISED, STRUCK = "raised", "struck"
# Whatever a file may do to openpyxl, save to take all memory.
_BROKEN = (ValueError, TypeError, LookupError, AttributeError, AssertionError, OSError, SyntaxError, ArithmeticError)
_RAISED_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_TEXT_PARTS = re.compile(r"xl/(?:sharedStrings[^/]*|styles[^/]*|worksheets/[^/]+)\.xml$", re.IGNORECASE)
_NOTE_PARTS = re.compile(r"(?:^|/)comments?[^/]*\.xml$", re.IGNORECASE)
_THREADED_PARTS = re.compile(r"(?:^|/)threadedComments?/[^/]+\.xml$", re.IGNORECASE)
_MARKED = re.compile(rb"<(?:\w+:)?(?:strike|vertAlign)\b")
_AUTHOR = re.compile(rb"<(?:\w+:)?author(?:\s[^>]*)?(?:/>|>([^<]*)<)")
# What a reader of folded texts finds where somebody says what does not count, or may be wrong.
_COUNTED = (
    r"(?:pri[st]|pren|ten|compt|l(?:ire|u)|utilis|ret[ei]n|gard|publi|regard|consider|val[ai]|integr|repr|diffus)\w*"
)
_TO_IGNORE = re.compile(
    rf"\bignor|\bn(?:e |')(?:\w+ ){{0,3}}?(?:pas|plus) (?:\w+ ){{0,3}}?{_COUNTED}|\bnon (?:encore )?{_COUNTED}"
    r"|\ba (?:supprimer|ecarter|oublier|retirer|enlever|exclure|laisser|jeter|effacer)\b|\bsupprime|\babandonn"
    r"|\bannule|\bne compte|\bobsolet|\bcaduc|\bperime|\bhors (?:perimetre|champ)\b|\bexclu|\bbrouillon"
)
_IN_DOUBT = re.compile(
    r"\ba (?:re)?(?:verifier|confirmer|valider)\b|\bfau(?:x|sse)|\berrone|\bincertain|\bdouteu"
    r"|\b(?:pas|non) (?:encore )?(?:confirm|definit|fiable|consolid)|\bancien\w* (?:valeur|chiffre|donnee)"
)
_COLOUR = re.compile(
    r"\b(?:roug|gris|jaun|orang|vert|bleu|ros|violet|noir|blanc|color|couleur|surlign|fond|hachur|surbrillance)"
)
_MAYBE_LEGEND = re.compile(
    rb">([^<]*(?:roug|gris|jaun|orang|vert|bleu|ros|violet|noir|blanc|color|couleur|surlign|fond|hachur|surbril)[^<]*)<",
    re.IGNORECASE,
)
# A sentence of ours, then its fix; other programs turn the end of line between them into a space.
_OUR_NOTE = re.compile(rf"\.\s+{re.escape(FIX_MARK.strip())} ")
_NO_STYLE = re.compile(rb'(<(?:\w+:)?c\b[^>]*?) s=""')


def is_worth_a_look(parts: Mapping[str, bytes]) -> bool:
    """Whether a workbook's parts hold text that is struck out or raised, notes of others than us, or a legend."""
    for name, part in parts.items():
        if _TEXT_PARTS.search(name) and (_MARKED.search(part) or _has_legend(part)):
            return True
        if _THREADED_PARTS.search(name):
            return True
        if _NOTE_PARTS.search(name) and not all(is_our_note(author, "") for author in _authors(part)):
            return True
    return False


def look(path: Path, parts: Mapping[str, bytes], markup: BookMarkup, wanted: Callable[[str], bool]) -> None:
    """Note in the wanted sheets of a book what their cells look like. `is_seen` is False when it cannot be read."""
    book = _opened(path, parts)
    if book is None:
        markup.is_seen = False
        return
    pages = [page for page in book.worksheets if wanted(page.title) and page.title in markup.sheets]
    has_legend = any(map(is_legend, _texts(book)))
    for page in pages:
        sheet = markup.sheets[page.title]
        for row in page.iter_rows():
            for cell in row:
                if cell.comment is not None and not is_our_note(cell.comment.author, cell.comment.text):
                    sheet.notes[_place(cell)] = said_in_note(cell.comment.text)
                if cell.value is not None:
                    _look_at(sheet, cell, colours_matter=has_legend)
    for name, notes in _threaded(parts, markup.parts).items():
        markup.sheets[name].notes |= notes


def _opened(path: Path, parts: Mapping[str, bytes]) -> Any:
    """The book as openpyxl has it; None when it cannot read what the other readers read."""
    import openpyxl

    with suppress(*_BROKEN):
        return openpyxl.load_workbook(path, rich_text=True)
    fixed = BytesIO()  # Excel opens cells with an empty style, openpyxl does not
    with ZipFile(fixed, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, _NO_STYLE.sub(rb"\1", part) if name.startswith("xl/worksheets/") else part)
    with suppress(*_BROKEN):
        return openpyxl.load_workbook(fixed, rich_text=True)
    return None


def _has_legend(part: bytes) -> bool:
    return any(is_legend(unescape(text.decode(errors="replace"))) for text in _MAYBE_LEGEND.findall(part))


def raised(text: str) -> str:
    """A text with its digits raised."""
    return text.translate(_RAISED_DIGITS)


def is_legend(text: str) -> bool:
    """Whether a text says that rows of some colour do not count, or may be wrong."""
    folded = fold(text)
    return bool(_COLOUR.search(folded)) and bool(_TO_IGNORE.search(folded) or _IN_DOUBT.search(folded))


def is_our_note(author: str | None, text: str) -> bool:
    """Whether a note is one that we wrote; some programs forget who wrote them."""
    return (author or "").startswith(NOTE_AUTHOR) or bool(_OUR_NOTE.search(text))


def says_to_ignore(text: str) -> bool:
    """Whether a text says of what it is beside that it does not count."""
    return bool(_TO_IGNORE.search(fold(text)))


def said_in_note(text: str) -> str:
    """The words of a note; of a conversation those after the preamble that Excel writes for older versions."""
    words = re.split(r"\n\s*Comm?entaires?\s*:\s*\n|\n\s*Comments?:\s*\n", text)
    return " ".join((words[-1] if text.lstrip().startswith("[") else text).split())


def is_foreign(colour: str) -> bool:
    """Whether a colour (RRGGBB, blank for none) is none that our workbooks have."""
    return bool(colour) and colour.upper() not in _ours()


def _look_at(sheet: SheetMarkup, cell: Any, *, colours_matter: bool) -> None:
    from openpyxl.cell.rich_text import CellRichText

    place = _place(cell)
    if cell.has_style:
        if cell.font.strike:
            sheet.troubles[place] = STRUCK
        elif cell.font.vertAlign in {"superscript", "subscript"} and any(map(str.isdigit, str(cell.value))):
            sheet.troubles[place] = RAISED
        if colours_matter and (is_foreign(_fill(cell)) or is_foreign(_rgb(cell.font.color))):
            sheet.coloured.add(place)
    if isinstance(cell.value, CellRichText):
        runs = [_run(run) for run in cell.value]
        if any(is_struck and text.strip() for text, is_struck, _ in runs):
            sheet.troubles[place] = STRUCK
        elif any(is_raised for _, _, is_raised in runs):
            sheet.texts[place] = "".join(raised(text) if is_raised else text for text, _, is_raised in runs)


def _place(cell: Any) -> Cell:
    return cell.row - 1, cell.column - 1


def _run(run: Any) -> tuple[str, bool, bool]:
    """A run of text, whether it is struck out, and whether it is raised."""
    font = getattr(run, "font", None)
    if font is None:
        return str(run), False, False
    return run.text, bool(font.strike), font.vertAlign == "superscript"


def _fill(cell: Any) -> str:
    return _rgb(cell.fill.fgColor) if cell.fill.fill_type else ""


def _rgb(colour: Any) -> str:
    """RRGGBB; a colour of the theme or of the old palette under a name of its own, blank for an automatic one."""
    if colour is None or colour.type is None:
        return ""
    if colour.type == "rgb":
        text = str(colour.rgb)
        return "" if len(text) == 8 and text.startswith("00") and text[2:] == "000000" else text[-6:]
    if colour.type == "theme":
        return "" if colour.theme in {0, 1} and not colour.tint else f"theme {colour.theme} {colour.tint:.2f}"
    return "" if colour.indexed in {64, 65, 0, 1, 8, 9} else f"palette {colour.indexed}"


@cache
def _ours() -> frozenset[str]:
    colours = {colour.lstrip("#").upper() for colour in vars(Look).values() if str(colour).startswith("#")}
    return frozenset(colours | {"FFFFFF", "000000", *RECEIPT_FILLS.values()})


def _texts(book: Any) -> Iterable[str]:
    for page in book.worksheets:
        for row in page.iter_rows(values_only=True):
            for value in row:
                if isinstance(value, str) and value:
                    yield str(value)
        for row in page.iter_rows():
            yield from (cell.comment.text for cell in row if cell.comment is not None)


def _authors(part: bytes) -> list[str]:
    return [author.decode(errors="replace") for author in _AUTHOR.findall(part)] or [""]


def _threaded(parts: Mapping[str, bytes], sheets: Mapping[str, str]) -> dict[str, dict[Cell, str]]:
    """The conversations of each sheet, the words of all who take part together; `sheets` gives their parts by name."""
    found: dict[str, dict[Cell, str]] = {}
    for name, part in sheets.items():
        for target in related(parts, part, "/threadedComment"):
            for place, words in _conversations(parts[target]):
                notes = found.setdefault(name, {})
                notes[place] = f"{notes[place]} {words}" if place in notes else words
    return found


def _conversations(part: bytes) -> list[tuple[Cell, str]]:
    said: list[tuple[Cell, str]] = []
    reference, words, inside = "", "", False

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal reference, words, inside
        if tag == "threadedComment":
            reference, words = attributes.get("ref", ""), ""
        inside = tag == "text"

    def text(data: str) -> None:
        nonlocal words
        words += data if inside else ""

    def end(tag: str) -> None:
        nonlocal inside
        inside = False
        if tag == "threadedComment" and (place := parse_reference(reference)) is not None:
            said.append((place, " ".join(words.split())))

    scan_xml(BytesIO(part), start, end, text)
    return said
