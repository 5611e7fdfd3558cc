"""The fiche of a priority: one page whatever it holds, sound, with its actions and nothing that leads out of it."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from exports import MartsError, render_fiche
from exports.content import priority_fiche
from exports.content.release import Release
from exports.marts import SessionMarts
from exports.model import Link, inlines_of, walk
from exports.word import checks, writer


def forms(marts: SessionMarts, number: int) -> tuple[object, ...]:
    row = next(row for row in marts.priorities if row.priority_number == number)
    return priority_fiche.forms(marts, Release(), row)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_each_is_sound_and_links_nowhere(marts: SessionMarts, number: int) -> None:
    for document in forms(marts, number):
        content = writer.write_short(document).content  # type: ignore[arg-type]
        assert [str(defect) for defect in checks.defects(content)] == []
        blocks = [block for section in document.sections for block in walk(section.blocks)]  # type: ignore[attr-defined]
        assert not [item for block in blocks for item in inlines_of(block) if isinstance(item, Link)]


def test_it_gives_way_until_it_holds_on_a_page(marts: SessionMarts) -> None:
    first = next(row for row in marts.commitments if row.commitment_id == "1-2.1")
    many = tuple(
        replace(first, commitment_id=f"1-2.{rank}", commitment_label="Un engagement fictif au long intitulé " * 5)
        for rank in range(10, 60)
    )
    fullest, *shorter = forms(replace(marts, commitments=(*marts.commitments, *many)), 1)
    written = writer.write_short(fullest, most_pages=1, shorter=shorter)  # type: ignore[arg-type]
    assert written.last_page == 1


def test_it_is_written_under_its_own_name(marts_path: Path, tmp_path: Path) -> None:
    path = render_fiche(marts_path, "CNS-12", "P02", tmp_path)
    assert path.name == "CNS-12_fiche_P02.docx"
    with pytest.raises(MartsError, match="P08"):
        render_fiche(marts_path, "CNS-12", "P42", tmp_path)
