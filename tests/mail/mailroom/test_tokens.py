"""XOAUTH2 for reading and sending: a token from a file or a command, shown nowhere; and the fix where it is wanted."""

import base64
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from exports.mail import SettingsError, SmtpSettings
from exports.mail.account import Account
from orchestration.services.mailroom.mailbox import RefusedAccountError
from tests.mail.mailroom.conftest import ANS, Room, mail
from tests.mail.mailroom.dovecot import HOST, USER
from tests.mail.mailroom.dovecot import Server as Imap

if TYPE_CHECKING:
    from tests.mail.conftest import Server

TOKEN = "planted.token-0123456789_abcdef~+/=="  # noqa: S105
BOOK = ("CNS-13_ANS.xlsx", b"PK invented")


@dataclass
class Authority:
    """Who knows whether a token is good: a small introspection server."""

    url: str = ""
    active: bool = True
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    made = Authority()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given = self.headers.get("Authorization", "").removeprefix("Bearer ")
            made.asked.append(given)
            is_good = made.active and given == TOKEN
            said = json.dumps({"active": is_good, "username": USER if is_good else ""}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    listening = HTTPServer((HOST, 0), Handler)
    made.url = f"http://{HOST}:{listening.server_port}/introspect"
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield made
    listening.shutdown()
    listening.server_close()


@pytest.fixture(scope="module")
def exchange(start_dovecot: Callable[..., Imap], authority: Authority) -> Imap:
    """A server that takes tokens."""
    return start_dovecot(oauth=authority.url)


@pytest.fixture
def by_token(room: Room, exchange: Imap) -> Room:
    """An installation whose account goes by a token that a command prints."""
    exchange.empty()
    room.env |= exchange.env
    del room.env["JALON_IMAP_PASSWORD"]
    room.env["JALON_IMAP_TOKEN_COMMAND"] = f"{sys.executable} -c \"print('{TOKEN}')\""
    return room


def test_mail_is_read_by_a_token_that_a_command_prints(by_token: Room, exchange: Imap, authority: Authority) -> None:
    exchange.deliver(mail(ANS, BOOK))
    assert by_token.collect().files == 1
    assert authority.asked[-1] == TOKEN


def test_mail_is_read_by_a_token_of_a_file_read_anew_each_time(by_token: Room, exchange: Imap, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("expired.token\n")
    del by_token.env["JALON_IMAP_TOKEN_COMMAND"]
    by_token.env["JALON_IMAP_TOKEN_FILE"] = str(file)
    exchange.deliver(mail(ANS, BOOK))
    with pytest.raises(RefusedAccountError) as caught:
        by_token.collect()
    assert "expired.token" not in str(caught.value)
    file.write_text(f"{TOKEN}\n")
    assert by_token.collect().files == 1


def test_the_token_is_in_no_file_and_no_output(by_token: Room, exchange: Imap) -> None:
    exchange.deliver(mail(ANS, BOOK))
    assert by_token.run("collect").returncode == 0
    by_token.env["JALON_IMAP_TOKEN_COMMAND"] = f"{sys.executable} -c \"print('planted.wrong.token')\""
    refused = by_token.run("collect")
    assert refused.returncode == 1
    assert "Check JALON_IMAP_USER and its password or token" in refused.stderr
    said = (refused.stdout + refused.stderr).encode()
    kept = {path: path.read_bytes() for path in by_token.paths.home.rglob("*") if path.is_file()}
    for secret in (TOKEN, "planted.wrong.token"):
        for form in (secret, f"user={USER}\x01auth=Bearer {secret}\x01\x01"):
            for text in (form.encode(), base64.b64encode(form.encode())):
                assert text not in said
                assert not [path for path, content in kept.items() if text in content]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("/no/such/program", "does not run"),
        (f"{sys.executable} -c \"import sys; sys.exit('planted secret')\"", "ends with 1"),
        (f"{sys.executable} -c \"print('planted secret on two\\nlines')\"", "not an access token"),
        ("'unbalanced", "not a command"),
    ],
)
def test_a_command_that_gives_no_token_says_so_without_what_it_printed(by_token: Room, command: str, said: str) -> None:
    by_token.env["JALON_IMAP_TOKEN_COMMAND"] = command
    with pytest.raises(SettingsError, match=said) as caught:
        by_token.collect()
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize(
    "env",
    [
        {"USER": "u", "TOKEN_FILE": "f", "TOKEN_COMMAND": "c"},
        {"USER": "u", "PASSWORD": "p", "TOKEN_FILE": "f"},
        {"TOKEN_FILE": "f"},
        {"USER": "u"},
        {"USER": "é", "PASSWORD": "p"},
        {"USER": "u", "PASSWORD": "mot de passé"},
    ],
)
def test_an_account_is_a_user_and_one_proof(env: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="JALON_X_"):
        Account.from_environment({f"JALON_X_{name}": value for name, value in env.items()}, "JALON_X_")


