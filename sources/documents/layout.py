"""What a line of a progress report is, seen from its shape: a priority, an action, an objective, a banner, noise.

Nothing here knows a real report's sentences. The reference serves only to recognise what it names (axes, actions).
"""

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from sources.documents.roles import NARRATIVE, OBJECTIVE
from sources.documents.text import Line, goes_on, shown
from sources.french.folding import fold, fold_in_place
from sources.reference.roadmap import Reference

ARROW = r"(?:[→➔➜➝➞➙➛⇒⇨⟶⟹🡒🡆►▶▸➤➢➣⮕↦\uf0e0\uf0e8\uf0d8]|-{1,3}>|={1,3}>|&rarr;|»(?=\s))"
_OBJECTIVE_LABEL = rf"{OBJECTIVE}(?:\s*\([^)]*\))?\s*[:–—]"
_NARRATIVE_LABEL = rf"{NARRATIVE}(?:\s+(?:au|a date|a fin|en)\s[^:]{{0,30}})?\s*[:–—?]"
_OBJECTIVE = re.compile(
    rf"^[\s•·*\-–—]*(?:(?:(?:{ARROW}|>{{1,2}}(?=\s))\s*)+(?:{_OBJECTIVE_LABEL})?|{_OBJECTIVE_LABEL}(?:\s*{ARROW})?)\s*"
)
# A label alone on its line, also in two languages (« Avancement / Progress »), or before a sentence: « Avancement Les
# travaux … »
_BARE = (
    r"^[\s•·*\-–—]*(?-i:(?=[A-Z]))(?:{})(?:\s*[/|]\s*[A-Za-z' -]{{3,40}}?\s*:?\s*$)?\s*"
    r"(?:$|(?-i:(?=[A-Z][a-z']*\s+[a-z0-9]|\d)))"
)
_BARE_OBJECTIVE, _BARE_NARRATIVE = (re.compile(_BARE.format(words), re.IGNORECASE) for words in (OBJECTIVE, NARRATIVE))
_INLINE_ARROW = re.compile(rf"\s+{ARROW}\s+")
_NARRATIVE = re.compile(rf"^[\s•·*\-–—]*{_NARRATIVE_LABEL}\s*")
_PRIORITY = re.compile(
    r"^\W*(?P<word>[^\W\d_]{6,11})\s*(?:n\s*[°ºo]\s*)?(?P<number>\d{1,2})(?!\d|\s*[-–.]\s*\d)\s*(?P<mark>[.:)\-–—|]*)\s*(?P<rest>.*)$",
    re.IGNORECASE,
)
_PRIORITY_ALONE = re.compile(r"^\W*(?P<word>[^\W\d_]{6,11})\W*$")
_AXIS = re.compile(r"^\W*axe\s*(?:n\s*[°ºo]\s*)?(?P<number>\d)\b\s*[.:)\-–—|]*\s*(?P<rest>.*)$", re.IGNORECASE)
_ACTION = re.compile(
    r"^[\s•·*\-–—▪◦●#|]*(?P<word>(?:(?:fiche|carte)\s*[-–:]?\s*)?(?:fiche|carte|action|mesure)\s*(?:n\s*[°ºo]\s*)?)?(?P<priority>\d{1,2})\s?[-–—−‒.]\s?(?P<rank>\d{1,2})(?![\d/%])"
    r"(?P<gap>\s*)(?P<mark>[.:)\-–—|]*)\s*(?P<title>.*)$",
    re.IGNORECASE,
)
_HIGHEST_RANK = 12
_NUMBERED_FOOT = re.compile(r"^.*[^\d\s].*\s(?P<number>\d{1,3})$")
_FOOT_LETTERS = 20
_PAGE_NUMBER = re.compile(
    r"^[\s\-–—|•]*(?:(?:page|pages|p\.|p|pg\.?)\s*)?(?P<number>\d{1,3})(?:\s*(?:/|sur|of|\|)\s*\d{1,3})?[\s\-–—|•]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class PriorityMark:
    """A line that opens a priority; `rest` is what follows the number on it."""

    number: int
    rest: str


@dataclass(frozen=True)
class ActionMark:
    """A line that may open an action; `title` is what follows the code on it, blank when it is alone."""

    priority: int
    rank: int
    title: str
    is_plain: bool

    @property
    def code(self) -> str:
        """The canonical code, whatever dash or dot was printed."""
        return f"{self.priority}-{self.rank}"


def objective_start(text: str) -> int | None:
    """Where the objective begins on a line marked by an arrow or « Objectif : »; None when it is not marked."""
    found = _OBJECTIVE.match(fold_in_place(text)) or _bare(_BARE_OBJECTIVE, text)
    return found.end() if found else None


def inline_objective(text: str) -> tuple[int, int] | None:
    """The span of an arrow in the middle of a line, as in « 1-1. Titre → objectif »."""
    found = _INLINE_ARROW.search(text)
    return found.span() if found else None


def narrative_start(text: str) -> int | None:
    """Where the progress text begins on a line that labels it (« Avancement : »); None otherwise."""
    found = _NARRATIVE.match(fold_in_place(text)) or _bare(_BARE_NARRATIVE, text)
    return found.end() if found else None


def _bare(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """A label without a colon, its accents aside; capitals stay, which tell a sentence that begins."""
    plain = "".join(
        low.upper() if high.isupper() else low for low, high in zip(fold_in_place(text), text, strict=False)
    )
    return pattern.match(plain)


def priority_mark(text: str) -> PriorityMark | None:
    """« PRIORITÉ 4 », whatever its accents, case, sign and small misspellings; not « priorité 15 de la … »."""
    found = _PRIORITY.match(_closed_up(shown(text)))
    if not found or not _is_priority_word(found["word"]):
        return None
    rest = found["rest"].strip()
    opens = not rest or bool(found["mark"]) or rest[0].isupper() or not rest[0].isalpha()
    return PriorityMark(int(found["number"]), rest) if opens else None


def lone_priority_word(text: str) -> bool:
    """« PRIORITÉ » alone on its line, its number on the next."""
    found = _PRIORITY_ALONE.match(_closed_up(shown(text)))
    return bool(found and found["word"].isupper() and _is_priority_word(found["word"]))


def action_mark(text: str) -> ActionMark | None:
    """« 3-2. », « 3–2 », « 3.2 », « Action 3-2 : » at the head of a line, followed by a title or nothing."""
    found = _ACTION.match(shown(text))
    if not found or not 1 <= int(found["priority"]) <= 40 or not 1 <= int(found["rank"]) <= 40:
        return None
    title, mark = found["title"].strip(), found["mark"]
    if title and not (found["gap"] or mark):
        return None
    first = next((character for character in title if character.isalnum()), "")
    if title and not first.isalpha():
        return None
    is_plain = bool(found["word"] or not title or first.isupper() or mark[:1] in {".", ":"})
    return ActionMark(int(found["priority"]), int(found["rank"]), title, is_plain)


def opens_action(text: str) -> bool:
    """Whether a line by itself looks like an action's opening: a code and a title, or a code alone that is no figure of
    another kind (« 15-18 »)."""
    found = action_mark(text)
    if found is None or not found.is_plain:
        return False
    return bool(found.title) or found.rank <= _HIGHEST_RANK or shown(text).rstrip().endswith((".", ":"))


def opens_part(text: str) -> bool:
    """Whether a line by itself looks like the opening of a priority or an action."""
    return opens_action(text) or priority_mark(text) is not None


def axis_mark(text: str) -> tuple[int, str] | None:
    """« AXE 2 – … »: its number and label."""
    found = _AXIS.match(shown(text))
    return (int(found["number"]), found["rest"].strip()) if found and shown(text).lstrip()[:3].isupper() else None


class Banners:
    """The axes' banners of a report, recognised even misspelt."""

    def __init__(self, reference: Reference) -> None:
        self._labels = [
            (fold(label), axis.axis_number)
            for axis in reference.axes.values()
            for label in (axis.axis_short_label, axis.axis_label)
        ]

    def axis_of(self, text: str) -> int | None:
        """The axis a line in capitals names, alone on it; None when it names none."""
        plain = shown(text).strip()
        if not plain or not is_capitals(plain):
            return None
        folded = fold(plain)
        scored = ((SequenceMatcher(None, folded, label).ratio(), number) for label, number in self._labels)
        score, number = max(scored, default=(0.0, 0))
        return number if score >= 0.8 else None


def is_capitals(text: str) -> bool:
    """Whether a text has letters and all of them are capitals."""
    letters = [character for character in text if character.isalpha()]
    return len(letters) >= 3 and all(character.isupper() for character in letters)


def is_page_number(text: str) -> bool:
    """« 4 », « - 4 - », « Page 4/28 »."""
    return bool(_PAGE_NUMBER.match(shown(text)))


def without_running_lines(lines: Sequence[Line], *, is_content: Callable[[str], bool]) -> list[Line]:
    """The lines without page numbers, running headers and footers.

    A page number is one alone in its block, or at a page's edge. A running line is one that comes back, digits
    aside, near such edges or among the document's first lines; `is_content` saves the lines that may repeat and matter.
    """
    edges = _edges(lines)
    repeated = _running_texts(lines, edges, is_content)
    kept: list[Line] = []
    dropped, block = False, False
    for index, line in enumerate(lines):
        if index in edges or (repeated and line.role is None and running_text(line.text) in repeated):
            dropped, block = True, block or line.starts_block
            continue
        starts = line.starts_block or block
        if kept and (dropped or line.page != kept[-1].page):
            starts = starts and not goes_on(kept[-1].text, line.text)
        kept.append(replace(line, starts_block=starts))
        dropped, block = False, False
    return kept


def _edges(lines: Sequence[Line]) -> set[int]:
    """Indexes of the lines that are page numbers."""
    found: set[int] = set()
    for index, line in enumerate(lines):
        if line.role or line.is_settled or not is_page_number(line.text):
            continue
        after = lines[index + 1] if index + 1 < len(lines) else None
        alone = line.starts_block and (after is None or after.starts_block)
        words = bool(re.search(r"[a-z/]", line.text, re.IGNORECASE)) and not re.fullmatch(r"\d+\s*/\s*\d+", line.text)
        at_edge = after is None or after.page != line.page or index == 0 or lines[index - 1].page != line.page
        if alone or at_edge or (words and line.starts_block):
            found.add(index)
    return found


def _running_texts(lines: Sequence[Line], edges: set[int], is_content: Callable[[str], bool]) -> set[str]:
    """Digitless texts of the lines that are running headers or footers."""
    pages = {line.page for line in lines}
    near: dict[str, set[int]] = {}
    everywhere: dict[str, int] = {}
    for index, line in enumerate(lines):
        if line.is_settled or not may_run(line.text):
            continue
        text = running_text(line.text)
        everywhere[text] = everywhere.get(text, 0) + 1
        if _is_beside(index, edges) or _is_beside_page(lines, index):
            near.setdefault(text, set()).add(index)
    opening = itertools.takewhile(lambda line: not (priority_mark(line.text) or action_mark(line.text)), lines[:6])
    front = {running_text(line.text) for line in opening}
    return {
        text
        for text, count in everywhere.items()
        if not is_content(text)
        and (
            (len(near.get(text, ())) >= 2 and len(near[text]) * 2 >= count and (len(pages) > 1 or edges))
            or (count >= 3 and text in front)
        )
    } | _numbered_texts(lines)


def _numbered_texts(lines: Sequence[Line]) -> set[str]:
    """Digitless texts of the lines that come back with a number that goes up at their end: a footer and its page."""
    numbers: dict[str, list[int]] = {}
    for line in lines:
        found = None if line.is_settled else _NUMBERED_FOOT.match(shown(line.text))
        if found and may_run(line.text) and sum(map(str.isalpha, line.text)) >= _FOOT_LETTERS:
            numbers.setdefault(running_text(line.text), []).append(int(found["number"]))
    return {
        text
        for text, said in numbers.items()
        if len(said) > 1 and all(high - low == 1 for low, high in itertools.pairwise(said))
    }


def _is_beside(index: int, edges: set[int]) -> bool:
    return bool(edges & {index - 2, index - 1, index + 1, index + 2})


def _is_beside_page(lines: Sequence[Line], index: int) -> bool:
    """Whether the line is one of the first or last two of its page."""
    page = lines[index].page
    return any(other < 0 or other >= len(lines) or lines[other].page != page for other in (index - 2, index + 2))


def may_run(raw: str) -> bool:
    """Whether a line may be a running one: those that carry structure come back too."""
    letters = sum(character.isalpha() for character in raw)
    structured = priority_mark(raw) or action_mark(raw) or objective_start(raw) is not None
    return letters >= 6 and not raw[:1].islower() and not structured


def running_text(text: str) -> str:
    """A line as it would come back on another page: folded, its digits aside."""
    return re.sub(r"\d+", "#", fold(shown(text))).strip(" -–—|•")


def _is_priority_word(word: str) -> bool:
    folded = fold(word)
    return folded in {"priorite", "priorites"} or (
        word.isupper() and SequenceMatcher(None, folded, "priorite").ratio() >= 0.85
    )


def _closed_up(text: str) -> str:
    """Letter-spaced capitals closed up: « P R I O R I T É 4 »."""
    spaced = re.match(r"^((?:[^\W\d_] ){5,}[^\W\d_])(?=\s|$)", text)
    return spaced[1].replace(" ", "") + text[spaced.end() :] if spaced else text


def similar(one: str, other: str) -> float:
    """How alike two texts are, accents and case aside, from 0 to 1."""
    return SequenceMatcher(None, fold(one), fold(other)).ratio()
