"""The workbook's sheets: one number for one thing, units apart, what lies ahead, decisions, territories."""

import datetime as dt
from typing import Any

import pytest
from msgspec.structs import replace

from exports.content import territories, workbook
from exports.content.release import Release
from exports.excel import writer
from exports.marts import SessionMarts
from exports.model import Figure, Sheet, Table, text_of


def sheet(marts: SessionMarts, name: str) -> Sheet:
    return next(item for item in workbook.build(marts, Release()).sheets if item.name == name)


def column(table: Table, title: str) -> list[Any]:
    rank = [item.title for item in table.columns].index(title)
    return [cells[rank] for cells in table.rows]


def said(table: Table, title: str) -> list[str]:
    return [text_of(cell) for cell in column(table, title)]


def test_what_a_partner_owes_is_one_number_wherever_the_workbook_prints_it(marts: SessionMarts) -> None:
    """ANS owed 7 of 7 on one sheet and 17 of 20 on another: actions on the one, items on the other."""
    board, summary = sheet(marts, "Contributions").tables[0], sheet(marts, "Synthèse").tables[-1]
    shared = [item.title for item in summary.columns]
    assert {"Attendu", "Reçu", "Manquant"} <= set(shared)
    for title in shared:
        assert said(board, title) == said(summary, title)
    for name in ("Synthèse", "Contributions"):
        for table in sheet(marts, name).tables:
            missing = [item.title for item in table.columns if item.title.lower().startswith("manquant")]
            assert missing in ([], ["Manquant"])


def test_a_deadline_that_passed_is_said_passed_kept_or_not(marts: SessionMarts) -> None:
    table = sheet(marts, "Engagements").tables[0]
    passed = dict(zip(said(table, "Engagement"), said(table, "Échéance passée"), strict=True))
    unmet = dict(zip(said(table, "Engagement"), said(table, "Passée sans être tenue"), strict=True))
    assert (passed["1-1.1"], unmet["1-1.1"]) == ("oui", "non"), "reached, one month after its deadline"
    assert (passed["1-3.1"], unmet["1-3.1"]) == ("oui", "oui")
    assert (passed["1-2.1"], unmet["1-2.1"]) == ("non", "non")
    assert (passed["3-1.1"], unmet["3-1.1"]) == ("", ""), "without a deadline nothing has passed"


def test_a_deadline_on_the_day_of_the_cut_off_has_not_passed(marts: SessionMarts) -> None:
    rows = tuple(
        replace(row, deadline=marts.session.cut_off) if row.commitment_id == "1-2.1" else row
        for row in marts.commitments
    )
    table = sheet(replace(marts, commitments=rows), "Engagements").tables[0]
    assert dict(zip(said(table, "Engagement"), said(table, "Échéance passée"), strict=True))["1-2.1"] == "non"


@pytest.mark.parametrize("name", ["Engagements", "Indicateurs", "Historique", "À venir", "Territoires", "Changements"])
def test_units_stand_in_a_column_of_their_own(marts: SessionMarts, later: SessionMarts, name: str) -> None:
    from exports.differences import compared

    table = sheet(compared(later, marts) if name == "Changements" else marts, name).tables[0]
    titles = {item.title for item in table.columns}
    assert "Unité" in titles
    valued = titles & {"Cible", "Réalisé", "Dernière valeur", "Valeur", "Avant", "Après"}
    found = 0
    for title in valued:
        for cell in column(table, title):
            for item in cell:
                if isinstance(item, Figure) and not isinstance(item.value, dt.date):
                    found += 1
                    assert len(cell) == 1, "words beside a figure make it text"
                    assert item.form != "percent", f"{title}: the sign of {item.text} is in its column already"
    assert found


