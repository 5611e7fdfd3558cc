"""How mail leaves, from the environment and nowhere else, and how its secrets are kept out of every text."""

import base64
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from exports.mail.address import Address, AddressError, parse_address
from exports.mail.message import Links

HIDDEN = "•••"
TIMEOUT_SECONDS = 60.0
#: RFC 5321, 4.5.3.2.6: a server may take this long before it answers for a message it has been given whole
LAST_REPLY_SECONDS = 600.0
#: attachments grow by a third on the way, and many mailboxes stop at 10 MB
MAX_BYTES = 10_000_000
LONGEST_REASON = 300


class SettingsError(Exception):
    """A variable that is missing or wrong; names the variable and the mend, never a secret's value."""


class Tls(StrEnum):
    """How the connection is protected."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


_PORTS = {Tls.STARTTLS: 587, Tls.IMPLICIT: 465, Tls.NONE: 25}


@dataclass(frozen=True)
class SmtpSettings:
    """One mail server and the account to use there."""

    host: str
    port: int
    tls: Tls
    sender: Address
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    timeout: float = TIMEOUT_SECONDS
    last_reply_timeout: float = LAST_REPLY_SECONDS

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "SmtpSettings | None":
        """The settings of JALON_SMTP_*, None when no host is set. SettingsError names the variable that is wrong."""
        host = environment.get("JALON_SMTP_HOST", "").strip()
        if not host:
            return None
        tls = _tls(environment, host)
        user, password = environment.get("JALON_SMTP_USER") or None, environment.get("JALON_SMTP_PASSWORD") or None
        if (user is None) != (password is None):
            raise SettingsError("JALON_SMTP_USER and JALON_SMTP_PASSWORD go together: set both, or neither.")
        ca_file = environment.get("JALON_SMTP_CA_FILE")
        if ca_file and not Path(ca_file).is_file():
            raise SettingsError(f"JALON_SMTP_CA_FILE: no file {ca_file}. Give the PEM file of the server's authority.")
        return cls(
            host,
            _port(environment, tls),
            tls,
            _sender(environment),
            user,
            password,
            Path(ca_file) if ca_file else None,
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """The password in every form it has on the wire: plain, and as AUTH LOGIN and AUTH PLAIN encode it."""
        if self.user is None or self.password is None:
            return ()
        pairs = (f"\0{self.user}\0{self.password}", f"{self.user}\0{self.user}\0{self.password}")
        encoded = tuple(base64.b64encode(text.encode()).decode() for text in (*pairs, self.password))
        return (*encoded, self.password)


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


def _tls(environment: Mapping[str, str], host: str) -> Tls:
    text = environment.get("JALON_SMTP_TLS", "").strip().lower() or Tls.STARTTLS
    try:
        tls = Tls(text)
    except ValueError as error:
        raise SettingsError(f"JALON_SMTP_TLS: {text[:40]!r}; expected starttls, implicit or none.") from error
    if tls is Tls.NONE and not is_loopback(host):
        raise SettingsError("JALON_SMTP_TLS=none is for a relay on this machine only: use starttls or implicit.")
    return tls


def _port(environment: Mapping[str, str], tls: Tls) -> int:
    text = environment.get("JALON_SMTP_PORT", "").strip() or str(_PORTS[tls])
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise SettingsError(f"JALON_SMTP_PORT: {text[:40]!r} is not a port.")
    return int(text)


def _sender(environment: Mapping[str, str]) -> Address:
    try:
        return parse_address(environment.get("JALON_SMTP_FROM", ""))
    except AddressError as error:
        raise SettingsError(f"JALON_SMTP_FROM: {error}") from error
