"""What a document says it is: its title, its date, its session."""

import itertools
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sources.documents.text import Line, goes_on, join, shown
from sources.grammar.finders import find_text_periods
from sources.reference import Reference, fold

_FRONT = 40
_SHORT = 90


def date_of(front: Sequence[Line]) -> date | None:
    """The day a document gives itself: one on a short line of its first lines, else one its first sentences open on.

    A deadline (« au plus tard le 31 décembre 2024 ») dates nothing.
    """
    lines = [shown(line.text) for line in front[:_FRONT]]
    for text in (line for line in lines if len(line) <= _SHORT):
        found = _day_in(text, roles=("at", "until"))
        if found:
            return found
    for text in lines[:8]:
        found = _day_in(text[:_SHORT], roles=("at",))
        if found:
            return found
    return None


def _day_in(text: str, roles: Sequence[str]) -> date | None:
    for found in find_text_periods(text, None):
        lead = fold(text[: found.start])
        if found.period.precision == "day" and found.role in roles and found.period.start == found.period.end:
            if found.role == "until" and lead:
                continue
            return found.period.end
    return None


def title_of(front: Sequence[Line], path: Path) -> str:
    """The blocks a document opens with, up to its date or its text; the file's name when it opens with none."""
    pieces: list[str] = []
    for block in blocks_of(front)[:4]:
        lines = list(itertools.takewhile(lambda line: _day_in(shown(line.text), ("at", "until")) is None, block))
        text = join(lines).text
        if not text or len(text) > 200 or (pieces and len(text) > _SHORT):
            break
        pieces.append(text)
        if len(text) > _SHORT or len(pieces) == 2 or len(lines) < len(block):
            break
    return " – ".join(pieces) or path.stem


def session_of(as_of: date | None, front: Sequence[Line], reference: Reference) -> str | None:
    """The session a document says it is of: « 12e CNS » in its first lines, else the one held on its date."""
    said = re.search(
        r"\b(\d{1,2}) ?e(?:me)? (?:session du )?(?:cns|conseil du numerique)|\bcns[- ]?(?:n ?[°o] ?)?(\d{1,2})\b",
        fold(" ".join(line.text for line in front[:_FRONT])),
    )
    if said:
        number = int(said[1] or said[2])
        for session in reference.sessions.values():
            if session.session_number == number:
                return session.session_code
    return next((item.session_code for item in reference.sessions.values() if as_of and item.held_on == as_of), None)


def blocks_of(lines: Sequence[Line]) -> list[list[Line]]:
    """Runs of lines with no blank line between them; a list item or a heading is one of its own.

    A sentence left open that goes on in lower case after a blank line, as at a page's foot, is still one block.
    """
    blocks: list[list[Line]] = []
    for line in lines:
        cut = bool(blocks) and line.text[:1].islower() and goes_on(blocks[-1][-1].text, line.text)
        alone = (line.starts_block and not cut) or re.match(r"^(?:[-–•❖▪●]|\d{1,2}[.)])\s", line.text)
        if alone or not blocks or line.heading or blocks[-1][-1].heading:
            blocks.append([])
        blocks[-1].append(line)
    return blocks
