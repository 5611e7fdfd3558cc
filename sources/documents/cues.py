"""The words of `cues.yml`, ready to be looked for: what they say of a figure, and where they must be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sources.documents.patterns import alternatives, load_patterns


@dataclass(frozen=True)
class CuePattern:
    """One pattern; `not_for` are units of which it says nothing; `accented` when it needs the text as written."""

    says: str
    where: str
    regex: re.Pattern[str]
    not_for: frozenset[str]
    accented: bool

    def find(self, text: str, folded: str, low: int, high: int) -> tuple[int, int] | None:
        """Where it is between two offsets, without the spaces around it."""
        found = self.regex.search((text if self.accented else folded)[low:high])
        if found is None or not found["cue"].strip():
            return None
        start, end = found.span("cue")
        said = folded[low + start : low + end]
        return low + start + len(said) - len(said.lstrip()), low + end - (len(said) - len(said.rstrip()))


def _pattern(row: Mapping[str, Any]) -> CuePattern:
    cue = f"(?P<cue>{alternatives(row['words'])})"
    near = row.get("near")
    shapes = {"end": rf"{cue}\s*$", "start": rf"^\s*{cue}", None: cue}
    shape = shapes.get(near, rf"^[^,;:]{{0,{near}}}?{cue}")
    excluded = frozenset(row.get("not_for", "").split())
    return CuePattern(row["says"], row.get("where", ""), re.compile(shape), excluded, row.get("accented", False))


_DATA = load_patterns("cues.yml")

ROLES: tuple[CuePattern, ...] = tuple(map(_pattern, _DATA["roles"]))
NATURES: tuple[CuePattern, ...] = tuple(map(_pattern, _DATA["natures"]))
DONE_OR_PLANNED = re.compile(alternatives(_DATA["done_or_planned"]))
NOT_PLANNED = re.compile(alternatives(_DATA["not_planned"]))

#: the roles in the order of the data: the first one found is the figure's
ROLE_ORDER: tuple[str, ...] = tuple(dict.fromkeys(cue.says for cue in ROLES))
