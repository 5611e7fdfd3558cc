"""Real servers on loopback: one that speaks SMTP well (aiosmtpd), one that misbehaves when told to, one for HTTP."""

import asyncio
import datetime as dt
import email
import email.policy
import hashlib
import ipaddress
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from click.testing import CliRunner

from orchestration.cli import main
from orchestration.services.runtime.paths import PROJECT, Paths

SESSION = "CNS-12"
HEADLINE = ["Sur 65 actions, inventé.", "En retard\u00a0: 3-1, inventé.", "Couverture, inventée."]
HOST = "127.0.0.1"
USER, PASSWORD = "jalon-robot", "planted-Secret/93%x"
VARIABLES = "JALON_SMTP_", "JALON_MAIL_", "JALON_NOTIFY_", "JALON_PUBLIC_URL", "JALON_UI_URL"


@pytest.fixture(autouse=True)
def _no_mail_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith(VARIABLES)]:
        monkeypatch.delenv(name)
    for name in ("JALON_HOME", "JALON_INBOX", "DAGSTER_HOME"):  # put back, whatever a command exports
        monkeypatch.setenv(name, os.environ.get(name, ""))
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", HOST)


# --- the deliverables ------------------------------------------------------------------------------------------------


def write_deliverables(
    folder: Path, contents: dict[str, bytes], *, state: str = "draft", version: int = 1, banner: str = ""
) -> None:
    """Files and the manifest that describes them, as a rendering leaves them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    manifest = {
        "session": SESSION,
        "held_on": "2024-12-17",
        "cut_off": "2024-12-17",
        "state": state,
        "version": version,
        "banner": banner,
        "headline": HEADLINE,
        "outputs": {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in contents.items()
        },
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))


CONTENTS = {
    f"{SESSION}_etat-avancement.docx": b"PK word \r\n.\r\n..dots\n" + bytes(range(256)) * 40,
    f"{SESSION}_tableau-de-bord.xlsx": b"PK excel " + b"\x00\xff" * 3000,
}


@dataclass
class Home:
    """An installation with deliverables in it, and the command run on it in a process of its own."""

    paths: Paths

    @property
    def deliverables(self) -> Path:
        """Where the session's files are."""
        return self.paths.deliverables(SESSION)

    def render(self, contents: dict[str, bytes] | None = None, **stage: Any) -> None:
        """Put deliverables there."""
        write_deliverables(self.deliverables, contents or CONTENTS, **stage)

    def command(self, *arguments: str) -> list[str]:
        """`jalon send` with --home."""
        base = [sys.executable, "-m", "orchestration", "send", "--session", SESSION]
        return [*base, "--home", str(self.paths.home), *arguments]

    def send(self, *arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Run it to its end, in this process and with these variables of ours alone."""
        command = self.command(*arguments)[3:]
        others = {name: None for name in os.environ if name.startswith("JALON_")}
        done = CliRunner().invoke(main, command, env={**others, **env})
        return subprocess.CompletedProcess(command, done.exit_code, done.stdout, done.stderr)

    def send_in_a_process(self, *arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """The same in a process of its own: what a thread or a kill needs."""
        return subprocess.run(
            self.command(*arguments), env=env, cwd=PROJECT, capture_output=True, text=True, check=False
        )

    def files(self) -> dict[str, bytes]:
        """All that the installation keeps, by name."""
        return {
            str(path.relative_to(self.paths.home)): path.read_bytes()
            for path in sorted(self.paths.home.rglob("*"))
            if path.is_file()
        }

    def audit(self) -> list[dict[str, Any]]:
        """The lines of the trail."""
        file = self.paths.home / "audit" / "audit.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(Paths(home=tmp_path / "home", inbox=tmp_path / "inbox"))
    made.render()
    return made


# --- a server that behaves -------------------------------------------------------------------------------------------


@dataclass
class Mailbox:
    """What the server took, and what it is to do."""

    refused: dict[str, str] = field(default_factory=dict)
    answer: str = "250 OK"
    delay: float = 0.0
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    on_data: Callable[[], None] = lambda: None
    logins: list[tuple[str, str]] = field(default_factory=list)
    was_encrypted: list[bool] = field(default_factory=list)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            self.taken.extend((address, envelope.content) for address in envelope.rcpt_tos)
        self.was_encrypted.append(session.ssl is not None)
        self.on_data()
        if self.delay:
            await asyncio.sleep(self.delay)
        return self.answer

    def login(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        user, password = data.login.decode(), data.password.decode()
        self.logins.append((user, password))
        if (user, password) == (USER, PASSWORD):
            return AuthResult(success=True)
        # A server that repeats in clear what it was given: nothing of it may be printed.
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 no account {user} with {password}")

    def messages(self, recipient: str) -> list[EmailMessage]:
        """What one recipient got."""
        return [
            email.message_from_bytes(content, policy=email.policy.default)
            for address, content in self.taken
            if address == recipient
        ]


@dataclass
class Server:
    """A running server and the environment that leads to it."""

    mailbox: Mailbox
    env: dict[str, str]


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for loopback and its key; it is its own authority."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


def environment(port: int, **more: str) -> dict[str, str]:
    """The environment of a command that sends by a server on this port."""
    import os

    kept = {name: value for name, value in os.environ.items() if not name.startswith(VARIABLES)}
    base = {"JALON_SMTP_HOST": HOST, "JALON_SMTP_PORT": str(port), "JALON_SMTP_FROM": "jalon@exemple.fr"}
    return {**kept, **base, **more}


@pytest.fixture
def start_server(certificate: tuple[Path, Path]) -> Iterator[Callable[..., Server]]:
    """Start a server: `tls` is starttls, implicit or none; an account is asked for unless it is none."""
    with ExitStack() as running:

        def start(tls: str = "starttls", mailbox: Mailbox | None = None, **options: Any) -> Server:
            mailbox, port = mailbox or Mailbox(), free_port()
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(*certificate)
            if tls != "none":
                options |= {"auth_required": True, "authenticator": mailbox.login}
            if tls == "starttls":
                options |= {"tls_context": context, "require_starttls": True}
            if tls == "implicit":
                options |= {"ssl_context": context, "auth_require_tls": False}
            controller = Controller(mailbox, hostname=HOST, port=port, **options)
            controller.start()
            running.callback(controller.stop)
            env = environment(port, JALON_SMTP_TLS=tls)
            if tls != "none":
                account = {"JALON_SMTP_USER": USER, "JALON_SMTP_PASSWORD": PASSWORD}
                env |= {**account, "JALON_SMTP_CA_FILE": str(certificate[0])}
            return Server(mailbox, env)

        yield start


@pytest.fixture
def server(start_server: Callable[..., Server]) -> Server:
    """A plain relay on loopback: what most tests need."""
    return start_server("none")


# --- a server that does not ------------------------------------------------------------------------------------------


class RudeServer:
    """Speaks SMTP up to a point, then does what `misbehaves` says with the connection."""

    def __init__(self, misbehaves: str) -> None:
        self.misbehaves = misbehaves
        self.whole_messages = 0
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self.released = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def env(self) -> dict[str, str]:
        """The environment that leads here."""
        return environment(self.port, JALON_SMTP_TLS="none")

    def close(self) -> None:
        """Take no more connections."""
        self.released.set()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb", buffering=0) as stream:
                try:
                    self._talk(connection, stream)
                except OSError:
                    continue

    def _talk(self, connection: socket.socket, stream: Any) -> None:
        if self.misbehaves == "silent":
            self.released.wait(30)
            return
        stream.write(b"220 rude\r\n")
        for line in iter(stream.readline, b""):
            verb = line[:4].upper()
            if verb == b"DATA":
                stream.write(b"354 go on\r\n")
                self._data(connection, stream)
                return
            if verb == b"EHLO":
                stream.write(b"250-rude\r\n250 SIZE 1000\r\n" if self.misbehaves == "small" else b"250 rude\r\n")
            else:
                stream.write(b"250 OK\r\n")

    def _data(self, connection: socket.socket, stream: Any) -> None:
        if self.misbehaves == "drops in mid-data":
            connection.recv(100)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
            return
        for line in iter(stream.readline, b""):
            if line == b".\r\n":
                self.whole_messages += 1
                break
        if self.misbehaves == "never answers":
            self.released.wait(30)
        # « drops after the end »: no answer, the connection is closed


@pytest.fixture
def rude() -> Iterator[Callable[[str], RudeServer]]:
    with ExitStack() as running:

        def start(misbehaves: str) -> RudeServer:
            made = RudeServer(misbehaves)
            running.callback(made.close)
            return made

        yield start


# --- a webhook -------------------------------------------------------------------------------------------------------


@dataclass
class Hook:
    """A webhook: what was posted, and the status it answers."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    posted: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.posted.append(json.loads(body))
            self.send_response(made.status)
            for name, value in made.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    listening = HTTPServer((HOST, 0), Handler)
    made.url = f"http://{HOST}:{listening.server_port}/hook/planted-token-77"
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield made
    listening.shutdown()
    listening.server_close()
    thread.join()
