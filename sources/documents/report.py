"""A progress report in the published layout as priorities and actions.

Every action is a code and a title, an objective behind an arrow or a label, a line of partners, then its progress
text. Steps: running lines and banners go; lines that open a priority or an action are found; each action's lines are
parted into its four pieces. An opening is trusted when an objective or partners follow it before the next one, so
that a code at the head of a wrapped line (« 15-15 mise en service ») or a table of contents opens nothing.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sources.documents.action_parts import ActionSplitter, blocks_in
from sources.documents.facts import ActionFact, PriorityFact
from sources.documents.layout import (
    ActionMark,
    Banners,
    PriorityMark,
    action_mark,
    axis_mark,
    inline_objective,
    is_capitals,
    lone_priority_word,
    objective_start,
    priority_mark,
    similar,
    without_running_lines,
)
from sources.documents.partners import PartnerNames
from sources.documents.roles import FIGURES
from sources.documents.states import declared_status
from sources.documents.text import Line, Locator, Passage, join, shown, vocabulary_of
from sources.reference.roadmap import Reference

_INLINE_LABEL = re.compile(
    r"(?<=[\w.)»:;-])\s+(?=(?:Partenaires?|Pilotes?|Porteurs?|Contributeurs?|Avancement|"
    r"[ÉE]tat d['’]avancement|Objectifs?)\s*:)"
)


_NUMBERED_HEADING = re.compile(r"^(?P<number>\d{1,2})\s*[.:)–—-]?\s+(?P<title>[^\W\d].*)$")


@dataclass(frozen=True)
class ActionRead:
    """One action as read: the fact, and the passages its figures are looked for in."""

    fact: ActionFact
    objective: Passage
    narrative: Passage
    unknown_partners: tuple[str, ...]
    figures: tuple[Line, ...] = ()  # the lines of its tables of figures


@dataclass
class ReportRead:
    """What a report holds; `outside` are the lines before its first priority."""

    priorities: list[PriorityFact] = field(default_factory=list)
    actions: list[ActionRead] = field(default_factory=list)
    outside: list[Line] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Opening:
    """A line that opens a priority or an action."""

    index: int
    priority: PriorityMark | None = None
    action: ActionMark | None = None
    is_strong: bool = False


def read_report(lines: Sequence[Line], reference: Reference) -> ReportRead:
    """The priorities and actions of a document; both empty when it is no progress report."""
    return _ReportReader(lines, reference).read()


class _ReportReader:
    """One reading of one report."""

    def __init__(self, lines: Sequence[Line], reference: Reference) -> None:
        self.reference = reference
        self.names = PartnerNames(reference)
        self.banners = Banners(reference)
        self.vocabulary = vocabulary_of(lines)
        kept = without_running_lines(lines, is_content=self._is_content)
        self.splitter = ActionSplitter(self.names, reference, self.vocabulary)
        self.lines, self.axes = self._without_banners(_unfolded(kept))

    def read(self) -> ReportRead:
        """The whole report."""
        found = ReportRead()
        openings = self._openings()
        if not openings:
            return found
        found.outside = self.lines[: openings[0].index]
        current: int | None = None
        for rank, opening in enumerate(openings):
            end = openings[rank + 1].index if rank + 1 < len(openings) else len(self.lines)
            if opening.priority:
                current = opening.priority.number
                self._add_priority(found, opening, end)
            elif opening.action:
                self._add_action(found, opening.action, opening.index, end, current)
        found.actions = _one_each(found.actions)
        return found

    def _is_content(self, text: str) -> bool:
        """Lines that may come back on every page and are content all the same."""
        return declared_status(text) is not None or self.names.read(text) is not None

    def _without_banners(self, lines: Sequence[Line]) -> tuple[list[Line], dict[int, int]]:
        """The lines without axis banners, and the axis in force at each line kept where a banner said one."""
        kept: list[Line] = []
        axes: dict[int, int] = {}
        pending = False
        for line in lines:
            named = axis_mark(line.text)
            axis = named[0] if named else self.banners.axis_of(line.text)
            if axis is not None and line.role is None:
                axes[len(kept)] = axis
                pending = True
                continue
            kept.append(replace(line, starts_block=line.starts_block or pending))
            pending = False
        return kept, axes

    def _openings(self) -> list[_Opening]:
        """Priorities and trusted actions, in the order of the document."""
        marks: list[_Opening] = []
        for index, line in enumerate(self.lines):
            priority = self._priority_at(index)
            action = None if priority else action_mark(line.text)
            if priority or (action and line.role in (None, "code", "title")):
                marks.append(_Opening(index, priority, action))
        marks = [replace(mark, is_strong=self._is_strong(marks, rank)) for rank, mark in enumerate(marks)]
        strong = {mark.action.code for mark in marks if mark.action and mark.is_strong}
        return self._trusted(_body_of(marks), strong)

    def _priority_at(self, index: int) -> PriorityMark | None:
        text = self.lines[index].text
        found = priority_mark(text) or self._numbered_heading(index)
        if found or not lone_priority_word(text) or index + 1 == len(self.lines):
            return found
        number = re.match(r"^\D{0,3}(\d{1,2})\b[\s.:–-]*(.*)$", shown(self.lines[index + 1].text))
        return PriorityMark(int(number[1]), "") if number and not number[2] else None

    def _numbered_heading(self, index: int) -> PriorityMark | None:
        """« ## 3 – Titre » right before « 3-1 … »: a priority by its place, its word left out."""
        found = _NUMBERED_HEADING.match(shown(self.lines[index].text)) if self.lines[index].heading else None
        following = (action_mark(line.text) for line in self.lines[index + 1 : index + 5])
        first = next((mark for mark in following if mark), None)
        if found is None or first is None or (first.priority, first.rank) != (int(found["number"]), 1):
            return None
        return PriorityMark(int(found["number"]), found["title"])

    def _is_strong(self, marks: Sequence[_Opening], rank: int) -> bool:
        """Whether an objective or partners come before the next opening."""
        mark = marks[rank]
        end = marks[rank + 1].index if rank + 1 < len(marks) else len(self.lines)
        body = self.lines[mark.index + 1 : end]
        inline = mark.action is not None and inline_objective(mark.action.title) is not None
        return inline or any(
            line.role in {"objective", "partners"}
            or objective_start(line.text) is not None
            or self.names.read(line.text)
            for line in body[:25]
        )

    def _trusted(self, marks: Sequence[_Opening], strong: set[str]) -> list[_Opening]:
        kept: list[_Opening] = []
        current: int | None = None
        last: tuple[int, int] = (0, 0)
        for rank, mark in enumerate(marks):
            if mark.priority:
                if not self._is_trusted_priority(marks, rank):
                    continue
                current, last = mark.priority.number, (mark.priority.number, 0)
                kept.append(mark)
                continue
            if mark.action and self._is_trusted(mark, mark.action, current, last, strong):
                last = (mark.action.priority, mark.action.rank)
                kept.append(mark)
        return kept

    def _is_trusted_priority(self, marks: Sequence[_Opening], rank: int) -> bool:
        """In capitals or a heading, or followed by an action of its own: « Priorité 15 : … » may begin a sentence."""
        mark, line = marks[rank].priority, self.lines[marks[rank].index]
        following = next((item for item in marks[rank + 1 :] if item.priority or item.is_strong), None)
        opens = following is not None and following.action is not None and mark is not None
        if opens and following and following.action and mark and following.action.priority == mark.number:
            return True
        return line.heading > 0 or bool(re.match(r"\W*[A-ZÉ]{4}", line.text))

    def _is_trusted(
        self, mark: _Opening, action: ActionMark, current: int | None, last: tuple[int, int], strong: set[str]
    ) -> bool:
        known = action.code in self.reference.actions
        expected = action.priority == current and last < (action.priority, action.rank)
        if mark.is_strong:
            return (action.is_plain and (known or expected or current is None)) or (expected and known)
        if action.code in strong or not action.is_plain or not expected:
            return False
        near = (action.priority, action.rank) == (last[0], last[1] + 1)
        return self.lines[mark.index].starts_block and (known or near)

    def _add_priority(self, found: ReportRead, opening: _Opening, end: int) -> None:
        mark = opening.priority
        if mark is None or mark.number in {item.number for item in found.priorities}:
            return
        rows = self.lines[opening.index + 1 : end]
        if lone_priority_word(self.lines[opening.index].text) and rows:
            rows = rows[1:]
        known = self.reference.priorities.get(mark.number)
        title = self._title(mark.rest, rows, known.priority_title if known else None)
        axis = self._axis_near(opening.index, end)
        if axis is None:
            axis = known.axis_number if known else (found.priorities[-1].axis if found.priorities else None)
        line = self.lines[opening.index]
        found.priorities.append(PriorityFact(mark.number, title, axis, Locator(line.page, line.number, line.number)))

    def _axis_near(self, start: int, end: int) -> int | None:
        """The axis of a banner right before a priority, or between it and its first action."""
        return next((axis for at, axis in self.axes.items() if start <= at <= end and at <= start + 6), None)

    def _title(self, rest: str, rows: Sequence[Line], expected: str | None) -> str:
        """What is on the opening line and the lines that go on from it; blocks are added only when that makes the
        title the reference knows."""
        blocks = blocks_in(rows)
        head: list[Line] = []
        if rest:
            place = rows[0] if rows else Line("", 1, 1)
            head = [replace(place, text=rest)]
            if blocks and not blocks[0][0].starts_block:
                head += blocks.pop(0)
        elif blocks:
            head = blocks.pop(0)
        best = join(head, self.vocabulary).text
        if expected is None:
            return best
        score, wider = similar(best, expected), list(head)
        for block in blocks[:3]:
            wider = wider + block
            text = join(wider, self.vocabulary).text
            if similar(text, expected) > max(score, 0.85):
                best, score = text, similar(text, expected)
        return best

    def _add_action(self, found: ReportRead, mark: ActionMark, start: int, end: int, current: int | None) -> None:
        head = self.lines[start]
        rows = self._without_trailing_capitals(self.lines[start + 1 : end], end)
        parts = self.splitter.split([replace(head, text=mark.title, role=None), *rows], mark)
        objective = join(parts.objective, self.vocabulary)
        narrative = join(parts.narrative, self.vocabulary)
        spoken = join([line for line in parts.narrative if line.role != FIGURES], self.vocabulary)
        figures = tuple(line for line in rows if line.role == FIGURES)
        last = max((line.number for line in [head, *rows] if line.page == head.page), default=head.number)
        read = parts.partners
        fact = ActionFact(
            code=mark.code,
            priority=current if current is not None and current == mark.priority else mark.priority,
            title=_without_final_mark(join(parts.title, self.vocabulary).text),
            objective=objective.text,
            partners=read.codes if read else (),
            narrative=narrative.text,
            declared_status=declared_status(narrative.text),
            locator=Locator(head.page, head.number, last),
        )
        found.actions.append(ActionRead(fact, objective, spoken, read.unknown if read else (), figures))

    def _without_trailing_capitals(self, rows: Sequence[Line], end: int) -> list[Line]:
        """The lines without a banner left at their end, right before the next priority."""
        kept = list(rows)
        before_priority = end < len(self.lines) and self._priority_at(end) is not None
        while before_priority and len(kept) > 1 and kept[-1].starts_block and self._is_banner_like(kept[-1].text):
            kept.pop()
        return kept

    def _is_banner_like(self, text: str) -> bool:
        plain = shown(text).strip()
        return (
            is_capitals(plain)
            and not plain.endswith((".", "!", ":"))
            and len(plain.split()) <= 7
            and not any(character.isdigit() for character in plain)
            and self.names.read(plain) is None
            and declared_status(plain) is None
        )


