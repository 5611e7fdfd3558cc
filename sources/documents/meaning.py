"""What part a figure plays in its sentence, and whether it is measured, estimated, foreseen or planned.

A figure is a level (`value`) until words of its own clause say otherwise: an increase, a part, an exit, a negation, a
comparison, an aim. Each such word is a cue with its place, so that a matcher that looks for those very words (« dont 1
SOS Médecins », « en cours ») can still claim the figure. What the words are is in `cues`; when a figure holds, in
`dating`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sources.documents.clauses import Clause
from sources.documents.counting import Counted
from sources.documents.cues import DONE_OR_PLANNED, NATURES, NOT_PLANNED, ROLE_ORDER, ROLES
from sources.french.finders import CHANGE
from sources.french.folding import fold_in_place
from sources.french.periods import FoundPeriod

# `total`: the whole a part is stated about; `start`: where a change began (« de 12 % à 18 % »); `part`: some of those
# counted, or one territory's; `exit`: what left; `negation`: what is not so; `comparison`: the figure of another day;
# `pending`: not so yet; `aim`: what is wanted.
Role = Literal[
    "value", "total", "start", "increase", "decrease", "comparison", "part", "exit", "negation", "pending", "aim"
]
Nature = Literal["actual", "provisional", "estimated", "forecast", "planned"]

_NEVER_MEASURED = frozenset({"forecast", "planned"})
_OF_TOTAL = re.compile(r"^\s*(?:(?:des|sur)(?:\s+(?:les|un total de))?|/)\s*(?=\d)")
_NOUN_OF_TOTAL = re.compile(r"\s+sur\s+(?:les\s+|un\s+total\s+de\s+)?$")
_TOTAL_LEAD = re.compile(r"\W*sur\s+(?:les\s+|un total de\s+)?")
# « faire passer la part des médecins de 35 % à 42 % »
_CHANGES_WHAT = re.compile(
    r"\b(?:pass|port|ramen|rédui|abaiss|relev|augment|mont|hiss)(?:er|ant|e|ent|é|ée|és|ées|re|t|isant|ir)\s[^.;,]{1,80}?\bde\s*$",
    re.IGNORECASE,
)
_COORDINATED = re.compile(r"(?:\W|\b(?:et|puis|ou|en|au|aux|a|dans|les?|la)\b|\b\w+\b(?=\W)){0,8}$")
_VERB = re.compile(
    r"\b(?:sont|est|ont|a|etaient|etait|avaient|avait|seront|sera|utilisent|comptent?|atteignent?|restent?|"
    r"participent|disposent|beneficient|proposent)\b"
)


@dataclass(frozen=True)
class Cue:
    """Words that make a figure something else than a measured level, and their place in the passage."""

    says: str
    start: int
    end: int


@dataclass(frozen=True)
class Meaning:
    """The part a figure plays, its nature, and every cue for either."""

    role: Role
    nature: Nature
    cues: tuple[Cue, ...] = ()


def roles_of(text: str, counted: Sequence[Counted], clauses: Sequence[Clause]) -> list[tuple[Role, tuple[Cue, ...]]]:
    """The role of each figure of a passage, with the cues for it."""
    reader = _RoleReader(text, counted, clauses)
    for index in range(len(counted)):
        reader.read(index)
    return reader.found


class _RoleReader:
    """Reads the figures of one passage in turn: a role may lean on the one before."""

    def __init__(self, text: str, counted: Sequence[Counted], clauses: Sequence[Clause]) -> None:
        self.text, self.folded = text, fold_in_place(text)
        self.counted, self.clauses = counted, clauses
        self.found: list[tuple[Role, tuple[Cue, ...]]] = []

    def read(self, index: int) -> None:
        """The role of one figure: by the figures beside it, else by the words around it."""
        item = self.counted[index]
        fixed = self._among_figures(index)
        if fixed:
            self.found.append((fixed, ()))
            return
        cues = tuple(self._cues(index))
        if item.figure.is_increase:
            cues = (*cues, Cue("increase", item.start, item.figure.end))
        roles = {cue.says for cue in cues}
        if item.figure.value < 0:
            roles.add("decrease")
        role = next((name for name in ROLE_ORDER if name in roles), None) or self._in_brackets(index)
        if role is None and restates(self.text, self.counted, self.clauses, index):
            self.found.append(self.found[-1] if self.found[-1][0] not in {"start", "total"} else ("value", cues))
            return
        self.found.append((role or self._carried(index), cues))  # type: ignore[arg-type]

    def _among_figures(self, index: int) -> Role | None:
        """The start of a change, or the whole of a part."""
        if self._begins_a_change(index):
            return "start"
        item = self.counted[index]
        before = self.counted[index - 1] if index else None
        if _TOTAL_LEAD.fullmatch(self.folded[item.sentence.start : item.start]):
            return "total"
        if before is None or before.sentence.start != item.sentence.start:
            return None
        if _NOUN_OF_TOTAL.fullmatch(self.folded[before.end : item.start]):
            return "total"
        total = _OF_TOTAL.match(self.folded[before.figure.end :])
        return "total" if total and before.figure.end + total.end() == item.figure.digits_start else None

    def _begins_a_change(self, index: int) -> bool:
        """« passe de 12 % à 18 % »: the first of the two."""
        item = self.counted[index]
        following = self.counted[index + 1] if index + 1 < len(self.counted) else None
        if following is None or following.sentence.start != item.sentence.start:
            return False
        between = self.text[item.figure.end : following.start]
        reaches = re.fullmatch(r"(?:(?!\b(?:pour|et|puis|qui)\b)[^.;,]){0,40}?\b(?:à|vers|jusqu['’]à)\s+", between)
        lead = self.text[item.sentence.start : item.start]
        named = item.end > item.figure.end or re.search(r"\w{3}", between[: -len("à ")])
        opens = re.fullmatch(r"\W*[Dd](?:e\s+|['’])", lead) and named and item.unit.code == following.unit.code
        return bool(reaches and (opens or CHANGE.search(lead) or _CHANGES_WHAT.search(lead)))

    def _cues(self, index: int) -> Iterator[Cue]:
        """Every cue around a figure, in the places each kind is looked for."""
        item, clause = self.counted[index], self.clauses[index]
        places = {
            "before": (clause.start, item.start),
            "inside": (item.figure.end, max(item.end, item.figure.end)),
            "after": (item.end, clause.end),
            "opening": (item.sentence.start, clause.head_end or item.start),
        }
        if not clause.head(self.text):
            places["opening"] = (item.sentence.start, item.start)
        for pattern in ROLES:
            low, high = places[pattern.where]
            found = None if item.unit.code in pattern.not_for else pattern.find(self.text, self.folded, low, high)
            if found:
                yield Cue(pattern.says, *found)

    def _in_brackets(self, index: int) -> Role | None:
        """« 41 services (38 en décembre) », « 1 723 ESMS (412 EHPAD) »: beside the figure that the brackets follow."""
        clause, item = self.clauses[index], self.counted[index]
        if clause.bracket is None or not index or self.counted[index - 1].sentence.start != item.sentence.start:
            return None
        host = self.counted[index - 1]
        if host.start > clause.bracket[0]:
            return self.found[-1][0]
        leans = item.unit.start <= item.figure.end and not item.figure.symbol
        same = item.unit.code == host.unit.code
        restates = re.match(r"\s*(?:soit|ou|c'est-a-dire)\b", self.folded[clause.bracket[0] + 1 :])
        return "comparison" if same and not restates and (leans or item.figure.symbol) else None

    def _carried(self, index: int) -> Role:
        """« dont 12 400 en avril et 9 300 en mai », « contre 30 000 en 2024 et 12 000 en 2023 »: as the one before."""
        item = self.counted[index]
        before = self.counted[index - 1] if index else None
        if (
            before is None
            or before.sentence.start != item.sentence.start
            or self.found[-1][0] not in {"part", "comparison"}
        ):
            return "value"
        between = self.folded[before.end : item.start]
        bracket = self.clauses[index - 1].bracket
        if bracket is not None and item.start >= bracket[1]:
            return "value"
        joined = re.search(r"(?:,|\bet|\bpuis|\bou)\s*(?:(?:en|au|a|de|d')\s*)?$", between)
        verbs = _VERB.search(between) or _VERB.search(self.folded[item.end : self.clauses[index].end])
        return self.found[-1][0] if joined and not verbs and len(between) < 60 else "value"


def restates(text: str, counted: Sequence[Counted], clauses: Sequence[Clause], index: int) -> bool:
    """« …, soit 50 % des élèves »: the figure before it said otherwise, and whatever that one is."""
    if not index or counted[index - 1].sentence.start != counted[index].sentence.start:
        return False
    lead = fold_in_place(text[clauses[index].start : counted[index].start])
    return bool(
        re.match(
            r"[\s,(]*(?:soit|c'est-a-dire|ce qui (?:represente|correspond|equivaut)|representant|correspondant)\b", lead
        )
    )


def nature_of(
    text: str, item: Counted, clause: Clause, said: FoundPeriod | None, as_of: date | None
) -> tuple[Nature, tuple[Cue, ...]]:
    """Whether a figure is measured, estimated, foreseen or planned, with the cues for it.

    A figure of a period that has not begun is a plan, whatever its verb.
    """
    folded = fold_in_place(text)
    found: list[Cue] = []
    commas = [found.start() for found in re.finditer(r"[,;:]", folded[clause.start : clause.end])]
    before = max((clause.start + at for at in commas if clause.start + at < item.start), default=clause.start)
    after = min((clause.start + at for at in commas if clause.start + at >= item.end), default=clause.end)
    own = [(before, item.start), (item.start, item.end), (item.end, after)]
    whole = [(clause.start, item.start), *own[1:], (clause.head_start, clause.head_end)]
    for pattern in NATURES:
        for low, high in own if pattern.says == "planned" else whole:
            cue = pattern.find(text, folded, low, high)
            if cue and pattern.says == "planned" and DONE_OR_PLANNED.search(_around(folded, cue)):
                found.append(Cue("estimated", *cue))
                break
            if cue and not NOT_PLANNED.search(_around(folded, cue)):
                found.append(Cue(pattern.says, *cue))
                break
    nature: Nature = found[0].says if found else "actual"  # type: ignore[assignment]
    if said is not None and as_of is not None and nature not in _NEVER_MEASURED and said.period.start > as_of:
        nature = "planned"
        found.append(Cue("planned", said.start, said.end))
    return nature, tuple(found)


def _around(folded: str, cue: tuple[int, int]) -> str:
    """The words a cue is among: some take its plan back."""
    return folded[max(0, cue[0] - 40) : cue[1] + 12]
