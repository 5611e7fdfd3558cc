"""Addresses: what is typed must not become a header, an SMTP command or a second recipient."""

import pytest

from exports.mail import AddressError, parse_address, parse_addresses

HOSTILE = (
    "",
    "a",
    "@b.fr",
    "a@",
    "a@b.fr\r\nBcc: x@y.fr",
    "a@b.fr\n",
    "a\r\n@b.fr",
    "a@b.fr> SIZE=1\r\nRCPT TO:<x@y.fr",
    "a@b.fr,x@y.fr",
    "a@b.fr x@y.fr",
    "Nom <a@b.fr>",
    '"a b"@c.fr',
    "a@b..fr",
    "a@-b.fr",
    "a@b.fr.",
    ".a@b.fr",
    "a\u2028@b.fr",
    "é@b.fr",
    "a@b.fr\x00",
    "a\t@b.fr",
    "a@[127.0.0.1]",
    "a" * 65 + "@b.fr",
    "a@" + "b" * 64 + ".fr",
    "a@" + ".".join(["b" * 60] * 5),
)


@pytest.mark.parametrize("text", HOSTILE)
def test_anything_but_one_plain_address_is_refused(text: str) -> None:
    with pytest.raises(AddressError, match="n’est pas une adresse"):
        parse_address(text)


def test_an_address_is_taken_as_it_is_its_domain_in_ascii() -> None:
    assert str(parse_address("  Prenom.Nom+cns@Santé.Gouv.FR ")) == "Prenom.Nom+cns@xn--sant-epa.gouv.fr"
    assert str(parse_address("a@b")) == "a@b"


def test_the_same_address_typed_twice_is_one_recipient() -> None:
    assert [str(address) for address in parse_addresses(["a@b.fr", "A@B.fr", "c@d.fr"])] == ["a@b.fr", "c@d.fr"]


def test_logs_print_neither_name_nor_anything_to_find_it_by() -> None:
    address = parse_address("prenom.nom@exemple.fr")
    assert address.masked == "p…@exemple.fr"
    assert "prenom" not in address.key
