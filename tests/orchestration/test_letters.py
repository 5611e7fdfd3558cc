"""Whom letters go to, and the names under which they are remembered; the mails themselves are the cycle's."""

from datetime import date
from pathlib import Path

from orchestration.services.mailroom.contacts import read_contacts
from orchestration.services.runtime.paths import PROJECT
from orchestration.services.session.letters import Envelope, addresses_of, edition_of
from orchestration.services.session.reminding import LATE_LIST
from sources.reference.roadmap import load_reference


def test_a_partner_may_have_several_addresses_and_the_dns_gets_the_late_list(tmp_path: Path) -> None:
    reference = load_reference(PROJECT / "dbt_project" / "seeds")
    rows = [
        "ANS,a@exemple.fr,,contributor",
        "ANS,b@exemple.fr,,copy",
        "DNS,dns@exemple.fr,,dns",
        "HAS,h@exemple.fr,,copy",
    ]
    (tmp_path / "contacts.csv").write_text("\n".join(["partner,address,name,role", *rows, "HAS,,,stop"]))
    (tmp_path / "contacts.csv").chmod(0o640)
    found = addresses_of(read_contacts(tmp_path, reference), reference)
    assert {name: [str(item) for item in items] for name, items in found.items()} == {
        "ANS": ["a@exemple.fr", "b@exemple.fr"],
        LATE_LIST: ["dns@exemple.fr"],
    }


def test_a_letter_is_the_same_whatever_its_words_and_another_one_for_another_due_day() -> None:
    """Else a file that came in between would have the partner reminded twice of the same day."""
    first, moved = (edition_of("J-7", day, "ANS") for day in (date(2025, 6, 10), date(2025, 7, 8)))
    assert first == "J-7-2025-06-10-ANS"
    assert first != moved
    assert Envelope("CNS-13", first).contents == Envelope("CNS-13", first).contents
    assert "+" not in edition_of("J+1", date(2025, 6, 10), "ANS")
