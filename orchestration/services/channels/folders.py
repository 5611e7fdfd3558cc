"""A remote folder over WebDAV, SFTP or S3: what lies in it, one file's bytes, and an answer put beside.

SFTP and S3 go through fsspec. WebDAV is asked here: its client raises on a name with `#`, `?` or `%`, even when such a
file merely lies there. Libraries are the extra `jalon[remote]`, and imported once a folder of theirs is opened.
"""

import posixpath
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, unquote, urlsplit
from xml.etree.ElementTree import ParseError

from orchestration.services.channels.register import Channel, ChannelsError
from sources.files.machine_errors import is_of_the_machine
from sources.landing.drops import ANSWERS_FOLDER

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 30.0
CONNECT_SECONDS = 15.0
CA_FILE = "JALON_REMOTE_CA_FILE"
KNOWN_HOSTS = "known_hosts"
#: before the path of a private key, in place of a password
KEY_PREFIX = "file:"
_DAV = "{DAV:}"
_ASKED = (
    '<?xml version="1.0"?><propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getetag/><getlastmodified/>'
    "</prop></propfind>"
)


@dataclass(frozen=True)
class RemoteFile:
    """One file of a remote folder; `mark` changes when its content does."""

    name: str
    size: int
    mark: str
    modified_at: datetime | None


class Folder(Protocol):
    """What is done with a remote folder; nothing of it is ever deleted."""

    def files(self) -> list[RemoteFile]:
        """The files in it, those of folders within left out."""

    def read(self, name: str, most: int) -> bytes:
        """A file's first bytes, `most` of them."""

    def answer(self, name: str, content: bytes) -> None:
        """Put an answer into `reponses/`."""


@contextmanager
def open_folder(channel: Channel, home: Path, environment: Mapping[str, str]) -> Iterator[Folder]:
    """The remote folder. ChannelsError in one line, without the account, when it cannot be reached or used."""
    opened = {"webdavs": _webdav, "webdav": _webdav, "sftp": _sftp, "s3": _s3}[channel.url.scheme]
    try:
        with opened(channel, home, environment) as folder:
            yield folder
    except ChannelsError:
        raise
    except ImportError as error:
        message = f"{channel}: {error.name} is not installed; `pip install jalon[remote]` brings it."
        raise ChannelsError(message) from error
    except OSError as error:
        if is_of_the_machine(error):
            raise
        raise ChannelsError(error_line(channel, error)) from error
    except Exception as error:  # whatever the libraries raise, of their own bases
        raise ChannelsError(error_line(channel, error)) from error


def error_line(channel: Channel, error: BaseException, name: str = "") -> str:
    """What a library raised, in one line and without the account."""
    reason = str(error).partition("\n")[0] or type(error).__name__
    reason = reason.replace(channel.account.secret, "…")
    return f"{channel}{name and f', {name}'}: out of reach, or refused ({reason[:200]})."


# --- WebDAV ----------------------------------------------------------------------------------------------------------


@contextmanager
def _webdav(channel: Channel, home: Path, environment: Mapping[str, str]) -> Iterator[Folder]:
    import httpx

    account, url = channel.account, channel.url
    context = ssl.create_default_context(cafile=environment.get(CA_FILE) or None)
    base = f"{url.scheme.replace('webdav', 'http')}://{url.netloc}{quote(unquote(url.path)).rstrip('/')}/"
    timeout = httpx.Timeout(TIMEOUT_SECONDS, connect=CONNECT_SECONDS)
    with httpx.Client(auth=(account.user, account.secret), verify=context, timeout=timeout) as client:
        yield _WebdavFolder(client, base)


@dataclass(frozen=True)
class _WebdavFolder:
    client: "httpx.Client"
    base: str

    def files(self) -> list[RemoteFile]:
        from lxml import etree

        answer = self.client.request("PROPFIND", self.base, headers={"Depth": "1"}, content=_ASKED)
        answer.raise_for_status()
        try:
            tree = etree.fromstring(answer.content, etree.XMLParser(resolve_entities=False, no_network=True))
        except (etree.XMLSyntaxError, ParseError) as error:
            raise OSError(f"no list of a folder: {error}") from error
        return [file for item in tree.iter(f"{_DAV}response") if (file := self._file(item)) is not None]

    def _file(self, item: Any) -> RemoteFile | None:
        if item.find(f".//{_DAV}collection") is not None:
            return None
        path = unquote(urlsplit(item.findtext(f"{_DAV}href") or "").path)
        size = int(item.findtext(f".//{_DAV}getcontentlength") or 0)
        modified = item.findtext(f".//{_DAV}getlastmodified") or ""
        modified_at = None
        with suppress(ValueError):
            modified_at = parsedate_to_datetime(modified)
        etag = item.findtext(f".//{_DAV}getetag") or modified
        return RemoteFile(posixpath.basename(path), size, f"{size} {etag}", modified_at)

    def read(self, name: str, most: int) -> bytes:
        with self.client.stream("GET", self._url(name), headers={"Accept-Encoding": "identity"}) as answer:
            if answer.status_code == 404:
                raise FileNotFoundError(name)
            answer.raise_for_status()
            return _first(answer.iter_bytes(), most)

    def answer(self, name: str, content: bytes) -> None:
        made = self.client.request("MKCOL", self._url(ANSWERS_FOLDER) + "/")
        if made.status_code != 405:  # it is there
            made.raise_for_status()
        self.client.put(f"{self._url(ANSWERS_FOLDER)}/{quote(name, safe='')}", content=content).raise_for_status()

    def _url(self, name: str) -> str:
        return f"{self.base}{quote(name, safe='')}"


