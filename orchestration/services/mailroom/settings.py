"""How the mailbox is read and partners are mailed, from the environment and nowhere else.

JALON_IMAP_HOST, JALON_IMAP_PORT, JALON_IMAP_TLS, JALON_IMAP_USER, JALON_IMAP_PASSWORD (or JALON_IMAP_TOKEN_FILE, or
JALON_IMAP_TOKEN_COMMAND), JALON_IMAP_FOLDER, JALON_IMAP_CA_FILE; JALON_MAIL_AUTHSERV_ID, JALON_MAIL_UNAUTHENTICATED,
JALON_MAIL_PARTNERS.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from exports.mail import SettingsError
from exports.mail.account import Account
from exports.mail.settings import Tls, ca_file_of, port_of, tls_of

PREFIX = "JALON_IMAP_"
AUTHSERV_ID = "JALON_MAIL_AUTHSERV_ID"
PARTNERS = "JALON_MAIL_PARTNERS"
UNAUTHENTICATED = "JALON_MAIL_UNAUTHENTICATED"
TIMEOUT_SECONDS = 60.0
_PORTS = {Tls.IMPLICIT: 993, Tls.STARTTLS: 143, Tls.NONE: 143}
# RFC 8601, 2.2: the id is a token, most often a host name
_AUTHSERV_ID = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


class Unauthenticated(StrEnum):
    """What is done with mail whose sender no believed server has checked."""

    TAKE = "take"
    HOLD = "hold"


@dataclass(frozen=True)
class ImapSettings:
    """One mailbox and the account to read it with."""

    host: str
    port: int
    tls: Tls
    account: Account
    folder: str = "INBOX"
    ca_file: Path | None = None
    timeout: float = TIMEOUT_SECONDS

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "ImapSettings | None":
        """The settings of JALON_IMAP_*, None when no host is set. SettingsError names the variable that is wrong."""
        host = environment.get(f"{PREFIX}HOST", "").strip()
        if not host:
            return None
        tls = tls_of(environment, PREFIX, host, Tls.IMPLICIT)
        account = Account.from_environment(environment, PREFIX)
        if account is None:
            raise SettingsError(
                f"{PREFIX}USER is not set: a mailbox is read by its account. Set it with {PREFIX}PASSWORD, or with "
                f"{PREFIX}TOKEN_COMMAND."
            )
        folder = environment.get(f"{PREFIX}FOLDER", "").strip() or "INBOX"
        if _CONTROLS.search(folder):
            raise SettingsError(f"{PREFIX}FOLDER: not a folder's name.")
        return cls(
            host,
            port_of(environment, PREFIX, _PORTS[tls]),
            tls,
            account,
            folder,
            ca_file_of(environment, PREFIX),
        )

    def with_token(self) -> "ImapSettings":
        """The settings with a fresh access token, where the account goes by one."""
        return replace(self, account=self.account.with_token())


@dataclass(frozen=True)
class Rules:
    """What is believed of incoming mail, and whether anything leaves."""

    authserv_id: str | None = None
    unauthenticated: Unauthenticated = Unauthenticated.TAKE
    is_on: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Rules":
        """JALON_MAIL_AUTHSERV_ID, JALON_MAIL_UNAUTHENTICATED, JALON_MAIL_PARTNERS. SettingsError names a wrong one."""
        authserv_id = environment.get(AUTHSERV_ID, "").strip()
        if authserv_id and not _AUTHSERV_ID.fullmatch(authserv_id):
            raise SettingsError(f"{AUTHSERV_ID}: {authserv_id[:40]!r} is not a server's id, like mx.exemple.fr.")
        value = environment.get(UNAUTHENTICATED, "").strip().lower() or Unauthenticated.TAKE
        try:
            unauthenticated = Unauthenticated(value)
        except ValueError:
            raise SettingsError(f"{UNAUTHENTICATED}: {value[:40]!r}; expected take or hold.") from None
        partners = environment.get(PARTNERS, "").strip().lower()
        if partners not in ("", "on", "off"):
            raise SettingsError(f"{PARTNERS}: {partners[:40]!r}; expected on, or off.")
        return cls(authserv_id or None, unauthenticated, partners == "on")
