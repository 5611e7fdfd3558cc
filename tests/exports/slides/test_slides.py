"""The slides: what the marts say, read again by python-pptx; accessible, within the slide, always the same bytes."""

import io
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pptx
import pytest
from msgspec.structs import replace

from exports.content import deck, upcoming
from exports.content.release import Release
from exports.differences import compared
from exports.marts import SessionMarts
from exports.packing import read_package, write_package
from exports.slides import checks, writer


@pytest.fixture(scope="module")
def content(marts: SessionMarts) -> bytes:
    return writer.write(deck.build(marts, Release()))


def read(content: bytes) -> list[Any]:
    return list(pptx.Presentation(io.BytesIO(content)).slides)


def words(slide: Any) -> str:
    said = []
    for shape in slide.shapes:
        if shape.has_text_frame:
            said.append(shape.text_frame.text)
        elif shape.has_table:
            said += [cell.text for row in shape.table.rows for cell in row.cells]
    return "\n".join(said).replace("\u00a0", " ").replace("\u202f", " ")


def titles(content: bytes) -> list[str]:
    return [slide.shapes.title.text_frame.text.replace("\u00a0", " ") for slide in read(content)]


def test_the_slides_have_no_defect(content: bytes, later: SessionMarts, marts: SessionMarts) -> None:
    assert [str(defect) for defect in checks.defects(content)] == []
    second = writer.write(deck.build(compared(later, marts), Release("final", 2, "SESSION FICTIVE")))
    assert [str(defect) for defect in checks.defects(second)] == []


def test_there_is_one_slide_a_priority_after_those_of_the_session(content: bytes, marts: SessionMarts) -> None:
    found = titles(content)
    for row in marts.priorities:
        assert found.count(f"Priorité {row.priority_number}. {row.priority_title}") == 1
    for part in ("L’essentiel", "Ce qui est en retard", "À venir", "Cinq chiffres", "décider", "Glissements"):
        assert any(part in title for title in found), part
    assert "SESSION FICTIVE" not in words(read(content)[3])


def test_every_action_is_on_the_slide_of_its_priority_with_its_status(content: bytes, marts: SessionMarts) -> None:
    by_title = dict(zip(titles(content), read(content), strict=True))
    for action in marts.actions:
        slide = by_title[f"Priorité {action.priority_number}. {action.priority_title}"]
        (table,) = [shape.table for shape in slide.shapes if shape.has_table]
        rows = [[cell.text.replace("\u00a0", " ") for cell in row.cells] for row in table.rows]
        (row,) = [row for row in rows if row[0].startswith(f"{action.action_code} ")]
        status = marts.label("status", marts.status_by_action[action.action_code].final_status)
        assert any(cell.endswith(status) for cell in row), row


def test_the_banner_and_the_state_are_on_every_slide(marts: SessionMarts) -> None:
    for slide in read(writer.write(deck.build(marts, Release("draft", 1, "SESSION FICTIVE")))):
        assert "SESSION FICTIVE" in words(slide)
        assert "BROUILLON" in words(slide)


def test_what_does_not_fit_goes_on_under_the_same_title(marts: SessionMarts) -> None:
    first = next(row for row in marts.commitments if upcoming.due(marts, row))
    many = tuple(
        replace(first, commitment_id=f"{first.action_code}.{rank}", deadline=marts.session.cut_off)
        for rank in range(10, 70)
    )
    content = writer.write(deck.build(replace(marts, commitments=(*marts.commitments, *many)), Release()))
    assert checks.defects(content) == []
    parts = [title for title in titles(content) if title.startswith("À venir") and "/" in title]
    assert len(parts) > 1
    everything = "\n".join(words(slide) for slide in read(content))
    for row in many:
        assert row.commitment_id in everything