def _first(chunks: Iterator[bytes], most: int) -> bytes:
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) >= most:
            break
    return bytes(content[:most])


# --- SFTP and S3, through fsspec -------------------------------------------------------------------------------------


@contextmanager
def _sftp(channel: Channel, home: Path, environment: Mapping[str, str]) -> Iterator[Folder]:
    from sshfs import SSHFileSystem

    known, account = home / KNOWN_HOSTS, channel.account
    if not known.is_file():
        message = (
            f"{channel}: {known} is not there, so that nobody knows whether the server is the right one. Make it with "
            f"`ssh-keyscan {channel.url.hostname}`, once its key was compared with the one the partner gave."
        )
        raise ChannelsError(message)
    is_key = account.secret.startswith(KEY_PREFIX)
    system = SSHFileSystem(
        channel.url.hostname,
        port=channel.url.port or 22,
        username=account.user,
        password=None if is_key else account.secret,
        client_keys=[account.secret.removeprefix(KEY_PREFIX)] if is_key else None,
        known_hosts=str(known),
        config=None,
        agent_path=None,
        connect_timeout=CONNECT_SECONDS,
        login_timeout=CONNECT_SECONDS,
        keepalive_interval=CONNECT_SECONDS,
        skip_instance_cache=True,
    )
    yield _FsspecFolder(system, unquote(channel.url.path), lambda item: item["mtime"], lambda item: str(item["mtime"]))


@contextmanager
def _s3(channel: Channel, home: Path, environment: Mapping[str, str]) -> Iterator[Folder]:
    from s3fs import S3FileSystem

    account = channel.account
    system = S3FileSystem(
        key=account.user,
        secret=account.secret,
        endpoint_url=channel.option("endpoint") or None,
        client_kwargs={
            "region_name": channel.option("region") or None,
            "verify": environment.get(CA_FILE) or None,
        },
        config_kwargs={
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": TIMEOUT_SECONDS,
            "retries": {"total_max_attempts": 2},
        },
        use_listings_cache=False,
        skip_instance_cache=True,
    )
    path = f"{channel.url.hostname}{unquote(channel.url.path)}"
    yield _FsspecFolder(system, path, lambda item: item.get("LastModified"), lambda item: str(item.get("ETag")))


@dataclass(frozen=True)
class _FsspecFolder:
    """A folder of an fsspec file system; when a file was changed and what marks its content differ by system."""

    system: Any
    path: str
    modified_at: Callable[[Mapping[str, Any]], datetime | None]
    mark: Callable[[Mapping[str, Any]], str]

    def files(self) -> list[RemoteFile]:
        found: Sequence[Mapping[str, Any]]
        try:
            found = self.system.ls(self.path, detail=True)
        except FileNotFoundError:
            if "s3" not in self.system.protocol:
                raise
            found = []  # a folder of S3 is there once a file is
        return [self._file(item) for item in found if item["type"] == "file" and not item["name"].endswith("/")]

    def _file(self, item: Mapping[str, Any]) -> RemoteFile:
        at = self.modified_at(item)
        size = int(item["size"] or 0)
        name = posixpath.basename(item["name"])
        return RemoteFile(name, size, f"{size} {self.mark(item)}", at.astimezone(UTC) if at else None)

    def read(self, name: str, most: int) -> bytes:
        with self.system.open(posixpath.join(self.path, name), "rb") as handle:
            content: bytes = handle.read(most)
        return content

    def answer(self, name: str, content: bytes) -> None:
        folder = posixpath.join(self.path, ANSWERS_FOLDER)
        self.system.makedirs(folder, exist_ok=True)
        self.system.pipe_file(posixpath.join(folder, name), content)