# --- servers that take no password any more --------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["NO Basic authentication is disabled.", "NO [ALERT] BasicAuthBlocked"])
def test_a_server_that_takes_no_password_any_more_is_told_apart(room: Room, answer: str) -> None:
    import socket

    listener = socket.create_server((HOST, 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb", buffering=0) as stream:
            stream.write(b"* OK The Microsoft Exchange IMAP4 service is ready.\r\n")
            for line in iter(stream.readline, b""):
                tag, verb = line.split()[:2]
                if verb.upper() == b"CAPABILITY":
                    stream.write(b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n" + tag + b" OK done\r\n")
                elif verb.upper() == b"LOGIN":
                    stream.write(tag + b" " + answer.encode() + b"\r\n")
                else:
                    stream.write(b"* BYE\r\n" + tag + b" OK done\r\n")
                    return

    with closing(listener):
        threading.Thread(target=serve, daemon=True).start()
        room.env |= {"JALON_IMAP_PORT": str(listener.getsockname()[1])}
        with pytest.raises(RefusedAccountError, match="takes no password any more: set JALON_IMAP_TOKEN_COMMAND"):
            room.collect()


# --- sending ---------------------------------------------------------------------------------------------------------


class TakesTokens:
    """What aiosmtpd asks for XOAUTH2; a refusal is a challenge first, as Microsoft and Google answer."""

    token = TOKEN

    async def auth_XOAUTH2(self, server: Any, args: list[str]) -> Any:  # noqa: N802
        from aiosmtpd.smtp import AuthResult

        said = base64.b64decode(args[1]).decode()
        if said == f"user={USER}\x01auth=Bearer {self.token}\x01\x01":
            return AuthResult(success=True)
        await server.challenge_auth('{"status":"400","schemes":"Bearer"}')
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 {said!r} is wrong")


def test_mail_is_sent_by_a_token(start_server: "Callable[..., Server]", tmp_path: Path) -> None:
    from exports.mail import Fate, deliver, parse_address
    from tests.mail.conftest import Mailbox

    class Both(TakesTokens, Mailbox):
        pass

    taking = Both()
    server = start_server("starttls", mailbox=taking)
    file = tmp_path / "token"
    file.write_text(TOKEN)
    env = {**server.env, "JALON_SMTP_USER": USER, "JALON_SMTP_PASSWORD": "", "JALON_SMTP_TOKEN_FILE": str(file)}
    settings = SmtpSettings.from_environment(env)
    assert settings is not None
    recipient = parse_address("a@exemple.fr")
    done = deliver(settings, b"Subject: x\r\n\r\nx\r\n", recipient, before_the_end=lambda: None)
    assert done.fate is Fate.ACCEPTED, done.reason
    file.write_text("planted.wrong.token")
    refused = deliver(settings, b"Subject: x\r\n\r\nx\r\n", recipient, before_the_end=lambda: None)
    assert refused.fate is Fate.NOT_SENT
    assert "Vérifiez JALON_SMTP_USER et son mot de passe ou son jeton" in refused.reason
    assert "planted" not in refused.reason
    file.unlink()
    missing = deliver(settings, b"Subject: x\r\n\r\nx\r\n", recipient, before_the_end=lambda: None)
    assert (missing.fate, missing.is_for_all) == (Fate.NOT_SENT, True)
    assert "JALON_SMTP_TOKEN_FILE" in missing.reason
