"""What an objective promises: every value with its deadline, and the moments set without a value.

Two values in one sentence are two targets. A value takes the deadline said right after it; two values that one
deadline follows share it; failing that the one its sentence said before. Where a value started from (« de 30 à 10 »,
« contre 30 000 fin 2024 ») is no target, nor is a deadline that another replaces (« initialement fin 2024 »). A change
(« réduire de 20 % ») is one, and never a level. What is promised and cannot be read is stated (`unread`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from sources.documents.clauses import Clause, clauses_of
from sources.documents.counting import Counted, counted_in
from sources.documents.dating import Dating
from sources.documents.facts import Milestone, Target
from sources.documents.meaning import Role, roles_of
from sources.documents.text import Passage
from sources.french.folding import fold_in_place
from sources.french.periods import FoundPeriod
from sources.french.text_periods import find_delays_ahead, find_spans_of_years, find_text_periods

_NO_TARGET = frozenset({"start", "comparison", "total"})
_FORMER = re.compile(
    r"(?:\bau lieu(?: (?:de|d'))?|\binitialement(?: (?:prevue?s?|fixee?s?|annoncee?s?))?(?: (?:pour|a|en))?|\bcontre|"
    r"\bplutot qu(?:e|')|\b(?:prevue?s?|fixee?s?|annoncee?s?) initialement(?: (?:pour|a|en))?|"
    r"\b(?:echeance|date) (?:initiale|precedente)(?: (?:de|:|en))?|\bet non(?: pas)?)\s*(?:a |au |en |la |"
    r"le |l'|fin |mi-|debut )*$"
)
_MULTIPLIED = re.compile(
    r"\b(?:multipli|divis)\w+ (?:\w+ ){0,6}?par (?:\d+(?:,\d+)?|deux|trois|quatre|cinq|six|dix|vingt|cent)\b|"
    r"\b(?:doubl|tripl|quadrupl|decupl)(?:er|ement|ant)\b"
)
_TIME_TO_COME = re.compile(
    r"\b(?:d'ici|avant|au plus tard|a l'horizon|dans les|dans un delai|sous|a l'echeance|a echeance|pour l[ae']|"
    r"en fin de|des que|a terme|mi-parcours|au terme d\w*|dans l'annee|cette annee|(?:l'an|l'annee|le mois) prochaine?|"
    r"prochaine?s? (?:annees?|mois|semestres?|trimestres?|sessions?)|fin de mandat\w*|fin d[eu] programme)\b"
)


@dataclass(frozen=True)
class Promises:
    """What one objective promises; `unread` are French sentences on what it promises and could not be read."""

    targets: list[Target]
    milestones: list[Milestone]
    unread: list[str] = field(default_factory=list)


def find_targets(passage: Passage, *, as_of: date | None, action: str) -> Promises:
    """The targets of an objective in the order said, and the moments that belong to none of them."""
    text = passage.text
    reading = _Reading(passage, as_of)
    targets: list[Target] = []
    used: set[int] = set()
    for index, item in enumerate(reading.counted):
        deadline = reading.deadline_of(index)
        if deadline:
            used.add(deadline.start)
        if reading.roles[index] in _NO_TARGET:
            continue
        targets.append(_target(passage, item, deadline, action, reading.roles[index]))
    moments = [found for found in reading.periods if found.start not in used]
    milestones = [_milestone(passage, found, action) for found in moments]
    return Promises(targets, milestones, list(_unread(text, action, targets, reading.periods)))


class _Reading:
    """The figures and periods of one objective, and which belongs to which."""

    def __init__(self, passage: Passage, as_of: date | None) -> None:
        text = self.text = passage.text
        self.folded = fold_in_place(text)
        said: list[FoundPeriod] = list(find_spans_of_years(text))
        for found in find_text_periods(text, as_of):
            if not any(found.start < other.end and other.start < found.end for other in said):
                said.append(found)
        ordered = sorted(said, key=lambda found: found.start)
        self.counted: Sequence[Counted] = counted_in(passage, ordered)
        self.clauses: Sequence[Clause] = clauses_of(text, self.counted)
        self.roles: list[Role] = [role for role, _ in roles_of(text, self.counted, self.clauses)]
        self.periods = [found for found in ordered if not self._is_former(found)]
        self.listed = Dating(text, self.counted, self.clauses, self.roles, self.periods).listed

    def deadline_of(self, index: int) -> FoundPeriod | None:
        """The moment a value is promised for; for a value that is no target, the one it was measured at."""
        if index in self.listed:
            return self.listed[index]
        item = self.counted[index]
        inside = [found for found in self._free(index) if item.sentence.start <= found.start < item.sentence.end]
        after = [found for found in inside if found.start >= item.figure.end]
        before = [found for found in inside if found.end <= item.figure.start]
        following = self.counted[index + 1].figure.start if index + 1 < len(self.counted) else len(self.text)
        own = next((found for found in after if found.start < following), None)
        if own and not (before and self._opens_the_next(index, own)):
            return own
        if self.roles[index] in _NO_TARGET:
            return None
        if before:
            return before[-1]
        if after:
            return after[0]
        earlier = [found for found in self._free(index) if found.end <= item.figure.start]
        return earlier[-1] if earlier else None

    def _free(self, index: int) -> list[FoundPeriod]:
        """The periods that no starting value before or after it takes: « contre 30 000 fin 2024 »."""
        taken: set[int] = set()
        for other, role in enumerate(self.roles):
            if other == index or role not in {"start", "comparison"}:
                continue
            item, clause = self.counted[other], self.clauses[other]
            limit = self.counted[other + 1].figure.start if other + 1 < len(self.counted) else item.sentence.end
            comma = self.text.find(",", item.figure.end, limit)
            stop = clause.bracket[1] if clause.bracket else comma if comma >= 0 else limit
            if role == "comparison" or clause.bracket:
                behind = [found.start for found in self.periods if item.figure.end <= found.start < stop]
                taken |= set(behind if clause.bracket else behind[:1])
        return [found for found in self.periods if found.start not in taken]

    def _is_former(self, found: FoundPeriod) -> bool:
        """A deadline that another replaces."""
        return bool(_FORMER.search(self.folded[max(0, found.start - 50) : found.start]))

    def _opens_the_next(self, index: int, found: FoundPeriod) -> bool:
        """« 10 000 et, d'ici 2027, 20 000 »: the moment is set off by a comma before the next value, and is its own."""
        following = self.counted[index + 1 : index + 2]
        if not following or not re.search(
            r"[,;]\s*$|[,;]\s+et\s*,?\s*$", self.text[self.counted[index].end : found.start]
        ):
            return False
        return bool(re.fullmatch(r"[\s,:]*", self.text[found.end : following[0].start]))


