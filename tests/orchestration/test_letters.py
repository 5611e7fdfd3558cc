"""Partners' addresses and the names under which their letters are remembered; the mails themselves are the cycle's."""

from datetime import date
from pathlib import Path

import pytest

from exports.mail import AddressError
from orchestration.services.runtime.paths import PROJECT
from orchestration.services.session.letters import Envelope, addresses_from, edition_of
from orchestration.services.session.reminding import LATE_LIST
from sources.reference.roadmap import Reference, load_reference


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference(PROJECT / "dbt_project" / "seeds")


def book(folder: Path, text: str) -> dict[str, str]:
    file = folder / "addresses.csv"
    file.write_text(text, encoding="utf-8")
    return {"JALON_PARTNER_ADDRESSES": str(file)}


def test_a_partner_may_have_several_addresses_and_the_dns_gets_the_late_list(
    tmp_path: Path, reference: Reference
) -> None:
    text = "partner_code,address\nANS,a@exemple.fr\nANS,b@exemple.fr\n"
    found = addresses_from({**book(tmp_path, text), "JALON_MAIL_TO": "dns@exemple.fr"}, reference)
    assert {name: [str(item) for item in items] for name, items in found.items()} == {
        "ANS": ["a@exemple.fr", "b@exemple.fr"],
        LATE_LIST: ["dns@exemple.fr"],
    }
    assert addresses_from({}, reference) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("partner_code,address\nANX,a@exemple.fr\n", "line 2: no partner 'ANX'"),
        ("partner_code,address\nANS,planted personal text\n", "line 2: not an address"),
        ("code;mail\nANS;a@exemple.fr\n", "must be « partner_code,address »"),
    ],
)
def test_a_wrong_line_is_named_without_the_address(tmp_path: Path, reference: Reference, text: str, said: str) -> None:
    with pytest.raises(AddressError, match=said) as caught:
        addresses_from(book(tmp_path, text), reference)
    assert "planted" not in str(caught.value)


def test_a_letter_is_the_same_whatever_its_words_and_another_one_for_another_due_day() -> None:
    """Else a file that came in between would have the partner reminded twice of the same day."""
    first, moved = (edition_of("J-7", day, "ANS") for day in (date(2025, 6, 10), date(2025, 7, 8)))
    assert first == "J-7-2025-06-10-ANS"
    assert first != moved
    assert Envelope("CNS-13", first).contents == Envelope("CNS-13", first).contents
    assert "+" not in edition_of("J+1", date(2025, 6, 10), "ANS")
