"""What every reader hands over: lines of clean text that remember where they stood, and how lines join again.

Cleaning changes characters, never words: odd spaces become plain ones, non-breaking hyphens plain hyphens, soft
hyphens and emphasis marks go. A `Passage` is a run of lines joined into one text which can say, for any span of it,
the page and the lines it came from.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sources.documents.words import WORDS

SOFT_HYPHEN = "\u00ad"
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_HYPHENS = {"\u2010": "-", "\u2011": "-", "\u2212": "-", "\ufe63": "-", "\uff0d": "-"}
_NOTHING = dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u200e\u200f", "")
_RAISED = {"ᵉ": "e", "ʳ": "r", "ᵐ": "m", "ᵈ": "d", "ⁿ": "n", "ˢ": "s"}  # « 1ᵉʳ » typed with raised letters
_CHARACTERS = str.maketrans({**_LIGATURES, **_HYPHENS, **_NOTHING, **_RAISED})
# A raised figure calls a note, save the power of a unit (« 120 m² »).
_NOTE_CALL = re.compile(r"(?<=[\w)»%€])(?<!\d\sm)(?<!\dm)(?<!\d\s[ckd]m)[¹²³⁴⁵⁶⁷⁸⁹⁰]+(?:[,\s][¹²³⁴⁵⁶⁷⁸⁹⁰]+)*")
_PICTURE = re.compile(r"^\s*(?:[\U0001f300-\U0001faff\u2600-\u26ff]\ufe0f?\s*)+")  # a drawn mark at a line's head
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Locator:
    """Where a fact is: a page and a span of its lines, both counted from 1."""

    page: int
    line_start: int
    line_end: int

    def as_json(self) -> dict[str, int]:
        """The three numbers under their published names."""
        return {"page": self.page, "line_start": self.line_start, "line_end": self.line_end}

    def as_text(self) -> str:
        """The form the tables keep: `p. 1, l. 16-22`."""
        lines = str(self.line_start) if self.line_end == self.line_start else f"{self.line_start}-{self.line_end}"
        return f"p. {self.page}, l. {lines}"


@dataclass(frozen=True)
class Line:
    """One line of a document, clean, with the place it was read from.

    `role` is what a table's header says of the cell it is in (`code`, `title`, `objective`, `partners`,
    `narrative`); `heading` the level of a heading; `starts_block` whether a blank line, a new paragraph or a new
    cell comes before it; `is_settled` whether its reader has set running lines apart by their place.
    """

    text: str
    page: int
    number: int
    role: str | None = None
    heading: int = 0
    starts_block: bool = False
    is_settled: bool = False


@dataclass(frozen=True)
class Table:
    """A table as it was: rows of cell texts, and the place of each row's first line."""

    rows: tuple[tuple[str, ...], ...]
    locators: tuple[Locator, ...]

    def holds(self, line: Line) -> bool:
        """Whether a line is one of the table's."""
        return any(
            place.page == line.page and place.line_start <= line.number <= place.line_end for place in self.locators
        )


@dataclass
class SourceText:
    """All a reader got out of one file."""

    lines: list[Line]
    tables: list[Table] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    table_roles: dict[int, str] = field(default_factory=dict)
    table_width: int = 0


def clean(text: str) -> str:
    """One line with plain spaces and hyphens; a soft hyphen stays only where it ends the line, for joining."""
    plain = _CONTROL.sub(" ", unicodedata.normalize("NFC", text).translate(_CHARACTERS))
    plain = _PICTURE.sub("", plain)
    ends_soft = plain.rstrip().endswith(SOFT_HYPHEN)
    plain = " ".join(_NOTE_CALL.sub("", plain).replace(SOFT_HYPHEN, "").split())
    return plain + SOFT_HYPHEN if ends_soft else plain


def shown(text: str) -> str:
    """A line's text without the mark kept for joining."""
    return text.rstrip(SOFT_HYPHEN)


@dataclass(frozen=True)
class Passage:
    """A text made of joined lines; `starts` holds, line by line, the offset where it begins."""

    text: str
    starts: tuple[tuple[int, Line], ...]

    def locate(self, start: int, end: int) -> Locator:
        """The page and lines of `text[start:end]`; a span over two pages is located where it starts."""
        touched = [
            line
            for index, (offset, line) in enumerate(self.starts)
            if offset < max(end, start + 1) and (index + 1 == len(self.starts) or self.starts[index + 1][0] > start)
        ] or [self.starts[-1][1]]
        page = touched[0].page
        last = [line.number for line in touched if line.page == page]
        return Locator(page, touched[0].number, max(last))


