"""The dashboard's file: it says what the marts say, holds nothing foreign, and is the same each time."""

import datetime as dt
import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from lxml import etree
from lxml import html as lxml_html
from msgspec.structs import replace

from exports.content.release import Release
from exports.dashboard import agreement, view, writer
from exports.differences import compared
from exports.edits import Edit, applied
from exports.marts import SessionMarts
from exports.palette import contrast
from exports.text_marks import mark


def test_the_dashboard_agrees_with_the_marts(marts: SessionMarts, html: bytes) -> None:
    assert [str(defect) for defect in agreement.disagreements(marts, html)] == []


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: re.sub(r"1\u202f134 établissements", "1\u202f135 établissements", text),
        lambda text: text.replace('<article id="action-1-3"', '<div id="action-1-3"', 1),
        lambda text: text.replace('<span class="title">Action en retard', '<span class="title">Action à l’heure', 1),
        lambda text: text.replace('<strong class="lead">ALPHA', '<strong class="lead">BÊTA', 1),
        lambda text: text.replace('<span class="others">BÊTA', '<span class="others">BÊTA, GAMMA', 1),
        lambda text: text.replace(
            'over"><span class="badge s-late">■\u00a0En retard', 'over"><span class="badge s-late">●\u00a0Atteint', 1
        ),
        lambda text: re.sub(r'<data value="94\.5[^"]*"', '<data value="99.5"', text, count=1),
    ],
)
def test_a_changed_page_is_found_out(marts: SessionMarts, html: bytes, edit: Callable[[str], str]) -> None:
    before = html.decode()
    after = edit(before)
    assert after != before, "the edit changed nothing: the proof would prove nothing"
    assert agreement.disagreements(marts, after.encode())


@pytest.mark.parametrize(
    ("field", "value"),
    [("target_value", 1201.0), ("actual_value", 1135.0), ("progress_rate", 94.3), ("status", "late")],
)
def test_a_changed_mart_is_found_out(marts: SessionMarts, html: bytes, field: str, value: object) -> None:
    rows = tuple(replace(row, **{field: value}) if row.commitment_id == "1-2.1" else row for row in marts.commitments)  # type: ignore[arg-type]
    assert agreement.disagreements(replace(marts, commitments=rows), html)


def test_nothing_is_loaded_from_elsewhere_and_no_style_or_script_stands_outside_its_hash(html: bytes) -> None:
    root = lxml_html.document_fromstring(html.decode())
    attributes = [(element.tag, name, value) for element in root.iter() for name, value in element.attrib.items()]
    assert [item for item in attributes if item[1] in {"src", "srcset", "style", "action", "formaction"}] == []
    assert [item for item in attributes if str(item[1]).startswith("on")] == []
    assert [item for item in attributes if item[1] == "href" and not str(item[2]).startswith("#")] == []
    assert not root.xpath("//link | //iframe | //object | //embed | //img | //base")
    assert "url(" not in html.decode()
    assert "@import" not in html.decode()
    policy = root.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_links_lead_somewhere_and_identifiers_are_unique(html: bytes) -> None:
    root = lxml_html.document_fromstring(html.decode())
    identifiers = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(identifiers) == len(set(identifiers))
    targets = {str(href).removeprefix("#") for href in root.xpath("//a/@href")}
    referred = {name for value in root.xpath("//@aria-labelledby | //@aria-describedby") for name in str(value).split()}
    assert (targets | referred) <= set(identifiers)


