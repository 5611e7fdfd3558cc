"""One action on its own: everything said of it, every figure behind it, no other action's."""

from pathlib import Path

import pytest
from lxml import etree

from exports import MartsError, agreement, render_fiche
from exports.content import fiche
from exports.content.release import Release
from exports.marts import SessionMarts
from exports.packing import read_package
from exports.word import checks, writer
from exports.word.xml import name


def words(content: bytes) -> str:
    document = etree.fromstring(read_package(content)["word/document.xml"])
    return "\n".join("".join(node.text or "" for node in p.iter(name("w:t"))) for p in document.iter(name("w:p")))


@pytest.mark.parametrize("action", ["1-1", "1-2", "2-1", "3-2", "3-3"])
def test_each_fiche_is_sound(marts: SessionMarts, action: str) -> None:
    content = writer.write_short(fiche.build(marts, Release(), action)).content
    assert [str(defect) for defect in checks.defects(content)] == []


def test_a_fiche_holds_the_texts_figures_and_sources_of_its_action(marts: SessionMarts) -> None:
    said = words(writer.write_short(fiche.build(marts, Release(), "1-2")).content).replace("\u202f", " ")
    for expected in (
        "Texte fictif de l’action 1-2.",
        "Mot du contributeur fictif.",
        "1 134 établissements",
        "environ 450 établissements",
        "[1] Indicateurs,\u00a0I5",
        "94,5 %",
        "Établissements équipés",
    ):
        assert expected in said
    assert "Action à risque" not in said
    assert "1-3\u00a0Action en retard" in said  # leans on this one


def test_a_fiche_agrees_with_the_marts(marts: SessionMarts) -> None:
    content = writer.write_short(fiche.build(marts, Release(), "1-2")).content
    expected = agreement.facts_of_marts(marts)
    found = agreement.facts_of_docx(content)
    assert {kind for kind, _ in found} >= {"title", "status", "partners", "target", "actual", "rate", "deadline"}
    assert found == {key: value for key, value in expected.items() if key in found}
    assert {key for key in expected if key[1].startswith("1-2")} == set(found)


def test_a_fiche_changes_with_the_session(later: SessionMarts, marts: SessionMarts) -> None:
    from exports.differences import compared

    said = words(writer.write_short(fiche.build(compared(later, marts), Release(), "1-2")).content)
    assert "Changements depuis la session précédente" in said
    assert "↓ en recul depuis le CNS-12" in said


def test_the_file_is_written_under_its_name(marts_path: Path, tmp_path: Path) -> None:
    path = render_fiche(marts_path, "CNS-12", "1-2", tmp_path)
    assert path.name == "CNS-12_fiche_1-2.docx"
    assert path.read_bytes() == render_fiche(marts_path, "CNS-12", "1-2", tmp_path / "again").read_bytes()
    with pytest.raises(MartsError, match="9-9"):
        render_fiche(marts_path, "CNS-12", "9-9", tmp_path)


def test_a_fiche_prints_the_figures_of_territories_that_were_sent(marts: SessionMarts) -> None:
    said = words(writer.write_short(fiche.build(marts, Release(), "2-1")).content)
    for expected in ("Par territoire", "2\u00a0départements sur 3", "Corse-du-Sud (2A)", "41,5\u202f%", "S1\u00a02024"):
        assert expected in said
    assert "Par territoire" not in words(writer.write_short(fiche.build(marts, Release(), "1-2")).content)
