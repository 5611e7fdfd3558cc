"""The text of a roadmap: its axes, its priorities under the numbers it gives them, and its glossary.

Found by shape: « AXE 2 – … » over one or more lines, numbered headings that count up from 1, acronyms each followed
by their meaning under a « Glossaire » or « Acronymes » heading. A heading goes on as long as its lines begin in lower
case; the text below begins with a capital.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sources.documents.layout import without_running_lines
from sources.documents.text import Line, join, shown, vocabulary_of
from sources.french.folding import fold

_AXIS = re.compile(r"^AXE\s*(?P<number>\d)\s*[-–—:.]\s*(?P<label>\S.*)$")
_NUMBERED = re.compile(r"^(?P<number>\d{1,2})[.)]\s+(?P<title>[A-ZÉÈÀÂÊÎÔÛÇ].*)$")
_GLOSSARY = re.compile(r"^(?:glossaire|acronymes|sigles|liste des (?:acronymes|sigles).*|sigles et acronymes)$")
_ENTRIES = (
    re.compile(r"^(?P<acronym>[^\W\d_][^.:–—=]{0,30}?)\s*[.:–—=]\s+(?P<meaning>[^\W\d_].*)$"),
    re.compile(r"^(?P<acronym>[^\W\d_](?:[\w@+&]|[-’'_/](?=\w))*)\s+(?P<meaning>\S.*)$"),
)
_LEAST = 5


@dataclass(frozen=True)
class Roadmap:
    """What a roadmap's text declares; empty parts where it declares none."""

    axes: tuple[tuple[int, str], ...] = ()
    priorities: tuple[tuple[int, str, int | None], ...] = ()
    glossary: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The parts that were found, by name."""
        found: dict[str, Any] = {
            "axes": [{"number": number, "label": label} for number, label in self.axes],
            "priorities": [{"number": number, "title": title, "axis": axis} for number, title, axis in self.priorities],
            "glossary": [{"acronym": acronym, "meaning": meaning} for acronym, meaning in self.glossary],
        }
        return {name: rows for name, rows in found.items() if rows}


def read_roadmap(lines: Sequence[Line]) -> Roadmap:
    """The axes, priorities and glossary of a text; a part is kept only when several of its kind make it one."""
    kept = without_running_lines(lines, is_content=lambda _: True)
    words = vocabulary_of(kept)
    axes: list[tuple[int, str, int]] = []
    numbered: list[tuple[int, str, int]] = []
    for index, line in enumerate(kept):
        text = shown(line.text)
        axis, title = _AXIS.match(text), _NUMBERED.match(text)
        if axis and int(axis["number"]) == len(axes) + 1:
            axes.append((int(axis["number"]), _heading(kept, index, axis["label"], words), index))
        elif title and int(title["number"]) == len(numbered) + 1:
            numbered.append((int(title["number"]), _heading(kept, index, title["title"], words), index))
    if len(axes) < 2 or len(numbered) < _LEAST:
        return Roadmap(glossary=_glossary(kept, words))
    return Roadmap(
        tuple((number, label) for number, label, _ in axes),
        tuple((number, title, _axis_at(axes, index)) for number, title, index in numbered),
        _glossary(kept, words),
    )


def _heading(lines: Sequence[Line], index: int, first: str, words: frozenset[str]) -> str:
    """A heading and the lines that go on from it in lower case."""
    head = [Line(first, lines[index].page, lines[index].number)]
    for line in lines[index + 1 : index + 5]:
        text = shown(line.text)
        if not text[:1].islower():
            break
        head.append(line)
    return join(head, words).text.rstrip(" .")


def _axis_at(axes: Sequence[tuple[int, str, int]], index: int) -> int | None:
    return next((number for number, _, start in reversed(axes) if start < index), None)


def _glossary(lines: Sequence[Line], words: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """The entries below a glossary's heading; a line that opens none goes on from the one above."""
    start = next((index for index, line in enumerate(lines) if _GLOSSARY.match(fold(shown(line.text)))), None)
    if start is None:
        return ()
    found: list[tuple[str, list[Line]]] = []
    for line in lines[start + 1 :]:
        matches = (pattern.match(shown(line.text)) for pattern in _ENTRIES)
        entry = next((match for match in matches if match and _is_acronym(match["acronym"])), None)
        if entry:
            found.append((entry["acronym"], [Line(entry["meaning"], line.page, line.number)]))
        elif found and not line.heading:
            found[-1][1].append(line)
    return tuple((acronym, join(rows, words).text) for acronym, rows in found) if len(found) >= _LEAST else ()


def _is_acronym(word: str) -> bool:
    return sum(character.isupper() for character in word) >= 2