def test_what_lies_ahead_is_every_promise_not_kept_by_its_next_date(marts: SessionMarts) -> None:
    table = sheet(marts, "À venir").tables[0]
    dates = [cell[0].value if cell else None for cell in column(table, "Date")]
    known = [day for day in dates if day]
    assert known == sorted(known)
    assert min(known) >= marts.session.cut_off
    listed = said(table, "Engagement")
    assert len(listed) == len(set(listed))
    nature = dict(zip(listed, said(table, "Nature de la date"), strict=True))
    assert nature["2-3.1"] == "échéance"
    assert nature["3-1.1"] == "sans échéance"
    assert "1-1.1" not in listed, "what is achieved does not lie ahead"
    assert "1-3.1" not in listed, "what passed is in « Écarts »"
    later = tuple(
        replace(row, revised_deadline=dt.date(2025, 9, 30), revised_precision="month", revised_in_session="CNS-12")
        if row.commitment_id == "1-3.1"
        else row
        for row in marts.commitments
    )
    table = sheet(replace(marts, commitments=later), "À venir").tables[0]
    nature = dict(zip(said(table, "Engagement"), said(table, "Nature de la date"), strict=True))
    assert nature["1-3.1"] == "date reportée (CNS-12)"


def test_decisions_are_listed_with_author_day_and_reason_and_those_awaited_before_them(marts: SessionMarts) -> None:
    asked, taken = sheet(marts, "Décisions").tables
    assert "Contradiction" in said(asked, "Nature")
    assert "Désaccord" in said(asked, "Nature")
    assert said(taken, "Sujet") == ["Action à risque & surveillée"]
    assert said(taken, "Décision") == ["▲\u00a0À risque"]
    assert said(taken, "Auteur") == ["Cheffe de projet fictive"]
    assert said(taken, "Date") == ["12\u00a0décembre\u00a02024"]
    assert said(taken, "Motif") == ["Un motif fictif"]
    assert said(taken, "Écarté") == ["En retard"]


def test_territories_are_printed_with_their_coverage_and_their_gap_to_the_national_figure(marts: SessionMarts) -> None:
    table = sheet(marts, "Territoires").tables[0]
    assert said(table, "Territoire") == ["Ain", "Corse-du-Sud"]
    assert said(table, "Code") == ["01", "2A"]
    assert said(table, "Période") == ["S1\u00a02024"] * 2
    assert said(table, "Territoires connus") == ["2\u00a0départements sur 3"] * 2
    gaps = sheet(marts, "Écarts").tables[0]
    (found,) = [
        text
        for nature, text in zip(said(gaps, "Nature"), said(gaps, "Constat"), strict=True)
        if nature == "Territoires et national"
    ]
    for part in ("2\u00a0départements sur 3", "26,75", "31,5", "écart\u00a0: −4,75 points"):
        assert part in found.replace("\u202f%", ""), found
    (todo,) = [
        text
        for nature, text in zip(said(gaps, "Nature"), said(gaps, "À faire"), strict=True)
        if nature == "Territoires et national"
    ]
    assert "territoires qui manquent" in todo, "two of three cannot make the national figure"


def test_without_figures_of_territories_there_is_no_sheet_of_them(marts: SessionMarts) -> None:
    without = replace(marts, territory_progress=(), territory_gaps=())
    names = [item.name for item in workbook.build(without, Release()).sheets]
    assert "Territoires" not in names
    assert territories.blocks(without, "2-1") == []


def test_columns_for_the_screen_do_not_make_the_rows_of_the_paper_high(marts: SessionMarts) -> None:
    """Rows were six lines high on paper for a text that is not printed."""
    import io

    import openpyxl

    long = tuple(replace(row, evidence="preuve fictive " * 20) for row in marts.commitments)
    page = openpyxl.load_workbook(
        io.BytesIO(writer.write(workbook.build(replace(marts, commitments=long), Release())))
    )["Engagements"]
    heights = [page.row_dimensions[row].height for row in range(7, 7 + len(long))]
    assert max(heights) <= 3 * 9 * 1.15 + 4.01