def _body_of(marks: Sequence[_Opening]) -> Sequence[_Opening]:
    """The openings from the first priority whose actions are written out: a table of contents comes before."""
    first = next((rank for rank, mark in enumerate(marks) if mark.action and mark.is_strong), 0)
    start = next((rank for rank in range(first, -1, -1) if marks[rank].priority), 0) if marks else 0
    return marks[start:]


def _one_each(actions: Iterable[ActionRead]) -> list[ActionRead]:
    """Each code once: the fullest of its readings, where the first of them stood."""
    best: dict[str, ActionRead] = {}
    for item in actions:
        held = best.get(item.fact.code)
        if held is None or _weight(item) > _weight(held):
            best[item.fact.code] = item
    return list(best.values())


def _weight(item: ActionRead) -> tuple[bool, bool, int]:
    return (bool(item.fact.partners), bool(item.fact.objective), len(item.fact.narrative))


def _unfolded(lines: Sequence[Line]) -> list[Line]:
    """Lines with an objective or a label in their middle, parted there."""
    parted: list[Line] = []
    for line in lines:
        pieces = [line.text]
        if line.role in (None, "title", "code"):
            arrow = inline_objective(line.text) if action_mark(line.text) else None
            if arrow:
                pieces = [line.text[: arrow[0]], line.text[arrow[0] :].strip()]
            pieces = [part for piece in pieces for part in _INLINE_LABEL.split(piece)]
        parted += [
            replace(line, text=piece, starts_block=line.starts_block and not rank) for rank, piece in enumerate(pieces)
        ]
    return parted


def _without_final_mark(title: str) -> str:
    return re.sub(r"\s*[:.]$", "", title)
