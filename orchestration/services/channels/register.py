"""`JALON_HOME/channels.csv`: the remote folder of each partner that has one.

One row a folder: `partner,url,credentials`. The last is the name of the environment variable that holds the account,
`user:password`; the account itself is in no file.
"""

import csv
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import SplitResult, parse_qs, urlsplit

from sources.errors import PlainError
from sources.reference.roadmap import Reference

FILE_NAME = "channels.csv"
COLUMNS = ("partner", "url", "credentials")
#: what the board calls each kind of folder
WAYS = {
    "webdavs": "dossier distant (WebDAV)",
    "webdav": "dossier distant (WebDAV)",
    "sftp": "dossier distant (SFTP)",
    "s3": "dossier distant (S3)",
}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class ChannelsError(PlainError):
    """Rows of channels.csv that cannot be used, or a remote folder that cannot be reached now."""

    fix = "Correct what the message names; `jalon doctor` tries each remote folder."
    is_transient: ClassVar[bool] = True


@dataclass(frozen=True)
class Account:
    """A user and its secret. Printed, it shows neither."""

    user: str
    secret: str

    def __repr__(self) -> str:
        """Nothing of the secret."""
        return "Account(…)"


@dataclass(frozen=True)
class Channel:
    """One remote folder of one partner."""

    partner: str
    folder: str
    url: SplitResult
    account: Account

    @property
    def key(self) -> str:
        """What the ledger knows it by."""
        return hashlib.sha256(f"{self.partner} {self.url.geturl()}".encode()).hexdigest()[:16]

    @property
    def way(self) -> str:
        """Its kind, as the board shows it."""
        return WAYS[self.url.scheme]

    def option(self, name: str) -> str:
        """One option of the address, after its `?`."""
        return parse_qs(self.url.query).get(name, [""])[0]

    def __str__(self) -> str:
        """The partner and the server, for messages."""
        return f"{self.partner}, {self.url.scheme}://{self.url.hostname}"


def read_channels(
    home: Path, reference: Reference, environment: Mapping[str, str] = os.environ
) -> tuple[list[Channel], list[str]]:
    """The remote folders that can be used, and one line for each row that cannot, all of them."""
    path = home / FILE_NAME
    if not path.is_file():
        return [], []
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            if list(reader.fieldnames or ()) != list(COLUMNS):
                return [], [f"{path}: first line {reader.fieldnames!r}; expected {','.join(COLUMNS)}"]
            lines = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return [], [f"{path}: cannot be read ({error}); expected a CSV file in UTF-8"]
    channels: list[Channel] = []
    problems = []
    for number, row in lines:
        found = _channel({name: (row.get(name) or "").strip() for name in COLUMNS}, reference, environment)
        if isinstance(found, Channel) and any(
            (found.url, found.account.user) == (other.url, other.account.user) for other in channels
        ):
            found = "the same address and account as an earlier line: two partners would see each other's files"
        if isinstance(found, Channel):
            channels.append(found)
        else:
            problems.append(f"{path}, line {number}: {found}")
    return channels, problems


def _channel(row: Mapping[str, str], reference: Reference, environment: Mapping[str, str]) -> Channel | str:
    """One row as a channel, or what is wrong with it; neither an address nor an account is repeated."""
    codes = {partner.partner_slug: code for code, partner in reference.partners.items()}
    codes |= {code: code for code in reference.partners}
    partner, variable = codes.get(row["partner"]), row["credentials"]
    if partner is None:
        return f"partner {row['partner'][:40]!r} is not in the reference"
    try:
        url = urlsplit(row["url"])
        _ = url.port
    except ValueError:
        return "the url is not one; expected webdavs://, sftp:// or s3:// and the server's name"
    if wrong := next(_wrong(url), None):
        return wrong
    if not _VARIABLE.fullmatch(variable):
        return f"credentials {variable[:40]!r}: expected the name of the variable that holds user:password"
    user, colon, secret = environment.get(variable, "").partition(":")
    if not (user and colon and secret):
        return f"{variable} is not set to user:password in the environment of this process"
    slug = reference.partners[partner].partner_slug
    return Channel(partner, slug, url._replace(path=f"/{url.path.strip('/')}"), Account(user, secret))


def _wrong(url: SplitResult) -> Iterator[str]:
    if url.scheme not in WAYS or not url.hostname:
        yield f"url of scheme {url.scheme[:20]!r}; expected webdavs://, sftp:// or s3:// and the server's name"
    if url.scheme == "webdav" and url.hostname not in _LOOPBACK:
        yield "webdav:// without TLS is for this machine alone; expected webdavs://"
    if "@" in url.netloc:
        yield "the url names an account; put it in the variable that `credentials` names"
