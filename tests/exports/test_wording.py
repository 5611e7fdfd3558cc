"""The official wording of a promise and the other reading of its deadline are printed wherever the promise is."""

import datetime as dt

import pytest
from msgspec.structs import replace

from exports.content import priority
from exports.content.sheets import commitments
from exports.dashboard import view
from exports.marts import SessionMarts
from exports.model import text_of

WORDING = "Libellé officiel fictif, donné par la DNS"


@pytest.fixture
def filled(marts: SessionMarts) -> SessionMarts:
    """The fictional marts with an official wording and a second reading on the first promise."""
    first, *others = marts.commitments
    row = replace(first, official_wording=WORDING, deadline_other_reading=dt.date(2025, 12, 31))
    return replace(marts, commitments=(row, *others))


def texts(marts: SessionMarts) -> dict[str, str]:
    """What each deliverable says beside the first promise."""
    row = marts.commitments[0]
    (listed,) = commitments.commitments(marts).tables
    blocks = priority.remarks(marts, (row,))
    return {
        "word": "\n".join(text_of(block.inlines) for block in blocks if hasattr(block, "inlines")),
        "excel": " ".join(text_of(cell) for cell in listed.rows[0]),
        "html": "\n".join(text_of(inlines) for inlines in view._remarks(marts, row)),
    }


@pytest.mark.parametrize("place", ["word", "excel", "html"])
def test_it_is_printed_when_filled_and_not_before(marts: SessionMarts, filled: SessionMarts, place: str) -> None:
    said = texts(filled)[place].replace("\u00a0", " ")
    assert WORDING in said
    assert "l’échéance écrite peut aussi se lire 31 décembre 2025" in said.replace("L’", "l’")
    assert "ibellé officiel" not in texts(marts)[place]
    assert "peut aussi se lire" not in texts(marts)[place]
