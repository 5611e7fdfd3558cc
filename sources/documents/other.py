"""The figures of a document that is no progress report: an article, slides, a roadmap's text.

Read block by block. Headings help: their words tell what a bare figure below counts, and a period one says (« Cumul du
… au … ») dates the figures below that say none, until a heading that comes back (a slide's running title) or another
dated one.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date

from sources.documents.counting import counted_in
from sources.documents.facts import HEADING_MARK, Quantity
from sources.documents.identity import blocks_of
from sources.documents.layout import without_running_lines
from sources.documents.quantities import find_quantities
from sources.documents.text import Line, Passage, join, vocabulary_of
from sources.french.folding import fold
from sources.french.periods import Period
from sources.french.text_periods import find_text_periods

_HEADING_LENGTH = 100
_KEPT = 3


def quantities_of(lines: Sequence[Line], as_of: date | None) -> list[Quantity]:
    """Every figure the lines say, in order."""
    vocabulary = vocabulary_of(lines)
    blocks = [join(block, vocabulary) for block in blocks_of(without_running_lines(lines, is_content=lambda _: False))]
    said = Counter(fold(block.text) for block in blocks)
    found: list[Quantity] = []
    headings: list[str] = []
    period: Period | None = None
    for block in blocks:
        dated = find_text_periods(block.text, as_of)
        if _is_heading(block) and (block.starts[0][1].heading or not counted_in(block, dated)):
            if said[fold(block.text)] > 1 or block.starts[0][1].heading:
                headings, period = [], None
            headings = [*headings, block.text][-_KEPT:]
            is_section = block.starts[0][1].heading > 0 and block is not blocks[0]
            period = _period_of(block.text, as_of, is_section=is_section) or period
            if not counted_in(block, dated):
                continue
        heading = HEADING_MARK.join(headings)
        found += find_quantities(block, as_of=as_of, action=None, heading=heading, heading_period=period)
    return found


def _is_heading(block: Passage) -> bool:
    """A short block that ends like no sentence and is no list item."""
    text = block.text
    if block.starts[0][1].heading:
        return True
    return len(text) <= _HEADING_LENGTH and not re.search(r"[.;!?…]$", text) and not re.match(r"^[-–•❖▪●*(+]", text)


def _period_of(text: str, as_of: date | None, *, is_section: bool) -> Period | None:
    """The period a heading dates what is below with: one that has begun, said to the month or as an interval; a
    section's own (« Résultats 2025 ») may be a year."""
    for found in find_text_periods(text, as_of):
        begun = as_of is None or found.period.start <= as_of
        if found.role == "at" and begun and (is_section or found.period.precision != "year"):
            return found.period
    return None
