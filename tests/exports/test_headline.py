"""The three lines that mails say of a report: the same counts and the same late actions as its first page."""

from exports.content import glance
from exports.content.headline import LATE_NAMED, headline
from exports.marts import SessionMarts
from exports.model import text_of


def test_the_lines_say_what_the_first_page_says(marts: SessionMarts) -> None:
    counts, late, covered = headline(marts)
    assert counts == text_of(glance.opening(marts))
    codes = [row.action_code for row in marts.statuses if row.final_status == "late"]
    for code in codes[:LATE_NAMED]:
        assert code in late
    assert bool(codes) == late.startswith("En retard")
    assert covered.endswith(".")
    assert "le détail est dans" not in covered, "a mail has no page to link to"
    assert all("\n" not in line for line in (counts, late, covered))
