"""Every quote found again in the stored bytes, and its value read from it once more.

A figure whose quote cannot be found, or no longer yields its value, is not published: what this module returns blocks.
The bytes are read anew: text by its own decoding, Word by the text of its XML, PDF by pypdfium2, the reader that did
not extract. Words that a column, a cell or a page's foot parts are together in no such reading: those are looked for
in the extractor's own, and each of their figures in the other.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from html.parser import HTMLParser
from pathlib import PurePath
from typing import Any

from sources.documents.extraction import read_source
from sources.documents.label_tables import scale_said
from sources.documents.layout import without_running_lines
from sources.documents.text import clean, join, vocabulary_of
from sources.documents.text_reader import LINE_END, decode, strip_marks
from sources.french.finders import find_figures
from sources.french.text_periods import find_spans_of_years, find_text_periods

_TEXTS = frozenset({".md", ".txt", ".markdown"})
_PAGES_OF_THE_WEB = frozenset({".html", ".htm"})
_MEMBERS = {".docx": r"word/document\.xml", ".odt": r"content\.xml", ".pptx": r"ppt/slides/slide\d+\.xml"}
_PLACE = re.compile(r"p\. (?P<page>\d+), l\. (?P<first>\d+)(?:-(?P<last>\d+))?")


@dataclass(frozen=True)
class UnverifiedQuote:
    """A fact that may not be published: `reason` is `not_found`, `not_where_said` or `other_value`."""

    table: str
    rank: int
    action_code: str | None
    quote: str
    reason: str

    @property
    def message(self) -> str:
        """One French line for the person who has to look at it."""
        told = {
            "not_found": "citation introuvable dans le document archivé",
            "not_where_said": "citation absente des lignes indiquées",
            "other_value": "la citation relue ne donne pas la valeur enregistrée",
        }
        where = f"action {self.action_code}, " if self.action_code else ""
        return f"{where}fait n° {self.rank} : {told[self.reason]} (« {self.quote} »)."


def verify_rows(
    tables: Mapping[str, Sequence[Mapping[str, Any]]], file_name: str, content: bytes
) -> list[UnverifiedQuote]:
    """The figures and targets of one document whose quote its bytes do not bear out; empty when all do.

    They are the rows `document`, `document_target` and `document_quantity` of the landing.
    """
    text = _StoredText(file_name, content)
    as_of = next((row["as_of"] for row in tables.get("document", ())), None)
    found: list[UnverifiedQuote] = []
    for table, rank in (("document_target", "target_rank"), ("document_quantity", "quantity_rank")):
        for row in tables.get(table, ()):
            reason = _reason_against(row, text, as_of)
            if reason:
                found.append(UnverifiedQuote(table, int(row[rank]), row["action_code"], str(row["quote"]), reason))
    return found


def _reason_against(row: Mapping[str, Any], text: "_StoredText", as_of: date | None) -> str | None:
    quote = str(row["quote"])
    if not text.holds(quote):
        return "not_found"
    if not text.holds_at(quote, str(row["locator"])):
        return "not_where_said"
    periods = find_text_periods(quote, as_of)
    values = {figure.value for figure in find_figures(quote, periods)} | _bare_values(quote)
    # a decrease is kept negative, whatever its words are (« baisse de 12 % »)
    if abs(float(row["value"])) not in {abs(value) for value in values | _scaled_values(row, text)}:
        return "other_value"
    deadline = row.get("deadline")
    moments = [*periods, *find_spans_of_years(quote)]
    if deadline is not None and deadline not in {moment.period.end for moment in moments}:
        return "other_value"
    return None


def _scaled_values(row: Mapping[str, Any], text: "_StoredText") -> set[float]:
    """The figure of a table's cell, times what its row's label says (« Budget (M€) »), when the document holds it."""
    label = str(row.get("quote_prefix") or "").rstrip(" :")
    scale = scale_said(label)
    return {value * scale for value in _bare_values(str(row["quote"]))} if scale > 1 and text.holds(label) else set()


def _bare_values(quote: str) -> set[float]:
    """The figure of a quote that is nothing but one, which no words tell from a year or a code."""
    digits = re.sub(r"[^\d,]", "", quote).replace(",", ".")
    return {float(digits)} if re.fullmatch(r"\d+(?:\.\d+)?", digits) and not re.search(r"[^\W\d]", quote) else set()


class _StoredText:
    """The text of the stored bytes, without spaces, as each independent reading gives it."""

    def __init__(self, file_name: str, content: bytes) -> None:
        self.file_name, self.content = file_name, content
        self.suffix = PurePath(file_name).suffix.lower()
        self.pages = list(_pages(self.suffix, content))
        self.whole = [_squashed(reading) for reading in _readings(self.suffix, self.pages)]

    @cached_property
    def own(self) -> str:
        """The extractor's own reading: it costs as much as extracting, so only for words no other reading holds."""
        return _squashed(_own_reading(self.file_name, self.content))

    def holds(self, quote: str) -> bool:
        """Whether the document says these words."""
        wanted = _squashed(quote)
        if not wanted or any(wanted in reading for reading in self.whole):
            return bool(wanted)
        words = [_squashed(word) for word in re.split(r"[\s\-–]+", quote)]
        return wanted in self.own and all(any(word in reading for reading in self.whole) for word in words)

    def holds_at(self, quote: str, locator: str) -> bool:
        """Whether it says them on the lines of a locator; only texts have lines of their own to check."""
        place = _PLACE.fullmatch(locator)
        if place is None or self.suffix not in _TEXTS:
            return place is not None
        page = int(place["page"])
        if page > len(self.pages):
            return False
        lines = LINE_END.split(self.pages[page - 1])
        first, last = int(place["first"]), int(place["last"] or place["first"])
        near = "\n".join([*lines[first - 1 : last], *self._next_page_head(page, last, lines)])
        wanted = _squashed(quote)
        return wanted in _squashed(near) or all(part in _squashed(near) for part in _halves(quote))

    def _next_page_head(self, page: int, last: int, lines: Sequence[str]) -> list[str]:
        """The first lines of the next page, where words that began at a page's foot end."""
        at_foot = not any(line.strip() for line in lines[last + 6 :])
        return self.pages[page].split("\n")[:8] if at_foot and page < len(self.pages) else []


