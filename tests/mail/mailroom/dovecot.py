"""A real IMAP server on loopback: Dovecot as an unprivileged user, started and ended by the tests."""

import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

HOST = "127.0.0.1"
USER, PASSWORD = "jalon@dns.exemple", "planted-Imap/47%y"
DOVECOT = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
#: as our own settings are: how the connection is protected
PORTS_OF = {"implicit": "imaps", "starttls": "imap", "none": "imap"}
WITHOUT_MOVE = "IMAP4rev1 UIDPLUS NAMESPACE"
WITHOUT_UIDPLUS = "IMAP4rev1 NAMESPACE"


@dataclass
class Server:
    """A running Dovecot with one account."""

    folder: Path
    port: int
    tls: str
    certificate: Path | None = None
    more: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        """The variables that lead to it."""
        made = {
            "JALON_IMAP_HOST": HOST,
            "JALON_IMAP_PORT": str(self.port),
            "JALON_IMAP_TLS": self.tls,
            "JALON_IMAP_USER": USER,
            "JALON_IMAP_PASSWORD": PASSWORD,
        }
        if self.certificate is not None:
            made["JALON_IMAP_CA_FILE"] = str(self.certificate)
        return made | self.more

    @contextmanager
    def session(self) -> Iterator[imaplib.IMAP4]:
        """The tests' own connection."""
        if self.tls == "implicit":
            context = ssl.create_default_context(cafile=str(self.certificate))
            connection: imaplib.IMAP4 = imaplib.IMAP4_SSL(HOST, self.port, ssl_context=context)
        else:
            connection = imaplib.IMAP4(HOST, self.port)
            if self.tls == "starttls":
                connection.starttls(ssl.create_default_context(cafile=str(self.certificate)))
        connection.login(USER, PASSWORD)
        try:
            yield connection
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                connection.logout()

    def deliver(self, *mails: bytes, at: datetime | None = None, folder: str = "INBOX") -> None:
        """Put mails into a folder, as of a time."""
        moment = imaplib.Time2Internaldate(at.timestamp() if at else time.time())
        with self.session() as connection:
            for mail in mails:
                status, said = connection.append(folder, "", moment, mail)
                assert status == "OK", said

    def count(self, folder: str = "INBOX") -> int:
        """How many mails a folder holds; 0 where it is not there."""
        with self.session() as connection:
            status, said = connection.status(quoted(folder), "(MESSAGES)")
            return int(said[0].split(b"MESSAGES ")[1].rstrip(b")")) if status == "OK" else 0

    def mails(self, folder: str = "INBOX") -> list[bytes]:
        """The mails of a folder."""
        with self.session() as connection:
            if connection.select(quoted(folder), readonly=True)[0] != "OK":
                return []
            numbers = connection.search(None, "ALL")[1][0].split()
            return [connection.fetch(number, "(BODY.PEEK[])")[1][0][1] for number in numbers]

    def flags(self, folder: str = "INBOX") -> list[bytes]:
        """The flags of each mail of a folder."""
        with self.session() as connection:
            connection.select(quoted(folder), readonly=True)
            numbers = connection.search(None, "ALL")[1][0].split()
            return [imaplib.ParseFlags(connection.fetch(number, "(FLAGS)")[1][0]) for number in numbers]

    def empty(self) -> None:
        """Throw away every folder of ours and every mail."""
        with self.session() as connection:
            for folder in ("Traités", "À voir"):
                connection.delete(quoted(folder))
            if int(connection.select("INBOX")[1][0]):
                connection.store("1:*", "+FLAGS", r"(\Deleted)")
                connection.expunge()

    def renumber(self, folder: str) -> None:
        """Give a folder a new UIDVALIDITY with the same mails in it, as a restored mailbox has."""
        mails = self.mails(folder)
        with self.session() as connection:
            connection.delete(quoted(folder))
            time.sleep(1.1)  # UIDVALIDITY counts seconds
            connection.create(quoted(folder))
        self.deliver(*mails, folder=quoted(folder))


def free_port() -> int:
    """A port that nothing listens on."""
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def quoted(folder: str) -> str:
    """The few names that tests use, written out by hand rather than by the code that is tested."""
    known = {"Traités": "Trait&AOk-s", "À voir": "&AMA- voir", "INBOX": "INBOX", "Dépôts": "D&AOk-p&APQ-ts"}
    return f'"{known[folder]}"'


@contextmanager
def running(
    folder: Path,
    port: int,
    tls: str = "none",
    certificate: tuple[Path, Path] | None = None,
    *,
    capability: str = "",
    oauth: str = "",
) -> Iterator[Server]:
    """Start Dovecot in a folder; `capability` is what it says it can do, `oauth` the address that knows tokens."""
    assert DOVECOT is not None
    owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    for name in ("run", "state", "mail", "tls"):
        (folder / name).mkdir(parents=True)
        os.chown(folder / name, owner.pw_uid, owner.pw_gid)
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    if certificate is not None:
        for source, name in zip(certificate, ("cert.pem", "key.pem"), strict=True):
            shutil.copy(source, folder / "tls" / name)
            os.chown(folder / "tls" / name, owner.pw_uid, owner.pw_gid)
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}:{owner.pw_uid}:{owner.pw_gid}::{folder}/mail\n")
    (folder / "oauth.conf").write_text(
        f"introspection_url = {oauth}\nintrospection_mode = auth\nusername_attribute = username\n"
        "active_attribute = active\nactive_value = true\n"
    )
    configuration = folder / "dovecot.conf"
    configuration.write_text(_configuration(folder, owner, port, tls, capability=capability, has_oauth=bool(oauth)))
    as_nobody = ["setpriv", "--reuid", str(owner.pw_uid), "--regid", str(owner.pw_gid), "--clear-groups"]
    command = [*(as_nobody if os.geteuid() == 0 else []), DOVECOT, "-F", "-c", str(configuration)]
    with (folder / "errors").open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
    try:
        _wait_for(process, folder, port)
        yield Server(folder, port, tls, certificate[0] if certificate else None)
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(process: subprocess.Popen[bytes], folder: Path, port: int) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.05)
    log = folder / "log"
    said = (folder / "errors").read_text() + (log.read_text() if log.exists() else "")
    raise AssertionError(f"Dovecot does not start: {said}")


def _configuration(
    folder: Path, owner: pwd.struct_passwd, port: int, tls: str, *, capability: str, has_oauth: bool
) -> str:
    import grp

    used = PORTS_OF[tls]
    secured = f"ssl = yes\nssl_cert = <{folder}/tls/cert.pem\nssl_key = <{folder}/tls/key.pem\n"
    oauth = f"passdb {{\n driver = oauth2\n mechanisms = xoauth2\n args = {folder}/oauth.conf\n}}\n"
    return f"""
base_dir = {folder}/run
state_dir = {folder}/state
default_internal_user = {owner.pw_name}
default_internal_group = {grp.getgrgid(owner.pw_gid).gr_name}
default_login_user = {owner.pw_name}
first_valid_uid = 0
first_valid_gid = 0
protocols = imap
log_path = {folder}/log
{secured if tls != "none" else "ssl = no"}
disable_plaintext_auth = {"no" if tls == "none" else "yes"}
mail_location = maildir:{folder}/mail/Maildir
mail_fsync = never
auth_mechanisms = plain login{" xoauth2" if has_oauth else ""}
{f"imap_capability = {capability}" if capability else ""}
mail_max_userip_connections = 50
{oauth if has_oauth else ""}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = {HOST}
    port = {port if used == "imap" else 0}
  }}
  inet_listener imaps {{
    address = {HOST}
    port = {port if used == "imaps" else 0}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""
