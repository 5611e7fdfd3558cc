"""The lines of one action, parted into title, objective, partners and progress text.

A table's header may have said which is which. Otherwise the objective begins at its arrow or label, the partners are
the lines that name partners and nothing else, the progress text is what follows; the order may be another, marks may
be missing, and then blank lines and the reference's own titles tell.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sources.documents.layout import ActionMark, narrative_start, objective_start, similar
from sources.documents.partners import PartnerNames, PartnersRead, is_labelled
from sources.documents.roles import FIGURES
from sources.documents.text import Line, join, shown
from sources.reference.roadmap import Reference

_ENDS_ON_A_MARK = re.compile(r"[-–—/,;|]\s*$")
_BEGINS_WITH_A_MARK = re.compile(r"\s*[-–—/,;|]")
_LONGEST_RUN = 14


@dataclass(frozen=True)
class Parts:
    """The lines of an action, parted."""

    title: list[Line]
    objective: list[Line]
    partners: PartnersRead | None
    narrative: list[Line]


class ActionSplitter:
    """Parts the lines of a report's actions; `vocabulary` makes words cut at a line's end whole."""

    def __init__(self, names: PartnerNames, reference: Reference, vocabulary: frozenset[str]) -> None:
        self.names, self.reference, self.vocabulary = names, reference, vocabulary

    def split(self, rows: list[Line], mark: ActionMark) -> Parts:
        """Title, objective, partners, progress."""
        by_role = {
            role: [line for line in rows if line.role == role] for role in ("objective", "partners", "narrative")
        }
        free = [line for line in rows if line.role != FIGURES and (line.role not in by_role or not line.role)]
        tables = [line for line in rows if line.role == FIGURES]
        parts = self._parts_of_free(free, mark)
        objective = _stripped(by_role["objective"], objective_start)
        named = " ".join(shown(line.text) for line in by_role["partners"])
        return Parts(
            parts.title,
            objective or parts.objective,
            (self.names.read_listed(named) if named else None) or parts.partners,
            [*parts.narrative, *_stripped(by_role["narrative"], narrative_start), *tables],
        )

    def _parts_of_free(self, rows: list[Line], mark: ActionMark) -> Parts:
        """The four pieces of lines no table header names."""
        first = next((index for index, line in enumerate(rows) if objective_start(line.text) is not None), None)
        runs = self._partner_runs(rows)
        told = next(
            (index for index, line in enumerate(rows) if index and narrative_start(line.text) is not None), None
        )
        if first is None or self._arrow_is_a_bullet(rows, first, runs):
            return self._parts_without_mark(rows, mark, runs, told)
        before = [run for run in runs if run[1] <= first]
        after = [run for run in runs if run[0] > first and (told is None or run[0] <= told or not before)]
        title = [
            line for index, line in enumerate(rows[:first]) if not any(low <= index < high for low, high, _ in before)
        ]
        if not after and not before:
            after = self._runs_of_acronyms(rows, first + 1)
        if not after:
            stop = told if told is not None and told > first else _next_block(rows, first + 1)
            taken, read = rows[first:stop], before[0][2] if before else None
            if read is None:
                taken, read = _partners_in_brackets(self.names, taken)
            if read is None:
                title, read = _partners_in_brackets(self.names, title)
            return Parts(title, _stripped(taken, objective_start), read, _stripped(rows[stop:], narrative_start))
        low, high, read = after[0]
        objective, narrative = rows[first:low], rows[high:]
        if told is not None and first < told < low:
            objective, narrative = rows[first:told], [*rows[told:low], *rows[high:]]
        elif not narrative and _next_block(rows, first + 1) < low:
            stop = _next_block(rows, first + 1)
            objective, narrative = rows[first:stop], rows[stop:low]
        return Parts(title, _stripped(objective, objective_start), read, _stripped(narrative, narrative_start))

    def _arrow_is_a_bullet(self, rows: list[Line], first: int, runs: Sequence[tuple[int, int, PartnersRead]]) -> bool:
        """An arrow after the partners of an action whose objective has none is a bullet of its progress text."""
        before = [run for run in runs if run[1] <= first]
        return bool(before) and len(blocks_in(rows[: before[0][0]])) >= 2

    def _parts_without_mark(
        self, rows: list[Line], mark: ActionMark, runs: Sequence[tuple[int, int, PartnersRead]], told: int | None
    ) -> Parts:
        """An action whose objective is neither arrowed nor labelled: the block, or the lines, between title and
        partners."""
        known = self.reference.actions.get(mark.code)
        length = self._title_length(rows, known.action_title if known else None)
        run = next((item for item in runs if item[0] >= length), None)
        if run is None:
            stop = told if told is not None else _next_block(rows, length + 1)
            rest = rows[length:stop]
            return Parts(rows[:length], rest, None, _stripped(rows[stop:], narrative_start))
        low, high, read = run
        return Parts(rows[:length], rows[length:low], read, _stripped(rows[high:], narrative_start))

    def _title_length(self, rows: Sequence[Line], expected: str | None) -> int:
        """How many lines the title takes: up to the next block, fewer when the reference's title ends sooner."""
        block = max(1, _next_block(rows, 1))
        if rows and not shown(rows[0].text):
            block = _next_block(rows, 2)
        if expected is None:
            return block
        scored = [
            (similar(join(rows[:count], self.vocabulary).text, expected), -count) for count in range(1, block + 1)
        ]
        score, count = max(scored)
        return -count if score >= 0.9 else block

    def _partner_runs(self, rows: Sequence[Line]) -> list[tuple[int, int, PartnersRead]]:
        """The stretches of lines that name partners and nothing else, names cut by a line's end made whole."""
        runs: list[tuple[int, int, PartnersRead]] = []
        index = 1
        while index < len(rows):
            run = self._run_at(rows, index)
            if run:
                runs.append(run)
                index = run[1]
            else:
                index += 1
        return runs

    def _runs_of_acronyms(self, rows: Sequence[Line], start: int) -> list[tuple[int, int, PartnersRead]]:
        """The first line after an objective that is a list of acronyms, where no partner is known to the reference."""
        for index in range(start, len(rows)):
            read = self.names.read_acronyms(shown(rows[index].text)) if rows[index].starts_block else None
            if read:
                return [(index, index + 1, read)]
        return []

    def _run_at(self, rows: Sequence[Line], start: int) -> tuple[int, int, PartnersRead] | None:
        """The longest stretch from a line that names partners and nothing else.

        The first line names one by itself, or half of one (« GIE ») that the next makes whole: an objective that
        ends on acronyms is not drawn in. Nor one that ends on a partner: a block of partners below it starts over.
        """
        found: tuple[int, int, PartnersRead] | None = None
        text = ""
        for end in range(start, min(start + _LONGEST_RUN, len(rows))):
            if rows[end].role or objective_start(rows[end].text) is not None:
                break
            alone = self.names.read(shown(rows[end].text))
            line = shown(rows[end].text)
            goes_on = bool(_ENDS_ON_A_MARK.search(text) or _BEGINS_WITH_A_MARK.match(line)) or is_labelled(line)
            lone = found is not None and len(found[2].codes) == 1 and not _ENDS_ON_A_MARK.search(text)
            if lone and alone and rows[end].starts_block and not rows[start].starts_block:
                return None
            if alone is None and not found and not re.sub(r"\([^)]*\)|\W", "", shown(rows[end].text)):
                return None
            text = f"{text} {shown(rows[end].text)}".strip()
            read = self.names.read(text)
            if read is None and (found or end > start):
                break
            if read is not None and not found and end > start and read.unknown:
                break
            # « BRETAGNE » below the partners is a heading, « GIE » the half of a name that the next line may make whole
            if read is not None and found and not goes_on and len(read.unknown) > len(found[2].unknown):
                continue
            if read is not None:
                found = (start, end + 1, read)
        if found is None and not rows[start].role and is_labelled(shown(rows[start].text)):
            listed = self.names.read_listed(shown(rows[start].text))
            return (start, start + 1, listed) if listed else None
        return found


