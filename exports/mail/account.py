"""How a mail account proves itself to a server: a password, or an access token (XOAUTH2) from a file or a command.

For sending and for reading alike: the names of the variables differ by their prefix alone. Secrets are read when a
connection is made, and kept nowhere.
"""

import base64
import re
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from exports.mail.refusals import SettingsError

TOKEN_SECONDS = 30.0
# RFC 6750, 2.1: what a bearer token is made of
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")
# What Exchange Online and Gmail answer to a password they no longer take.
_PASSWORD_IS_OVER = re.compile(
    r"basic auth\w* is disabled|BasicAuth\w*|5\.7\.139|SmtpClientAuthentication is disabled|"
    r"application-specific password|LOGINDISABLED",
    re.IGNORECASE,
)
_OLD_EXCHANGE = re.compile(r"LOGIN failed\.?$", re.IGNORECASE)
EXCHANGE_HOSTS = ("outlook.office365.com", "outlook.office.com", "smtp.office365.com", "smtp-mail.outlook.com")


@dataclass(frozen=True)
class TokenSource:
    """Where access tokens come from; they last an hour or so, and are asked for at each connection."""

    variable: str
    file: Path | None = None
    command: tuple[str, ...] = ()

    def read(self) -> str:
        """A token. SettingsError names the variable, never what was read."""
        said = self._from_file() if self.file is not None else self._from_command()
        token = said.strip()
        if not _TOKEN.fullmatch(token):
            raise SettingsError(
                f"{self.variable}: what it gives is not an access token (expected one line, received "
                f"{len(said.splitlines())} lines of {len(said)} characters). Run it by hand to see what it says."
            )
        return token

    def _from_file(self) -> str:
        try:
            return (self.file or Path()).read_text(encoding="ascii")
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"{self.variable}: {self.file} cannot be read ({_why(error)}). Check the path and the rights."
            ) from None

    def _from_command(self) -> str:
        try:
            # The command is the installation's own setting, run without a shell.
            done = subprocess.run(  # noqa: S603
                self.command,
                capture_output=True,
                text=True,
                timeout=TOKEN_SECONDS,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise SettingsError(f"{self.variable}: {self.command[0]} does not run ({_why(error)}).") from None
        if done.returncode:
            # Neither of its outputs is shown: a tool that fails may print the secret it was given.
            raise SettingsError(
                f"{self.variable}: {self.command[0]} ends with {done.returncode}. Run it by hand to see what it says."
            )
        return done.stdout


@dataclass(frozen=True)
class Account:
    """A user, and what proves who it is: one of the two, or none for a server that asks for nothing."""

    user: str
    password: str | None = field(default=None, repr=False)
    token_source: TokenSource | None = None
    token: str | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], prefix: str) -> "Account | None":
        """The account of `<prefix>USER`, None when none is set. SettingsError names the variable that is wrong."""
        user = environment.get(f"{prefix}USER", "").strip()
        password = environment.get(f"{prefix}PASSWORD") or None
        source = _token_source(environment, prefix)
        if not user and password is None and source is None:
            return None
        if not user or (password is None) == (source is None):
            raise SettingsError(
                f"{prefix}USER and {prefix}PASSWORD go together: set both, or neither. With {prefix}TOKEN_FILE or "
                f"{prefix}TOKEN_COMMAND the user goes without a password."
            )
        for name, text in (("USER", user), ("PASSWORD", password or "")):
            if not (text.isascii() and text.isprintable()):
                raise SettingsError(
                    f"{prefix}{name}: has characters that mail servers do not take (accents, line breaks). "
                    "Choose one of plain letters, digits and signs."
                )
        return cls(user, password, source)

    def with_token(self) -> "Account":
        """The account with a fresh token, where it goes by one. SettingsError when there is none to be had."""
        return self if self.token_source is None else replace(self, token=self.token_source.read())

    @property
    def xoauth2(self) -> str:
        """The initial response of XOAUTH2."""
        return f"user={self.user}\x01auth=Bearer {self.token}\x01\x01"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secret in every form it has on the wire: plain, and as AUTH LOGIN, PLAIN and XOAUTH2 encode it."""
        secret = self.token or self.password
        if secret is None:
            return ()
        texts = (f"\0{self.user}\0{secret}", f"{self.user}\0{self.user}\0{secret}", self.xoauth2, secret)
        return (*(base64.b64encode(text.encode()).decode() for text in texts), secret)


def is_password_over(said: str, host: str) -> bool:
    """Whether a server's refusal says that it takes no password at all, from anybody."""
    is_exchange = host.lower() in EXCHANGE_HOSTS and _OLD_EXCHANGE.search(said) is not None
    return is_exchange or _PASSWORD_IS_OVER.search(said) is not None


def token_fix(prefix: str) -> str:
    """What to do about a server that takes no password any more."""
    return (
        f"This server takes no password any more: set {prefix}TOKEN_COMMAND (or {prefix}TOKEN_FILE) to what gives an "
        f"access token, and unset {prefix}PASSWORD (docs/operations/mail.md, « Exchange Online »)."
    )


def _token_source(environment: Mapping[str, str], prefix: str) -> TokenSource | None:
    file, command = (environment.get(f"{prefix}TOKEN_{kind}", "").strip() for kind in ("FILE", "COMMAND"))
    if file and command:
        raise SettingsError(f"{prefix}TOKEN_FILE and {prefix}TOKEN_COMMAND are both set: keep one.")
    if file:
        return TokenSource(f"{prefix}TOKEN_FILE", file=Path(file))
    if not command:
        return None
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise SettingsError(f"{prefix}TOKEN_COMMAND: not a command ({error}).") from None
    return TokenSource(f"{prefix}TOKEN_COMMAND", command=words)


def _why(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"no answer in {TOKEN_SECONDS:.0f} s"
    return (error.strerror or "") if isinstance(error, OSError) else "not plain text"
