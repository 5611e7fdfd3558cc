"""Handing one message to an SMTP server, knowing at each instant whether it may have been taken.

A server answers for a message once it has read the line with the single full stop that ends it, and throws away one
whose end it never saw (RFC 5321, 4.1.1.4). All that fails before that line was given is therefore certainly not
sent; all that is lost between that line and the answer is uncertain. The standard library's `sendmail` does not tell
the two apart, which is why its steps are taken one by one here.
"""

import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from exports.mail.account import Account, is_password_over, token_fix
from exports.mail.address import Address
from exports.mail.refusals import SettingsError
from exports.mail.settings import PREFIX, SmtpSettings, Tls, redact

END_OF_MESSAGE = b".\r\n"
_LINE_END = re.compile(rb"\r\n|\r|\n")
_LEADING_STOP = re.compile(rb"^\.", re.MULTILINE)


class Fate(StrEnum):
    """What became of a message."""

    ACCEPTED = "accepted"
    NOT_SENT = "not_sent"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The fate of one message, why, whether trying again later may help, and whether any other would fare the same."""

    fate: Fate
    reason: str = ""
    is_transient: bool = False
    is_for_all: bool = False


class _RefusedError(Exception):
    """The server, or the way to it, said no before the message had ended."""

    def __init__(self, reason: str, *, is_transient: bool, is_for_all: bool = False) -> None:
        super().__init__(reason)
        self.delivery = Delivery(Fate.NOT_SENT, reason, is_transient, is_for_all)


def deliver(
    settings: SmtpSettings, message: bytes, recipient: Address, *, before_the_end: Callable[[], None]
) -> Delivery:
    """Hand the message over. Nothing is raised for what a server or a network does; the delivery says it.

    `before_the_end` is called once everything but the last line was given: what it writes is there before the
    server can have accepted. An error it raises goes through, and the message is then not sent.
    """
    server = None
    try:
        settings = _with_token(settings)
        server = _connected(settings)
        _envelope(server, settings, recipient, len(message))
        _give(server, message)
        before_the_end()
        return _end(server, settings)
    except _RefusedError as refused:
        return refused.delivery
    finally:
        if server is not None:
            server.close()


def _with_token(settings: SmtpSettings) -> SmtpSettings:
    try:
        return settings.with_token()
    except SettingsError as error:
        raise _RefusedError(str(error), is_transient=True, is_for_all=True) from None


def _connected(settings: SmtpSettings) -> smtplib.SMTP:
    where = f"{settings.host}:{settings.port}"
    try:
        # its own name for greetings: asking the resolver for one may take a minute where there is none
        name = settings.sender.domain
        if settings.tls is Tls.IMPLICIT:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, name, timeout=settings.timeout, context=_context(settings)
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, name, timeout=settings.timeout)
    except ssl.SSLError as error:
        raise _refused_tls(where, error) from None
    except (OSError, smtplib.SMTPException) as error:
        message = f"{where}\u00a0: {_said(error, settings)}. Vérifiez JALON_SMTP_HOST, JALON_SMTP_PORT et le réseau."
        raise _RefusedError(message, is_transient=True, is_for_all=True) from None
    try:
        _protect(server, settings, where)
    except BaseException:
        server.close()
        raise
    return server


def _protect(server: smtplib.SMTP, settings: SmtpSettings, where: str) -> None:
    try:
        server.ehlo_or_helo_if_needed()
        if settings.tls is Tls.STARTTLS:
            server.starttls(context=_context(settings))
            server.ehlo_or_helo_if_needed()
        _prove(server, settings.account)
    except ssl.SSLError as error:
        raise _refused_tls(where, error) from None
    except smtplib.SMTPAuthenticationError as error:
        said = _said(error, settings)
        is_over = is_password_over(said, settings.host)
        fix = token_fix(PREFIX) if is_over else "Vérifiez JALON_SMTP_USER et son mot de passe ou son jeton."
        message = f"{where}\u00a0: compte refusé ({said}). {fix}"
        raise _RefusedError(message, is_transient=error.smtp_code < 500, is_for_all=True) from None
    except smtplib.SMTPNotSupportedError as error:
        message = f"{where}\u00a0: {_said(error, settings)}. Vérifiez JALON_SMTP_TLS et JALON_SMTP_USER."
        raise _RefusedError(message, is_transient=False, is_for_all=True) from None
    except (OSError, smtplib.SMTPException) as error:
        message = f"{where}\u00a0: {_said(error, settings)}. Recommencez plus tard."
        raise _RefusedError(message, is_transient=True, is_for_all=True) from None


def _prove(server: smtplib.SMTP, account: Account | None) -> None:
    if account is None:
        return
    if account.token is not None:
        # A refusal comes as a challenge first; the empty answer to it brings the server's last word.
        server.auth("XOAUTH2", lambda challenge=None: account.xoauth2 if challenge is None else "")
    elif account.password is not None:
        server.login(account.user, account.password)


def _envelope(server: smtplib.SMTP, settings: SmtpSettings, recipient: Address, size: int) -> None:
    """Sender, recipient, and the leave to give the message."""
    largest = server.esmtp_features.get("size", "")
    if largest.isdigit() and 0 < int(largest) < size:
        message = f"le serveur prend {largest} octets et le courriel en a {size}. "
        message += "Baissez JALON_MAIL_MAX_BYTES\u00a0: un lien part."
        raise _RefusedError(message, is_transient=False, is_for_all=True)
    try:
        _expect(server.mail(str(settings.sender)), (250,), settings, is_for_all=True)
        _expect(server.rcpt(str(recipient)), (250, 251), settings)
        _expect(server.docmd("DATA"), (354,), settings)
    except (OSError, smtplib.SMTPException) as error:
        message = f"connexion rompue ({_said(error, settings)}). Recommencez plus tard."
        raise _RefusedError(message, is_transient=True) from None


def _expect(
    answer: tuple[int, bytes], expected: tuple[int, ...], settings: SmtpSettings, *, is_for_all: bool = False
) -> None:
    code, text = answer
    if code in expected:
        return
    reason = f"le serveur répond {code} {redact(text.decode(errors='replace'), settings.secrets)}"
    fix = "Recommencez plus tard." if code < 500 else "Corrigez l’adresse, ou demandez à qui tient le serveur."
    raise _RefusedError(f"{reason}. {fix}", is_transient=code < 500, is_for_all=is_for_all)


def _give(server: smtplib.SMTP, message: bytes) -> None:
    """The whole message, its last line aside."""
    lines = _LEADING_STOP.sub(b"..", _LINE_END.sub(b"\r\n", message))
    try:
        server.send(lines if lines.endswith(b"\r\n") else lines + b"\r\n")
        has_hung_up = _has_hung_up(server)
    except (OSError, smtplib.SMTPException):
        has_hung_up = True
    if has_hung_up:
        message_text = "le serveur a raccroché avant la fin du message. Recommencez plus tard."
        raise _RefusedError(message_text, is_transient=True)


def _has_hung_up(server: smtplib.SMTP) -> bool:
    """Whether the server left, or spoke out of turn, while it was given the message: asked before it can accept."""
    if server.sock is None:
        return True
    timeout = server.sock.gettimeout()
    server.sock.settimeout(0)
    try:
        server.sock.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        server.sock.settimeout(timeout)
        return False
    return True


def _end(server: smtplib.SMTP, settings: SmtpSettings) -> Delivery:
    """The last line, and the server's answer for the message."""
    try:
        if server.sock is not None:
            server.sock.settimeout(settings.last_reply_timeout)
        server.send(END_OF_MESSAGE)
        code, text = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        return Delivery(Fate.UNCERTAIN, f"pas de réponse pour le message ({_said(error, settings)})", is_transient=True)
    if code == 250:
        with suppress(OSError, smtplib.SMTPException):
            server.send(b"QUIT\r\n")  # its answer is worth no waiting: the message is taken, and not noted yet
        return Delivery(Fate.ACCEPTED)
    reason = f"le serveur répond {code} {redact(text.decode(errors='replace'), settings.secrets)}"
    fix = "Recommencez plus tard." if code < 500 else "Demandez à qui tient le serveur ce qu’il refuse."
    return Delivery(Fate.NOT_SENT, f"{reason}. {fix}", is_transient=code < 500)


def _context(settings: SmtpSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)


def _refused_tls(where: str, error: ssl.SSLError) -> _RefusedError:
    message = (
        f"{where}\u00a0: pas de TLS de confiance ({redact(str(error))}). Vérifiez JALON_SMTP_HOST, JALON_SMTP_TLS et "
        "JALON_SMTP_CA_FILE."
    )
    return _RefusedError(message, is_transient=False, is_for_all=True)


def _said(error: Exception, settings: SmtpSettings) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        raw = error.smtp_error
        said = f"{error.smtp_code} {raw.decode(errors='replace') if isinstance(raw, bytes) else raw}"
    elif isinstance(error, TimeoutError):
        said = "il ne répond pas à temps"
    else:
        said = str(error) or type(error).__name__
    return redact(said, settings.secrets).rstrip(".")