def _target(passage: Passage, item: Counted, deadline: FoundPeriod | None, action: str, role: Role) -> Target:
    start, end = item.figure.start, max(item.figure.end, item.unit.end)
    if deadline:
        start, end = min(start, deadline.start), max(end, deadline.end)
    value = item.figure.value
    return Target(
        action=action,
        value=-value if role == "decrease" and value > 0 else value,
        unit=item.unit.code,
        qualifier=item.figure.qualifier,
        deadline=deadline.period.end if deadline else None,
        deadline_precision=deadline.period.precision if deadline else None,
        quote=passage.text[start:end],
        locator=passage.locate(start, end),
        role="change" if role in {"increase", "decrease"} else "part" if role == "part" else "level",
    )


def _milestone(passage: Passage, found: FoundPeriod, action: str) -> Milestone:
    return Milestone(
        action=action,
        deadline=found.period.end,
        deadline_precision=found.period.precision,
        quote=passage.text[found.start : found.end].strip(),
        locator=passage.locate(found.start, found.end),
    )


def _unread(text: str, action: str, targets: Sequence[Target], periods: Sequence[FoundPeriod]) -> Iterator[str]:
    """What an objective promises in words that no figure and no date hold."""
    folded = fold_in_place(text)
    multiplied = _MULTIPLIED.search(folded)
    if multiplied:
        said = text[multiplied.start() : multiplied.end()]
        yield f"Action {action} : l’objectif multiplie (« {said} ») : cible non lue, à saisir à la main."
    delays = find_delays_ahead(text)
    if delays:
        yield f"Action {action} : échéance comptée d’un jour que le texte ne dit pas (« {delays[0]} ») : non lue."
    elif (
        not periods and (any(item.deadline is None for item in targets) or not targets) and _TIME_TO_COME.search(folded)
    ):
        yield f"Action {action} : l’objectif parle d’une échéance qui n’a pas été lue."
