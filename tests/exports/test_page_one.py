"""The first page: it holds on one page however much is late, and says each thing once."""

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from exports.content import ahead, glance, page_one, report
from exports.content.release import Release
from exports.marts import Action, ActionPartner, ActionStatus, Commitment, Observation, SessionMarts, read_marts
from exports.model import Bullets, Chart, Table, text_of, walk
from exports.word import writer

Tables = dict[type[Any], list[Any]]


def words(marts: SessionMarts) -> str:
    found = []
    for block in walk(page_one.section(marts).blocks):
        if isinstance(block, Bullets):
            found += [text_of(item) for item in block.items]
        elif isinstance(block, Table):
            found += [" | ".join(map(text_of, row)) for row in block.rows]
        elif hasattr(block, "inlines"):
            found.append(text_of(block.inlines))
    return "\n".join(found).replace("\u00a0", " ")


def test_it_says_what_succeeded_what_is_late_and_why_and_what_falls_due(marts: SessionMarts) -> None:
    said = words(marts)
    assert "1-1.1 Engagement fictif 1-1.1 (ALPHA), fait en avril 2024, 1 mois après l’échéance" in said
    assert "1-3 Action en retard (ALPHA) | Échéance passée (S1 2024). | non annoncée" in said
    assert "Aucun frein indiqué : 1-3." in said
    assert "1 partenaire sur 1 attendus a contribué" in said


def test_a_cause_is_the_partners_own_and_a_later_date_is_named(marts: SessionMarts) -> None:
    later = {"revised_deadline": dt.date(2025, 6, 30), "revised_precision": "semester", "revised_in_session": "CNS-12"}
    late = [replace(row, **later) if row.action_code == "1-3" else row for row in marts.commitments]  # fmt: skip
    told = [replace(row, risks="Le décret attend. Rien d’autre.") if row.action_code == "1-3" else row
            for row in marts.contributions]  # fmt: skip
    said = words(replace(marts, commitments=tuple(late), contributions=tuple(told)))
    assert "Échéance passée (S1 2024). Le décret attend. Rien d’autre. | S1 2025" in said
    assert "Aucun frein indiqué" not in said


def test_the_counts_are_said_once_by_status_and_their_sum_is_the_roadmap(marts: SessionMarts) -> None:
    blocks = list(walk(page_one.section(marts).blocks))
    (chart,) = [block for block in blocks if isinstance(block, Chart)]
    assert chart.kind == "stack"
    assert sum(series.values[0] or 0 for series in chart.series) == len(marts.actions)
    assert all(block.name != "Situation_par_axe" for block in blocks if isinstance(block, Table))
    opening = text_of(glance.opening(marts))
    assert sum(map(int, re.findall(r"\d+", opening.partition(", ")[2]))) == 2 * len(marts.actions)


def test_what_falls_due_is_counted_until_the_next_session_or_six_months(marts: SessionMarts) -> None:
    rows = [replace(row, deadline=dt.date(2025, 3, 31), deadline_precision="month") if row.commitment_id == "1-2.1" else
            replace(row, deadline=None) for row in marts.commitments]  # fmt: skip
    alone = replace(marts, commitments=tuple(rows))
    assert [row.commitment_id for row in ahead.due(alone)] == ["1-2.1"]
    assert ahead.until(alone)[0] == dt.date(2025, 6, 30), "what expires with the sixth month is looked at"
    assert "la prochaine session n’a pas encore de date" in text_of(ahead.blocks(alone)[1].inlines)
    later = replace(marts.session, session_code="CNS-13", session_number=13, held_on=dt.date(2025, 3, 1))
    followed = replace(alone, sessions=(marts.session, later))
    assert ahead.due(followed) == []
    assert "d’ici le CNS-13" in text_of(ahead.sentence(followed))


def test_the_worst_session_still_holds_on_the_page(tables: Tables, write: Callable[..., Path]) -> None:
    title = "Une action au titre fort long, comme les feuilles de route savent en produire, sur plus d’une ligne"
    codes = [f"{code[0]}-{rank}" for code in ("1-1", "2-1", "3-1") for rank in range(1, 23)]
    first = {kind: tables[kind][0] for kind in (Action, ActionStatus, Commitment, ActionPartner, Observation)}
    tables[Action] = [
        replace(first[Action], action_code=code, action_title=title, priority_number=int(code[0]), action_rank=rank)
        for rank, code in enumerate(codes)
    ]
    tables[ActionPartner] = [replace(first[ActionPartner], action_code=code) for code in codes]
    tables[ActionStatus] = [
        replace(first[ActionStatus], action_code=code, computed_status="late", final_status="late") for code in codes
    ]
    tables[Commitment] = [
        replace(first[Commitment], action_code=code, commitment_id=f"{code}.{rank}", status=status, is_overdue=True)
        for code in codes
        for rank, status in enumerate(("late", "unconfirmed"), start=1)
    ]
    marts = read_marts(write(tables), "CNS-12")
    written = writer.write(report.build(marts, Release()))
    assert page_one.TITLE not in written.too_high
    assert len({written.page_of[anchor] for anchor in ("essentiel", "essentiel-decisions")}) == 1
    assert all(code in words(marts) for code in codes)