def test_headings_have_no_gap(html: bytes) -> None:
    levels = [
        int(element.tag[1]) for element in lxml_html.document_fromstring(html.decode()).iter("h1", "h2", "h3", "h4")
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_every_measure_is_on_the_page_with_its_source(marts: SessionMarts, html: bytes) -> None:
    keys = set(lxml_html.document_fromstring(html.decode()).xpath("//@data-key"))
    for row in marts.observations:
        assert f"fct_kpi_observation|{row.observation_id}|value" in keys
        assert row.locator is not None
    assert "feuille Indicateurs, cellule\u00a0I5" in html.decode()


def test_the_same_marts_give_the_same_bytes_and_the_state_is_said(marts: SessionMarts, html: bytes) -> None:
    assert writer.write(view.build(marts, Release())) == html
    published = writer.write(view.build(marts, Release("published", 2, "Session fictive"))).decode()
    assert "PUBLIÉ – version 2" in published
    assert '<p class="banner">Session fictive</p>' in published
    assert "BROUILLON" in html.decode()


def test_an_unknown_theme_is_refused_with_those_there_are(marts: SessionMarts) -> None:
    with pytest.raises(ValueError, match="neutral"):
        writer.write(view.build(marts, Release()), theme="fleuri")


def test_a_status_is_never_told_by_colour_alone(html: bytes) -> None:
    badges = lxml_html.document_fromstring(html.decode()).xpath("//*[contains(@class, 'badge')]")
    assert badges
    for badge in badges:
        symbol, _, word = badge.text_content().partition("\u00a0")
        assert len(symbol) == 1
        assert word


def page_of(marts: SessionMarts) -> etree._Element:
    return lxml_html.document_fromstring(writer.write(view.build(marts, Release())).decode())


def test_sources_are_listed_and_every_citation_leads_to_one(html: bytes) -> None:
    root = lxml_html.document_fromstring(html.decode())
    cited = root.xpath("//article//a[starts-with(@href, '#source-')]")
    assert len(cited) > 5
    assert "a" * 64 in root.get_element_by_id("sources").getparent().text_content()


def test_the_dns_words_and_notes_are_told_as_in_word(marts: SessionMarts) -> None:
    edits = (
        Edit("1-1/ALPHA/progress_text", "Texte revu.", mark("Texte fictif de l’action 1-1.")),
        Edit("1-2/DNS/note", "Une note\nsur deux lignes.", ""),
    )
    root = page_of(applied(marts, edits))
    assert "Texte revu." in root.get_element_by_id("action-1-1").text_content()
    assert "(texte revu par la DNS)" in root.get_element_by_id("action-1-1").text_content()
    assert "(texte revu par la DNS)" not in root.get_element_by_id("action-1-2").text_content()
    note = root.xpath("//article[@id='action-1-2']//*[@class='dns-note']/p")
    assert [line.text_content() for line in note] == ["Note de la DNS", "Une note", "sur deux lignes."]


def test_what_changed_is_told_and_marked_on_its_actions(later: SessionMarts, marts: SessionMarts) -> None:
    told = compared(later, marts)
    root = page_of(told)
    section = root.get_element_by_id("changements").getparent()
    assert {row.action_code for row in told.changes} <= set(re.findall(r"\b\d-\d\b", section.text_content()))
    marked = {card.get("id").removeprefix("action-") for card in root.xpath("//article[@data-nouveau]")}
    assert marked == {row.action_code for row in told.changes} & {row.action_code for row in told.actions}
    assert root.xpath("//input[@id='nouveau']")
    assert not page_of(marts).xpath("//input[@id='nouveau']"), "a filter of changes where nothing can have changed"


def test_the_path_of_each_measured_target_is_drawn_with_its_values_and_told_in_words(marts: SessionMarts) -> None:
    root = page_of(marts)
    drawn = {
        figure.xpath("string(ancestor::article/@data-code)"): figure for figure in root.xpath("//figure[@class='plot']")
    }
    assert set(drawn) == {"1-2", "1-3", "2-1"}, "one measure and a target make a drawing"
    words = drawn["1-2"].xpath("string(.//desc)")
    assert "1\u202f134 établissements" in words
    assert "Cible" in words
    assert len(drawn["1-2"].xpath(".//circle")) == 3
    assert len(drawn["1-2"].xpath(".//line[@class='now']")) == 1
    for figure in drawn.values():
        places = figure.xpath(".//circle/@cx | .//circle/@cy | .//rect/@x | .//line[@class='now']/@x1")
        assert all(0 <= float(value.rstrip("%")) <= 100 for value in places)


def test_values_that_stand_too_close_have_one_label(marts: SessionMarts) -> None:
    kpi = next(row.kpi_id for row in marts.observations if row.kpi_id == "IND-1-3-1")
    first = next(row for row in marts.observations if row.kpi_id == kpi)
    close = replace(first, observation_id="close", period_end=first.period_end + dt.timedelta(days=20), value=39.0)
    (figure,) = page_of(replace(marts, observations=(*marts.observations, close))).xpath(
        "//article[@data-code='1-3']//figure[@class='plot']"
    )
    labels = [text for text in figure.xpath(".//text[not(@class)]/text()") if text.strip() in {"39", "40"}]
    assert labels == ["39"]


def test_the_timeline_lists_what_passed_then_each_date_then_what_has_none(marts: SessionMarts) -> None:
    root = page_of(marts)
    moments = [" ".join(item.text_content().split()) for item in root.xpath("//ol[@class='timeline']/li/p")]
    assert moments[0].startswith("Échéance passée")
    assert moments[-1].startswith("Sans échéance")
    listed = root.xpath("//ol[@class='timeline']//a/text()")
    kept = [row.commitment_id for row in marts.commitments if row.status != "achieved"]
    assert sorted(text.split("\u00a0")[1] for text in listed) == sorted(kept), "each promise not kept, once"


def test_two_sessions_stand_side_by_side(later: SessionMarts, marts: SessionMarts) -> None:
    from exports.content import comparison

    told = compared(later, marts)
    root = page_of(told)
    section = root.get_element_by_id("comparaison").getparent()
    counts, moves = section.xpath(".//table")
    rows = [[cell.text_content().strip() for cell in line] for line in counts.xpath(".//tbody/tr")]
    assert [len(row) for row in rows] == [4] * len(rows)
    assert sum(int(row[1]) for row in rows) == sum(1 for row in told.statuses if row.previous_status)
    assert sum(int(row[2]) for row in rows) == len(told.statuses)
    moved = {row.action_code for row in told.statuses if row.previous_status not in {None, row.final_status}}
    assert moved == {link.get("href").removeprefix("#action-") for link in moves.xpath(".//a")}
    assert comparison.blocks(marts) == (), "nothing to compare the first session with"
    assert not page_of(marts).xpath("//*[@id='comparaison']")


def test_the_states_theme_is_another_look_of_the_same_page(marts: SessionMarts, html: bytes) -> None:
    themed = writer.write(view.build(marts, Release()), "etat")
    assert b"#000091" in themed
    assert b"#000091" not in html
    assert agreement.disagreements(marts, themed) == []


@pytest.mark.parametrize("theme", writer.themes())
def test_every_theme_has_contrast(theme: str) -> None:
    said = dict(re.findall(r"--(\w+): #([0-9a-f]{6});", writer.theme_css(theme)))
    for ink in ("ink", "muted", "accent"):
        for ground in ("paper", "pale"):
            assert contrast(said[ink], said[ground]) >= 4.5, f"{ink} on {ground}"
