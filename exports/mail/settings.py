"""How mail leaves, from the environment and nowhere else, and how its secrets are kept out of every text.

JALON_SMTP_HOST, JALON_SMTP_PORT, JALON_SMTP_TLS, JALON_SMTP_FROM, JALON_SMTP_USER, JALON_SMTP_PASSWORD (or
JALON_SMTP_TOKEN_FILE, or JALON_SMTP_TOKEN_COMMAND), JALON_SMTP_CA_FILE.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from exports.mail.account import Account
from exports.mail.address import Address, AddressError, parse_address
from exports.mail.message import Links
from exports.mail.refusals import SettingsError

HIDDEN = "•••"
TIMEOUT_SECONDS = 60.0
#: RFC 5321, 4.5.3.2.6: a server may take this long before it answers for a message it has been given whole
LAST_REPLY_SECONDS = 600.0
#: attachments grow by a third on the way, and many mailboxes stop at 10 MB
MAX_BYTES = 10_000_000
LONGEST_REASON = 300


class Tls(StrEnum):
    """How the connection is protected."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


PREFIX = "JALON_SMTP_"
_PORTS = {Tls.STARTTLS: 587, Tls.IMPLICIT: 465, Tls.NONE: 25}


@dataclass(frozen=True)
class SmtpSettings:
    """One mail server and the account to use there."""

    host: str
    port: int
    tls: Tls
    sender: Address
    account: Account | None = None
    ca_file: Path | None = None
    timeout: float = TIMEOUT_SECONDS
    last_reply_timeout: float = LAST_REPLY_SECONDS

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "SmtpSettings | None":
        """The settings of JALON_SMTP_*, None when no host is set. SettingsError names the variable that is wrong."""
        host = environment.get("JALON_SMTP_HOST", "").strip()
        if not host:
            return None
        tls = tls_of(environment, PREFIX, host, Tls.STARTTLS)
        return cls(
            host,
            port_of(environment, PREFIX, _PORTS[tls]),
            tls,
            _sender(environment),
            Account.from_environment(environment, PREFIX),
            ca_file_of(environment, PREFIX),
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no text may show."""
        return self.account.secrets if self.account else ()

    def with_token(self) -> "SmtpSettings":
        """The settings with a fresh access token, where the account goes by one."""
        return self if self.account is None else replace(self, account=self.account.with_token())


def links_from(environment: Mapping[str, str]) -> Links:
    """From which size a link is sent in place of the files, and to where: JALON_MAIL_MAX_BYTES, JALON_PUBLIC_URL."""
    text = environment.get("JALON_MAIL_MAX_BYTES", "").strip() or str(MAX_BYTES)
    if not text.isascii() or not text.isdigit():
        raise SettingsError(f"JALON_MAIL_MAX_BYTES: {text[:40]!r} is not a number of bytes.")
    url = environment.get("JALON_PUBLIC_URL", "").strip().rstrip("/")
    if url:
        checked_url(url, "JALON_PUBLIC_URL")
    return Links(int(text), url or None)


def checked_url(url: str, variable: str) -> str:
    """The address, when it is safe to print and use: https (http on loopback), no account in it, no blank."""
    try:
        parts = urlsplit(url)
        host, is_plain = parts.hostname or "", url.isascii() and url.isprintable() and " " not in url
        has_account = parts.username is not None or parts.password is not None
    except ValueError:
        host, is_plain, has_account = "", False, True
    if not host or not is_plain or has_account:
        raise SettingsError(f"{variable}: not an address that can be used. Give https://host/path, without an account.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise SettingsError(f"{variable}: must start with https:// (http:// is for loopback only).")
    return url


def redact(text: str, secrets: tuple[str, ...] = ()) -> str:
    """One printable line of what a server said, without the secrets it may have echoed."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line[:LONGEST_REASON]


def is_loopback(host: str) -> bool:
    """Whether nothing sent to this host leaves the machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def tls_of(environment: Mapping[str, str], prefix: str, host: str, default: Tls) -> Tls:
    """How `<prefix>TLS` says the connection is protected; `none` is refused for a host that is not this machine."""
    text = environment.get(f"{prefix}TLS", "").strip().lower() or default
    try:
        tls = Tls(text)
    except ValueError as error:
        raise SettingsError(f"{prefix}TLS: {text[:40]!r}; expected starttls, implicit or none.") from error
    if tls is Tls.NONE and not is_loopback(host):
        raise SettingsError(f"{prefix}TLS=none is for a relay on this machine only: use starttls or implicit.")
    return tls


def port_of(environment: Mapping[str, str], prefix: str, default: int) -> int:
    """The port that `<prefix>PORT` names."""
    text = environment.get(f"{prefix}PORT", "").strip() or str(default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise SettingsError(f"{prefix}PORT: {text[:40]!r} is not a port.")
    return int(text)


def ca_file_of(environment: Mapping[str, str], prefix: str) -> Path | None:
    """The PEM file of the server's authority that `<prefix>CA_FILE` names, None for the system's own."""
    ca_file = environment.get(f"{prefix}CA_FILE", "").strip()
    if ca_file and not Path(ca_file).is_file():
        raise SettingsError(f"{prefix}CA_FILE: no file {ca_file}. Give the PEM file of the server's authority.")
    return Path(ca_file) if ca_file else None


def _sender(environment: Mapping[str, str]) -> Address:
    try:
        return parse_address(environment.get("JALON_SMTP_FROM", ""))
    except AddressError as error:
        raise SettingsError(f"JALON_SMTP_FROM: {error}") from error
