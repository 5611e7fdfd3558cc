"""What is missing or unproven is stated by name, in Word, Excel and the note."""

from msgspec.structs import replace

from exports.content import gaps, note
from exports.content.release import Release
from exports.content.sheets import deviations
from exports.marts import SessionMarts
from exports.model import Bullets, Heading, Section, text_of, walk


def said(section: Section) -> str:
    words = []
    for block in walk(section.blocks):
        if isinstance(block, Bullets):
            words += [text_of(item) for item in block.items]
        elif isinstance(block, Heading):
            words.append(block.text)
        elif hasattr(block, "inlines"):
            words.append(text_of(block.inlines))
    return "\n".join(words)


def unproven(marts: SessionMarts, commitment_id: str) -> SessionMarts:
    rows = tuple(
        replace(row, reason="unproven" if row.commitment_id == commitment_id else row.reason)
        for row in marts.commitments
    )
    return replace(marts, commitments=rows)


def test_a_milestone_declared_without_date_or_proof_is_named_everywhere(marts: SessionMarts) -> None:
    told = unproven(marts, "2-3.1")
    in_word = said(gaps.section(told, Release()))
    assert "Déclarés atteints, sans date ni preuve" in in_word
    assert "2-3.1 Engagement" in in_word
    rows = [row for row in deviations.sheet(told).tables[0].rows if text_of(row[0]) == deviations.UNPROVEN]
    assert [text_of(row[1]) for row in rows] == ["2-3"]
    assert "sans elles : 2-3.1" in said(note.build(told, Release()).sections[0]).replace("\u00a0", " ")


def test_nothing_is_said_of_proofs_where_none_lacks(marts: SessionMarts) -> None:
    assert "preuve" not in said(gaps.section(marts, Release()))
    assert deviations.UNPROVEN not in {text_of(row[0]) for row in deviations.sheet(marts).tables[0].rows}
