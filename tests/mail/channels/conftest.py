"""Remote folders on real servers on loopback: WsgiDAV over TLS, OpenSSH's sftp in a chroot, moto's S3."""

import io
import os
import shutil
import subprocess
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.services.channels.answering import Placed, place_answers
from orchestration.services.channels.pulling import Pulled, pull
from orchestration.services.runtime.paths import Paths
from tests.mail.mailroom.conftest import NOW, Room, environment
from tests.mail.mailroom.dovecot import free_port

PASSWORD = "planted-Remote/71%y"  # noqa: S105 - invented
# one of this process: two suites may run on one machine
ACCOUNT = f"jt{os.getpid()}-"
SLUGS = {"ANS": "ans", "CNAM": "cnam"}
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/bin:/sbin")


class Folder:
    """A partner's remote folder as its partner has it: a folder on the server's disk."""

    def __init__(self, root: Path, url: str, env: dict[str, str]) -> None:
        self.root, self.url, self.env = root, url, env

    def put(self, name: str, content: bytes, at: datetime | None = None) -> None:
        """What the partner uploads."""
        path = self.root / name
        path.write_bytes(content)
        if at is not None:
            os.utime(path, (at.timestamp(), at.timestamp()))

    def put_large(self, name: str, size: int) -> None:
        """A file of that size, which nobody should read."""
        with (self.root / name).open("wb") as handle:
            handle.truncate(size)

    def files(self) -> dict[str, bytes]:
        """All that lies there, answers included, by name."""
        return {str(path.relative_to(self.root)): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}

    def answers(self) -> dict[str, bytes]:
        """What lies in `reponses/`."""
        return {name.partition("/")[2]: item for name, item in self.files().items() if name.startswith("reponses/")}


class Bucket(Folder):
    """The same in an object store."""

    def __init__(self, url: str, env: dict[str, str], client: Any, prefix: str) -> None:
        super().__init__(Path(), url, env)
        self.client, self.prefix = client, prefix

    def put(self, name: str, content: bytes, at: datetime | None = None) -> None:
        self.client.put_object(Bucket="depots", Key=f"{self.prefix}/{name}", Body=content)

    def put_large(self, name: str, size: int) -> None:
        self.put(name, bytes(size))

    def files(self) -> dict[str, bytes]:
        found = self.client.list_objects_v2(Bucket="depots", Prefix=f"{self.prefix}/").get("Contents", [])
        return {
            item["Key"].removeprefix(f"{self.prefix}/"): self.client.get_object(Bucket="depots", Key=item["Key"])[
                "Body"
            ].read()
            for item in found
        }


@contextmanager
def _dav(certificate: tuple[Path, Path]) -> Iterator[tuple[Callable[[str], Folder], dict[str, str]]]:
    from cheroot.ssl.builtin import BuiltinSSLAdapter
    from cheroot.wsgi import Server
    from wsgidav.wsgidav_app import WsgiDAVApp

    with tempfile.TemporaryDirectory(prefix="dav-") as root:
        for slug in SLUGS.values():
            (Path(root) / slug).mkdir()
        config = {
            "provider_mapping": {f"/{slug}": str(Path(root) / slug) for slug in SLUGS.values()},
            "simple_dc": {"user_mapping": {f"/{slug}": {slug: {"password": PASSWORD}} for slug in SLUGS.values()}},
            "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
            "verbose": 0,
            "logging": {"enable": False},
        }
        server = Server(("127.0.0.1", 0), WsgiDAVApp(config))
        server.ssl_adapter = BuiltinSSLAdapter(*map(str, certificate))
        server.prepare()
        threading.Thread(target=server.serve, daemon=True).start()
        port = server.bind_addr[1]
        env = {"JALON_REMOTE_CA_FILE": str(certificate[0])}
        try:
            yield (
                lambda slug: Folder(Path(root) / slug, f"webdavs://127.0.0.1:{port}/{slug}", env),
                env,
            )
        finally:
            server.stop()