EMPTY = Passage("", ())


def join(lines: Iterable[Line], vocabulary: frozenset[str] = frozenset()) -> Passage:
    """Lines as one text, single spaces between them, words cut at a line's end made whole again.

    A hyphen at a line's end is dropped when the document writes the word without it elsewhere (`vocabulary`, in
    lower case) and never with it, or when what is around it are no words; otherwise it is the word's own.
    """
    text, starts = "", []
    for line in lines:
        piece = line.text
        if not shown(piece).strip():
            continue
        glue = _glue(text, piece, vocabulary)
        text = text[: len(text) - glue.drop] + glue.between
        starts.append((len(text), line))
        text += piece
    return Passage(shown(text), tuple(starts))


@dataclass(frozen=True)
class _Glue:
    drop: int
    between: str


def _is_cut_anywhere(before: str, after: str) -> bool:
    """An address that goes on, or a letter pushed to the next line by too narrow a cell: « expérimentation|s »."""
    if re.search(r"<https?://[^\s>]*$|https?://\S*/$", before):
        return True
    return bool(re.search(r"[a-zà-ÿ]{4}$", before) and re.match(r"[b-xz](?![\w'’.°)-])", after))


def _is_compound(head: str, rest: str, vocabulary: frozenset[str]) -> bool:
    """Whether a hyphen at a line's end is likely its word's own, one half being a word: « compte-|rendu »."""
    lower = head.casefold()
    if not vocabulary or {lower, lower.rstrip("s")} & WORDS["compound_heads"] or head.isupper() or len(head) < 2:
        return True
    return lower in vocabulary or rest.casefold() in vocabulary


def _glue(before: str, after: str, vocabulary: frozenset[str]) -> _Glue:
    """How much of the text so far goes, and what is between it and the next line."""
    if not before:
        return _Glue(0, "")
    before = before[before.rfind(" ") + 1 :]  # nothing looked for has a space in it, and a whole text is long to search
    if before.endswith(SOFT_HYPHEN):
        return _Glue(1, "")
    if _is_cut_anywhere(before, after):
        return _Glue(0, "")
    cut = re.search(r"([^\W\d_]+)-$", before)
    rest = re.match(r"[^\W_]+", after)
    if cut and rest:
        whole, hyphened = (cut[1] + rest[0]).casefold(), f"{cut[1]}-{rest[0]}".casefold()
        is_known = whole in vocabulary or not _is_compound(cut[1], rest[0], vocabulary)
        drops = rest[0][0].islower() and is_known and hyphened not in vocabulary
        return _Glue(1 if drops else 0, "")
    if re.search(r"\d-$", before) and after[:1].isdigit():
        return _Glue(0, "")
    return _Glue(0, " ")


# A line that ends on one of these leaves its sentence open, whatever comes next.
_LEFT_OPEN = re.compile(
    r"(?:(?<!\w)(?:des?|du|la|les?|et|à|en|pour|par|sur|dans|avec|une?|aux?|ou|que|qui|ne|se|sa|son|ses|leurs?|ces?|cette)"
    r"|[,'’(])$"
)


def goes_on(before: str, after: str) -> bool:
    """Whether a sentence left open at the foot of a column or page goes on with the next line."""
    above, first = shown(before).rstrip(), shown(after).lstrip()[:1]
    if _LEFT_OPEN.search(above):
        return True
    ended = re.search(r"[.!?:;»)…]$", above)
    return not ended and (first.islower() or first.isdigit() or first in {"(", "«", "%", "€"})


def vocabulary_of(lines: Sequence[Line]) -> frozenset[str]:
    """The words of a document in lower case, hyphenated compounds whole and in parts."""
    words: set[str] = set()
    is_cut = False
    for line in lines:
        inner = shown(line.text).casefold()
        words.update(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)+", inner))
        whole = re.sub(r"^[^\W\d_]+", "", inner) if is_cut else inner
        is_cut = inner.endswith("-")
        words.update(re.findall(r"[^\W\d_]+", whole.rpartition(" ")[0] if is_cut else whole))
    return frozenset(words)