def _halves(quote: str) -> Iterable[str]:
    """The first and last words of a quote that other columns may come between."""
    words = quote.split()
    return [_squashed(words[0]), _squashed(words[-1])] if words else [""]


def _pages(suffix: str, content: bytes) -> Iterable[str]:
    if suffix == ".pdf":
        import pypdfium2

        document = pypdfium2.PdfDocument(content)
        try:
            yield from [page.get_textpage().get_text_bounded() for page in document]
        finally:
            document.close()
    elif suffix in _MEMBERS:
        yield _office_text(suffix, content)
    elif suffix in _PAGES_OF_THE_WEB:
        yield _html_text(content)
    else:
        yield from decode(content).split("\f")


def _readings(suffix: str, pages: Sequence[str]) -> Iterable[str]:
    """The whole text, as written and with words cut at a line's end made whole."""
    text = "\n".join(pages)
    if suffix in _TEXTS:
        text = "\n".join(strip_marks(line) for line in text.split("\n"))
    yield text
    yield re.sub(r"[-\u00ad\u2010\u2011]\s*\n\s*", "", text)


def _own_reading(file_name: str, content: bytes) -> str:
    """The lines the extractor reads, joined as it joins them."""
    lines = without_running_lines(read_source(content, file_name).lines, is_content=lambda _: False)
    return join(lines, vocabulary_of(lines)).text


def _office_text(suffix: str, content: bytes) -> str:
    """The characters of an office document's own text, by its XML alone."""
    from lxml import etree

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if re.fullmatch(_MEMBERS[suffix], name)]
        roots = [etree.fromstring(archive.read(name)) for name in names]
    if suffix == ".odt":
        return "\n".join("".join(map(str, root.itertext())) for root in roots)
    pieces: list[str] = []
    for element in (found for root in roots for found in root.iter("{*}t", "{*}noBreakHyphen", "{*}p")):
        name = etree.QName(element).localname
        pieces.append({"t": element.text or "", "noBreakHyphen": "-"}.get(name, "\n"))
    return "".join(pieces)


def _html_text(content: bytes) -> str:
    """The characters of a page between its tags."""
    parser = _Characters()
    parser.feed(decode(content))
    return "".join(parser.pieces)


class _Characters(HTMLParser):
    """What is between the tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        """Keep a run of characters."""
        self.pieces.append(data)


def _squashed(text: str) -> str:
    """Clean characters without any space: what two ways of breaking lines have in common."""
    return re.sub(r"\s+", "", "".join(clean(line) for line in text.split("\n"))).replace("\u00ad", "").casefold()
