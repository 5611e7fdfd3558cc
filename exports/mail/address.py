"""Mail addresses: one plain address, no display name, nothing a header or an SMTP command could be made to obey."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

#: RFC 5321, 4.5.3.1
LONGEST_LOCAL_PART = 64
LONGEST_ADDRESS = 254
KEY_LENGTH = 32
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


class AddressError(ValueError):
    """A text that is not one plain mail address; the message says what was received and what is expected."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address that was checked; only `parse_address` makes one."""

    local_part: str
    domain: str

    def __str__(self) -> str:
        """The address in full."""
        return f"{self.local_part}@{self.domain}"

    @property
    def key(self) -> str:
        """What stands for the address where it is not needed in clear; the case it was typed in does not matter."""
        return hashlib.sha256(str(self).casefold().encode()).hexdigest()[:KEY_LENGTH]

    @property
    def masked(self) -> str:
        """What logs and the audit trail print: the first letter and the domain."""
        return f"{self.local_part[0]}…@{self.domain}"


def parse_address(text: str) -> Address:
    """The address in `text`, its domain in ASCII. AddressError for anything else: a name, a list, a line break."""
    local_part, at, domain = text.strip(" ").rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii").lower() if at else ""
    except UnicodeError:
        domain = ""
    is_address = (
        _LOCAL_PART.fullmatch(local_part)
        and _DOMAIN.fullmatch(domain)
        and len(local_part) <= LONGEST_LOCAL_PART
        and len(local_part) + len(domain) < LONGEST_ADDRESS
    )
    if not is_address:
        message = f"{text[:80]!r} n’est pas une adresse. Donnez une seule adresse, comme prenom.nom@exemple.fr."
        raise AddressError(message)
    return Address(local_part, domain)


def parse_addresses(texts: Iterable[str]) -> list[Address]:
    """The addresses in order, each once. AddressError for the first that is not one."""
    found: dict[str, Address] = {}
    for text in texts:
        address = parse_address(text)
        found.setdefault(address.key, address)
    return list(found.values())
