"""The page at a glance holds on one page and tells the bad news first, however much of it there is."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from exports.content import glance, report
from exports.content.release import Release
from exports.marts import Action, ActionPartner, ActionStatus, Commitment, Observation, SessionMarts, read_marts
from exports.model import Bullets, Chart, Table, text_of, walk
from exports.word import writer

Tables = dict[type[Any], list[Any]]


def words(marts: SessionMarts) -> str:
    found = []
    for block in walk(glance.section(marts).blocks):
        if isinstance(block, Bullets):
            found += [text_of(item) for item in block.items]
        elif hasattr(block, "inlines"):
            found.append(text_of(block.inlines))
    return "\n".join(found).replace("\u00a0", " ")


def test_it_names_what_is_late_with_its_reason_and_what_nobody_speaks_of(marts: SessionMarts) -> None:
    said = words(marts)
    assert "1-3 Action en retard (ALPHA) : échéance passée (1er semestre 2024)" in said
    assert "1 action à confirmer auprès des pilotes, au moins en partie : 2-2." in said
    assert "1 partenaire sur 1 attendus a contribué" in said


def test_the_counts_of_table_chart_and_text_are_the_same(marts: SessionMarts) -> None:
    blocks = list(walk(glance.section(marts).blocks))
    table = next(block for block in blocks if isinstance(block, Table))
    chart = next(block for block in blocks if isinstance(block, Chart))
    last = [float(text_of(row[-1])) for row in table.rows]
    assert list(chart.series[0].values) == last[:-1]
    assert last[-1] == sum(last[:-1]) == len(marts.actions)


def test_old_moves_are_no_news(marts: SessionMarts) -> None:
    moves = glance.moves(marts)
    assert [move.later.kpi_id for move in moves] == ["IND-1-2-1"]
    past = replace(marts.session, cut_off=dt.date(2026, 12, 17))
    assert glance.moves(replace(marts, session=past)) == []


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
    assert "En un coup d’œil" not in written.too_high
    assert len({written.page_of[anchor] for anchor in ("coup-d-oeil", "couverture")}) == 1
    assert all(code in words(marts) for code in codes)