def test_nothing_stands_outside_the_slide_or_over_another_thing(content: bytes) -> None:
    height = pptx.Presentation(io.BytesIO(content)).slide_height
    for slide in read(content):
        shapes = [shape for shape in slide.shapes if shape.name != "Pied de page"]
        for shape in shapes:
            assert shape.top + shape.height <= height
        graphics = [shape for shape in shapes if not shape.has_text_frame]
        texts = [shape for shape in shapes if shape.has_text_frame and shape is not slide.shapes.title]
        for text in texts:
            for graphic in graphics:
                apart = text.top + text.height <= graphic.top or text.left + text.width <= graphic.left
                assert apart, f"{slide.shapes.title.text_frame.text}: text over {graphic.name}"


def test_charts_can_be_edited_and_say_what_they_show(content: bytes) -> None:
    charts = [shape for slide in read(content) for shape in slide.shapes if shape.has_chart]
    assert charts
    for shape in charts:
        assert shape.chart.part.chart_workbook.xlsx_part is not None
        assert any(value is not None for series in shape.chart.plots[0].series for value in series.values)


def test_hostile_texts_stay_words(marts: SessionMarts, hostile: dict[str, str]) -> None:
    rows = tuple(replace(row, action_title=hostile["markup"]) for row in marts.actions)
    said = tuple(replace(row, risks=hostile["control"]) for row in marts.contributions)
    content = writer.write(deck.build(replace(marts, actions=rows, contributions=said), Release()))
    assert checks.defects(content) == []
    assert "<script>alert(1)</script>" in "\n".join(words(slide) for slide in read(content))


_AGAIN = """
import hashlib, sys
from pathlib import Path
from exports.content import deck
from exports.content.release import Release
from exports.marts import read_marts
from exports.slides import writer
print(hashlib.sha256(writer.write(deck.build(read_marts(Path(sys.argv[1]), "CNS-12"), Release()))).hexdigest())
"""


def test_another_process_another_second_writes_the_same_bytes(content: bytes, marts_path: Any) -> None:
    import hashlib
    import time

    time.sleep(1.1)  # a clock read anywhere would show
    done = subprocess.run(
        [sys.executable, "-c", _AGAIN, str(marts_path)], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == hashlib.sha256(content).hexdigest()


SLIDE = "ppt/slides/slide2.xml"
TABLE = "ppt/slides/slide4.xml"
BREAKS: dict[str, tuple[str, Callable[[str], str]]] = {
    "TITLE_MISSING": ("docProps/core.xml", lambda xml: re.sub(r"<dc:title>[^<]*", "<dc:title>", xml)),
    "TITLE_REPEATED": ("ppt/slides/slide3.xml", lambda xml: xml),
    "READING_ORDER": (SLIDE, lambda xml: xml.replace('type="title"', 'type="body"', 1)),
    "DRAWING_ID": (SLIDE, lambda xml: xml.replace('<p:cNvPr id="3"', '<p:cNvPr id="2"', 1)),
    "ALT_TEXT": (SLIDE, lambda xml: xml.replace("descr=", "data=", 1)),
    "EMPTY_SHAPE": (SLIDE, lambda xml: re.sub(r"<a:t>[^<]*", "<a:t>", xml)),
    "TABLE_HEADER": (TABLE, lambda xml: xml.replace('firstRow="1"', 'firstRow="0"')),
    "MERGED_CELL": (TABLE, lambda xml: xml.replace("<a:tc>", '<a:tc gridSpan="2">', 1)),
    "LANGUAGE": (SLIDE, lambda xml: xml.replace('lang="fr-FR"', 'lang="en-US"', 1)),
    "OUTSIDE": (
        "ppt/_rels/presentation.xml.rels",
        lambda xml: xml.replace("</Relationships>", '<Relationship Id="x" TargetMode="External"/></Relationships>'),
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", BREAKS)
def test_each_rule_finds_its_defect(content: bytes, rule: str) -> None:
    part, spoil = BREAKS[rule]
    parts = read_package(content)
    if rule == "TITLE_REPEATED":
        parts[part] = parts[SLIDE]
    else:
        before = parts[part].decode()
        after = spoil(before)
        assert after != before, "the break changed nothing: the proof would prove nothing"
        parts[part] = after.encode()
    assert rule in {defect.rule for defect in checks.defects(write_package(parts))}
