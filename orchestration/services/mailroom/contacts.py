"""`JALON_HOME/contacts.csv`: who of each partner is written to, and whose mail is taken.

One row an address: `partner,address,name,role`. Addresses are personal data: they are in this file and nowhere else.
Elsewhere only a digest of them is stored, and it is forgotten with the row.
"""

import csv
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from exports.mail import Address, AddressError, parse_address
from sources.errors import PlainError
from sources.reference.roadmap import Reference

FILE_NAME = "contacts.csv"
COLUMNS = ("partner", "address", "name", "role")
MOST_RIGHTS = 0o640
DNS = "DNS"


class Role(StrEnum):
    """What an address is for."""

    #: sends its partner's files, gets its letters and the answers to them
    CONTRIBUTOR = "contributor"
    #: gets its partner's letters and answers; sends nothing
    COPY = "copy"
    #: sends decisions, drafts and documents for the DNS; is sent what waits for somebody
    DNS = "dns"
    #: not an address: nothing more leaves to this partner
    STOP = "stop"


class ContactsError(PlainError):
    """Rows that cannot be used: all of them are named at once."""

    fix = "Correct the lines that the message names; `jalon contacts --check` says whether all is right."


@dataclass(frozen=True)
class Contact:
    """One address of one partner."""

    partner: str
    address: Address
    name: str
    role: Role


@dataclass(frozen=True)
class Contacts:
    """Every row that can be used."""

    rows: tuple[Contact, ...] = ()
    stopped: frozenset[str] = field(default_factory=frozenset)

    def of_sender(self, sender: Address) -> list[Contact]:
        """The rows an author may send by, whatever the case it is written in; those in copy send nothing."""
        return [row for row in self.rows if row.address.key == sender.key and row.role is not Role.COPY]

    def recipients(self, partner: str) -> list[Address]:
        """Whom a partner's letters and answers go to; nobody once it is stopped."""
        if partner in self.stopped:
            return []
        return _each_once(row for row in self.rows if row.partner == partner and row.role is not Role.DNS)

    @property
    def dns(self) -> list[Address]:
        """Whom the DNS is reached by; nobody once it is stopped."""
        return [] if DNS in self.stopped else _each_once(row for row in self.rows if row.role is Role.DNS)

    def by_key(self, key: str) -> Address | None:
        """The registered address of a digest; None once its row is gone, or its partner is stopped."""
        found = [row for row in self.rows if row.address.key == key and row.partner not in self.stopped]
        return found[0].address if found else None

    @property
    def keys(self) -> dict[str, str]:
        """The digest of every address, with its partner."""
        return {row.address.key: row.partner for row in self.rows}


def read_contacts(home: Path, reference: Reference) -> Contacts:
    """The contacts of an installation, none where there is no file. ContactsError names every line that is wrong."""
    contacts, problems = checked_contacts(home, reference)
    if problems:
        message = f"{home / FILE_NAME}: {'; '.join(problems)}"
        raise ContactsError(message)
    return contacts


def checked_contacts(home: Path, reference: Reference) -> tuple[Contacts, list[str]]:
    """The rows that can be used, and one line for each problem, all of them."""
    path = home / FILE_NAME
    if not path.exists():
        return Contacts(), []
    problems = list(_rights(path))
    try:
        lines = list(_lines(path))
    except ContactsError as error:
        return Contacts(), [*problems, str(error)]
    codes = {partner.partner_slug: code for code, partner in reference.partners.items()}
    codes |= {code: code for code in reference.partners}
    rows: dict[tuple[str, str, Role], Contact] = {}
    stopped = set()
    for number, row in lines:
        found = _row(row, codes)
        if isinstance(found, str):
            problems.append(f"line {number}: {found}")
        elif isinstance(found, Contact):
            if (found.partner, found.address.key, found.role) in rows:
                problems.append(f"line {number}: the same partner, address and role as an earlier line; keep one")
            rows[found.partner, found.address.key, found.role] = found
        else:
            stopped.add(found[0])
    return Contacts(tuple(rows.values()), frozenset(stopped)), problems


def _row(row: Mapping[str, str], codes: Mapping[str, str]) -> Contact | tuple[str] | str:
    """One row: a contact, a partner that is stopped, or what is wrong. An address that is wrong is not repeated."""
    partner, role_text = codes.get(row["partner"]), row["role"].lower()
    if partner is None:
        return f"partner {row['partner'][:40]!r} is not in the reference; expected one of {', '.join(sorted(codes))}"
    if role_text not in list(Role):
        return f"role {role_text[:40]!r}; expected {', '.join(Role)}"
    role = Role(role_text)
    if role is Role.STOP:
        return f"a row that stops {partner} bears no address; empty it" if row["address"] else (partner,)
    try:
        address = parse_address(row["address"])
    except AddressError:
        return "the address is not one; expected one plain address, like prenom.nom@exemple.fr"
    if role is Role.DNS and partner != DNS:
        return f"role dns goes with partner {DNS}, not {partner}"
    return Contact(partner, address, row["name"], role)


def _rights(path: Path) -> Iterator[str]:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & ~MOST_RIGHTS:
        yield f"rights {mode:04o}, others may read addresses; `chmod {MOST_RIGHTS:04o} {path}`"


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            sample = stream.readline()
            stream.seek(0)
            reader = csv.DictReader(stream, delimiter=";" if sample.count(";") > sample.count(",") else ",")
            names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
            reader.fieldnames = names
            missing = [name for name in COLUMNS if name not in names]
            if missing:
                message = f"line 1: no column {', '.join(missing)}; expected {','.join(COLUMNS)}"
                raise ContactsError(message)
            for row in reader:
                cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
                if any(cells.values()):
                    yield reader.line_num, cells
    except (UnicodeDecodeError, csv.Error) as error:
        raise ContactsError(f"not a table in UTF-8 ({error}); save it as CSV UTF-8") from error


def _each_once(rows: Iterable[Contact]) -> list[Address]:
    return list({row.address.key: row.address for row in rows}.values())