@contextmanager
def _sftp() -> Iterator[tuple[Callable[[str], Folder], str]]:
    """OpenSSH as root, each account in a chroot of its own under /srv: every folder above has to be root's."""
    if SSHD is None or os.geteuid() != 0:
        pytest.skip("OpenSSH's server and root are needed (Debian: openssh-server)")
    with ExitStack() as stack:
        root = Path(tempfile.mkdtemp(prefix="jalon-sftp-", dir="/srv"))
        stack.callback(shutil.rmtree, root, ignore_errors=True)
        root.chmod(0o755)
        hashed = subprocess.run(
            ["openssl", "passwd", "-6", PASSWORD], check=True, capture_output=True, text=True
        ).stdout.strip()
        for slug in SLUGS.values():
            user = f"{ACCOUNT}{slug}"
            home = root / user
            (home / "depot").mkdir(parents=True)
            delete = ["userdel", "--force", user]  # a session may end later than its server
            stack.callback(subprocess.run, delete, check=False, capture_output=True)
            add = ["useradd", "--home-dir", str(home), "--no-create-home", "--password", hashed]
            subprocess.run([*add, "--shell", "/usr/sbin/nologin", user], check=True, capture_output=True)
            shutil.chown(home / "depot", user, user)
        key, port = root / "host_key", free_port()
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        lines = [
            f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {key}", f"PidFile {root}/pid", "UsePAM no",
            "Subsystem sftp internal-sftp", "ForceCommand internal-sftp", f"ChrootDirectory {root}/%u",
            "AllowTcpForwarding no", "LogLevel ERROR", "MaxStartups 100",
        ]  # fmt: skip
        config = root / "sshd_config"
        config.write_text("\n".join(lines) + "\n")
        Path("/run/sshd").mkdir(exist_ok=True)
        process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stderr=subprocess.DEVNULL)
        stack.callback(lambda: (process.terminate(), process.wait()))
        kind, public, *_ = (root / "host_key.pub").read_text().split()
        known = f"[127.0.0.1]:{port} {kind} {public}\n"
        _listening(port)
        yield (
            lambda slug: Folder(root / f"{ACCOUNT}{slug}" / "depot", f"sftp://127.0.0.1:{port}/depot", {}),
            known,
        )


@contextmanager
def _s3() -> Iterator[Callable[[str], Folder]]:
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    url = f"http://127.0.0.1:{port}"
    client = boto3.client(
        "s3", endpoint_url=url, aws_access_key_id="a", aws_secret_access_key=PASSWORD, region_name="us-east-1"
    )
    client.create_bucket(Bucket="depots")
    try:
        yield lambda slug: Bucket(f"s3://depots/{slug}?endpoint={url}&region=us-east-1", {}, client, slug)
    finally:
        server.stop()


def _listening(port: int) -> None:
    import socket

    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(port)


@dataclass
class Servers:
    """The servers that were started, one of a kind."""

    start: Callable[[str], Any]


@pytest.fixture(scope="session")
def servers(certificate: tuple[Path, Path]) -> Iterator[Servers]:
    with ExitStack() as stack:
        started: dict[str, Any] = {}

        def start(kind: str) -> Any:
            if kind not in started:
                opened = {"webdavs": lambda: _dav(certificate), "sftp": _sftp, "s3": _s3}[kind]()
                started[kind] = stack.enter_context(opened)
            return started[kind]

        yield Servers(start)


@dataclass
class Line:
    """An installation with remote folders."""

    room: Room
    remotes: dict[str, Folder]

    def pull(self, wait: Callable[[float], None] = lambda _: None) -> Pulled:
        """One round; `wait` is what happens between the two looks."""
        return pull(self.room.paths, lambda: self.room.now, self.room.told.append, environment=self.room.env, wait=wait)

    def place(self) -> Placed:
        """Put what is owed into `reponses/`."""
        return place_answers(self.room.paths, self.room.told.append, environment=self.room.env)

    def channels(self, *rows: str) -> None:
        """Write channels.csv."""
        (self.room.paths.home / "channels.csv").write_text("\n".join(["partner,url,credentials", *rows]) + "\n")


def _line(tmp_path: Path, servers: Servers, kind: str) -> Line:
    started = servers.start(kind)
    folder_of = started[0] if isinstance(started, tuple) else started
    remotes = {partner: folder_of(slug) for partner, slug in SLUGS.items()}
    users = {"webdavs": "{}", "sftp": f"{ACCOUNT}{{}}", "s3": "{}"}[kind]
    env = {f"REMOTE_{partner}": f"{users.format(slug)}:{PASSWORD}" for partner, slug in SLUGS.items()}
    room = Room(
        Paths(tmp_path / "home", tmp_path / "inbox"),
        environment(env, *(folder.env for folder in remotes.values())),
        [],
        NOW,
    )
    room.paths.inbox.mkdir()
    room.paths.home.mkdir()
    if kind == "sftp":
        (room.paths.home / "known_hosts").write_text(started[1])
    line = Line(room, remotes)
    line.channels(*(f"{partner},{folder.url},REMOTE_{partner}" for partner, folder in remotes.items()))
    return line


@pytest.fixture(params=["webdavs", "sftp", "s3"])
def line(request: pytest.FixtureRequest, tmp_path: Path, servers: Servers) -> Iterator[Line]:
    """An installation with two partners' folders, of each kind."""
    made = _line(tmp_path, servers, request.param)
    yield made
    _emptied(made)


@pytest.fixture
def dav(tmp_path: Path, servers: Servers) -> Iterator[Line]:
    """The same over WebDAV alone, for what is stated about every kind by one code."""
    made = _line(tmp_path, servers, "webdavs")
    yield made
    _emptied(made)


def _emptied(line: Line) -> None:
    for folder in line.remotes.values():
        if isinstance(folder, Bucket):
            for name in folder.files():
                folder.client.delete_object(Bucket="depots", Key=f"{folder.prefix}/{name}")
            continue
        for path in folder.root.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def archive(text: str, size: int = 0) -> bytes:
    """An archive that is whole."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr(zipfile.ZipInfo("a.txt"), text + "x" * size)
    return stream.getvalue()
