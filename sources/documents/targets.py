"""What an objective promises: every value with its deadline, and the moments set without a value.

Two values in one sentence are two targets. A value takes the deadline said right after it; two values that one
deadline follows share it; failing that the one its sentence said before.
"""

import re
from collections.abc import Sequence
from datetime import date

from sources.documents.counting import Counted, counted_in
from sources.documents.facts import Milestone, Target
from sources.documents.text import Passage
from sources.french.finders import find_spans_of_years, find_text_periods
from sources.french.periods import FoundPeriod


def find_targets(passage: Passage, *, as_of: date | None, action: str) -> tuple[list[Target], list[Milestone]]:
    """The targets of an objective in the order said, and the moments that belong to none of them."""
    said = [*find_text_periods(passage.text, as_of), *find_spans_of_years(passage.text)]
    periods = sorted(said, key=lambda found: found.start)
    counted = [item for item in counted_in(passage, periods) if item.role != "start"]
    deadlines = [_deadline_of(passage.text, counted, index, periods) for index in range(len(counted))]
    targets = [_target(passage, item, deadline, action) for item, deadline in zip(counted, deadlines, strict=True)]
    used = {deadline.start for deadline in deadlines if deadline}
    milestones = [_milestone(passage, found, action) for found in periods if found.start not in used]
    return targets, milestones


def _deadline_of(
    text: str, counted: Sequence[Counted], index: int, periods: Sequence[FoundPeriod]
) -> FoundPeriod | None:
    """The moment a value is promised for."""
    item = counted[index]
    inside = [found for found in periods if item.sentence.start <= found.start < item.sentence.end]
    after = [found for found in inside if found.start >= item.figure.end]
    before = [found for found in inside if found.end <= item.figure.start]
    following = counted[index + 1].figure.start if index + 1 < len(counted) else len(text)
    own = next((found for found in after if found.start < following), None)
    if own and not (before and _opens_the_next(text, item, own, counted[index + 1 : index + 2])):
        return own
    if before:
        return before[-1]
    if after:
        return after[0]
    earlier = [found for found in periods if found.end <= item.figure.start]
    return earlier[-1] if earlier else None


def _opens_the_next(text: str, item: Counted, found: FoundPeriod, following: Sequence[Counted]) -> bool:
    """« 10 000 et, d'ici 2027, 20 000 »: the moment is set off by a comma before the next value, and is that one's."""
    if not following or not re.search(r"[,;]\s*$|[,;]\s+et\s*,?\s*$", text[item.end : found.start]):
        return False
    return bool(re.fullmatch(r"[\s,:]*", text[found.end : following[0].start]))


def _target(passage: Passage, item: Counted, deadline: FoundPeriod | None, action: str) -> Target:
    start, end = item.figure.start, max(item.figure.end, item.unit.end)
    if deadline:
        start, end = min(start, deadline.start), max(end, deadline.end)
    return Target(
        action=action,
        value=item.figure.value,
        unit=item.unit.code,
        qualifier=item.figure.qualifier,
        deadline=deadline.period.end if deadline else None,
        deadline_precision=deadline.period.precision if deadline else None,
        quote=passage.text[start:end],
        locator=passage.locate(start, end),
    )


def _milestone(passage: Passage, found: FoundPeriod, action: str) -> Milestone:
    return Milestone(
        action=action,
        deadline=found.period.end,
        deadline_precision=found.period.precision,
        quote=passage.text[found.start : found.end].strip(),
        locator=passage.locate(found.start, found.end),
    )