def blocks_in(rows: Sequence[Line]) -> list[list[Line]]:
    """Runs of lines with no blank line between them."""
    blocks: list[list[Line]] = []
    for line in rows:
        if line.starts_block or not blocks:
            blocks.append([])
        blocks[-1].append(line)
    return blocks


def _next_block(rows: Sequence[Line], start: int) -> int:
    """The index of the first line from `start` on that starts a block, or the number of lines."""
    return next((index for index in range(start, len(rows)) if rows[index].starts_block), len(rows))


def _stripped(rows: Sequence[Line], start_of: Callable[[str], int | None]) -> list[Line]:
    """The lines, the first one without the arrow or label it begins with."""
    kept = list(rows)
    while kept:
        at = start_of(kept[0].text)
        if at is None:
            break
        rest = kept[0].text[at:].strip()
        if rest:
            kept[0] = replace(kept[0], text=rest)
            break
        kept.pop(0)
    return kept


def _partners_in_brackets(names: PartnerNames, rows: Sequence[Line]) -> tuple[list[Line], PartnersRead | None]:
    """« … d'ici 2026 (DNS, ANS) »: the partners and the lines without them."""
    kept = list(rows)
    found = re.search(r"\s*\(([^()]*)\)\s*\.?$", shown(kept[-1].text)) if kept else None
    read = names.read(found[1]) if found else None
    if found and read:
        kept[-1] = replace(kept[-1], text=kept[-1].text[: found.start()])
    return kept, read
