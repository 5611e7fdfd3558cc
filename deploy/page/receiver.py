"""The page by which a partner gets its workbook, sends it back and reads the answers (docs/adr: « A small receiver »).

    uvicorn --app-dir deploy/page receiver:application --uds /run/jalon-page/page.sock

nginx asks for the account and says it in `X-Remote-User`: `ANS`, or `ANS.prenom` for several people of one partner.
All that a partner sees or writes is in `partners/<PARTNER>/` of the drop folder: nothing else of Jalon is read. A file
goes to the disk as it comes, under a name that the drop folder passes over, and takes a free name once it is whole.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, select_autoescape
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from sources.french.typography import counted, day_in_paris, in_paris, spaced
from sources.french.typography import date as day_text
from sources.landing.arrivals import name_it
from sources.landing.drops import ANSWERS_FOLDER, PARTNERS_FOLDER

HERE = Path(__file__).parent
LARGEST_MB = 50
LARGEST_FILE = LARGEST_MB * 1024 * 1024
LOG = ".depot.jsonl"
ASIDE = ".depot-{}.part"
FILE_MODE = 0o640
SHOWN = 20
_FOLDER = re.compile(r"[A-Za-z0-9-]{1,60}")
_RECEIPT = re.compile(r"_(?:accuse|deja-recu|relu-\d+)_[0-9a-f]{8}\.xlsx$")
_ITEMS = {"Avancement": "action", "Jalons": "jalon", "Indicateurs": "indicateur"}
_SAID = {
    403: "Ce compte n’a pas de dossier de dépôt : écrivez à l’équipe qui suit la feuille de route.",
    404: "Ce fichier n’est pas, ou n’est plus, dans vos réponses.",
}
_PAGES = Environment(loader=FileSystemLoader(HERE), autoescape=select_autoescape())
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
}


@dataclass(frozen=True)
class Partner:
    """Who is signed in: the partner's folder, and the account."""

    folder: Path
    account: str

    @property
    def answers(self) -> Path:
        """Where Jalon writes to it."""
        return self.folder / ANSWERS_FOLDER


class Refused(Exception):  # noqa: N818 - a refusal is no error of the program
    """A file that is not taken: the answer's status, and why, in French."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, spaced(reason)


def partner_of(request: Request) -> Partner:
    """The partner of the account that nginx names; 403 where it has no folder."""
    account = request.headers.get("x-remote-user", "")
    name = account.partition(".")[0]
    folder = Path(os.environ.get("JALON_INBOX", "/srv/jalon/inbox")) / PARTNERS_FOLDER / name
    if not _FOLDER.fullmatch(name) or folder.is_symlink() or not folder.is_dir():
        raise HTTPException(403)
    return Partner(folder, account)


# --- the page --------------------------------------------------------------------------------------------------------


async def show(request: Request) -> Response:
    """The page, with what was just sent where a file was."""
    return _page(partner_of(request), sent=request.query_params.get("depot", ""))


def _page(partner: Partner, *, sent: str = "", error: str = "", status: int = 200) -> Response:
    receipts = sorted(_receipts(partner), key=lambda item: str(item["received_at"]), reverse=True)
    known = {item["sha256"] for item in receipts}
    last = next((item for item in receipts if item.get("waiting") is not None), None)
    content = _PAGES.get_template("page.html").render(
        partner=partner.folder.name,
        sent=spaced(f"« {sent} » est déposé. La réponse paraîtra sur cette page dans quelques minutes.")
        if sent
        else "",
        error=error,
        limit=LARGEST_MB,
        workbooks=[path.name for path in _files(partner.answers, ".xlsx") if not _RECEIPT.search(path.name)],
        waiting=[line["name"] for line in _log(partner) if line["sha256"] not in known],
        receipts=[_told(item) for item in receipts[:SHOWN]],
        missing=_missing(last) if last else None,
        due_on=day_text(date.fromisoformat(last["due_on"])) if last and last.get("due_on") else "",
        link=lambda name: f"/reponses/{quote(name, safe='')}",
    )
    return Response(content, status, _HEADERS, "text/html")


def _files(folder: Path, ending: str) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ending and not path.is_symlink())
    except OSError:
        return []


def _receipts(partner: Partner) -> Iterator[dict[str, Any]]:
    for path in _files(partner.answers, ".json"):
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            yield {
                "received_at": told["received_at"],
                "sha256": told["sha256"],
                **told,
                "workbook": f"{path.stem}.xlsx",
            }
        except (OSError, ValueError, KeyError, TypeError):  # half written: there at the next look
            continue


def _log(partner: Partner) -> list[dict[str, str]]:
    try:
        return [json.loads(line) for line in (partner.folder / LOG).read_text(encoding="utf-8").splitlines()[-SHOWN:]]
    except (OSError, ValueError):
        return []


def _told(item: dict[str, Any]) -> dict[str, str]:
    moment = in_paris(datetime.fromisoformat(item["received_at"]))
    when = f"{day_text(day_in_paris(moment))} à {moment:%H} h {moment:%M}"
    return {
        "file": str(item.get("file", "")),
        "when": spaced(when),
        "headline": str(item.get("headline", "")),
        "workbook": item["workbook"],
    }


def _missing(item: dict[str, Any]) -> list[str]:
    return [
        spaced(f"{counted(len(codes), _ITEMS.get(sheet, sheet))} : {', '.join(map(str, codes))}")
        for sheet, codes in item["waiting"].items()
        if codes
    ]


async def answer(request: Request) -> Response:
    """One file of the partner's `reponses/`."""
    path = partner_of(request).answers / Path(request.path_params["name"]).name
    if path.is_symlink() or not path.is_file():
        raise HTTPException(404)
    return FileResponse(path, filename=path.name, headers={"X-Content-Type-Options": "nosniff"})


async def style(_request: Request) -> Response:
    """The page's look."""
    return FileResponse(HERE / "page.css", media_type="text/css")


# --- what is sent ----------------------------------------------------------------------------------------------------


@dataclass
class Upload:
    """One file of a form on its way to the disk. What is too large is read to its end, and not written."""

    folder: Path
    name: str = ""
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    aside: Path | None = None
    _handle: BinaryIO | None = None
    _header: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _is_file: bool = False

    def parser(self, content_type: str) -> MultipartParser:
        """What calls this back for each part of the form."""
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or b"boundary" not in options:
            raise Refused(400, "Ce formulaire n’est pas celui de cette page : rechargez-la.")
        callbacks: Any = {
            "on_part_begin": self._part_begins,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header_ends,
            "on_part_data": self._data,
        }
        return MultipartParser(options[b"boundary"], callbacks)

    def _part_begins(self) -> None:
        self._is_file = False

    def _header_ends(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value.decode("latin-1"))
            name = options.get(b"filename", b"").decode("utf-8", "replace")
            if name and self.aside is None:
                self.name, self._is_file = name.replace("\\", "/").rpartition("/")[2], True
                self.aside = self.folder / ASIDE.format(uuid4().hex)
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
                self._handle = os.fdopen(os.open(self.aside, flags, FILE_MODE), "wb")
        self._header.clear()
        self._value.clear()

    def _data(self, data: bytes, start: int, end: int) -> None:
        if not self._is_file or self._handle is None:
            return
        self.size += end - start
        if self.size <= LARGEST_FILE:
            self._handle.write(data[start:end])
            self.digest.update(data[start:end])
        else:
            self._handle.truncate(0)

    def end(self) -> Path:
        """Give the file a free name; its path. Refused where there is none, or it is too large."""
        if self._handle is None or self.aside is None:
            raise Refused(400, "Choisissez d’abord un fichier, puis déposez-le.")
        if self.size > LARGEST_FILE:
            size = f"{self.size / 1_048_576:.0f} Mo, pour {LARGEST_MB} Mo au plus"
            raise Refused(
                413, f"« {self.name} » n’a pas été pris : il pèse {size}. Ne gardez que les feuilles du modèle."
            )
        self._handle.flush()
        os.fsync(self._handle.fileno())
        return name_it(self.aside, self.folder, self.name, self.digest.hexdigest())

    def close(self) -> None:
        """Leave nothing beside."""
        if self._handle is not None:
            self._handle.close()
        if self.aside is not None:
            self.aside.unlink(missing_ok=True)


async def take(request: Request) -> Response:
    """Put the file of the form into the partner's folder."""
    try:
        partner = partner_of(request)
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise HTTPException(403)
    except HTTPException:
        await _read_to_its_end(request)
        raise
    upload = Upload(partner.folder)
    try:
        parser = upload.parser(request.headers.get("content-type", ""))
        async for chunk in request.stream():
            parser.write(chunk)
        parser.finalize()
        path = upload.end()
        _note(partner, path.name, upload.digest.hexdigest())
    except Refused as refused:
        await _read_to_its_end(request)
        return _page(partner, error=refused.reason, status=refused.status)
    except (FormParserError, ClientDisconnect):
        await _read_to_its_end(request)
        return _page(partner, error="L’envoi a été interrompu : rien n’a été pris. Recommencez.", status=400)
    except OSError:
        await _read_to_its_end(request)
        reason = (
            "Le fichier n’a pas pu être écrit : rien n’a été pris. Réessayez plus tard, ou envoyez-le par courriel."
        )
        return _page(partner, error=spaced(reason), status=507)
    finally:
        upload.close()
    return RedirectResponse(f"/?{urlencode({'depot': path.name})}", 303)


async def _read_to_its_end(request: Request) -> None:
    """Read what is left of a form: nginx, which is still sending it, would not wait for the answer."""
    with suppress(ClientDisconnect, RuntimeError):  # gone, or read already
        async for _ in request.stream():
            pass


def _note(partner: Partner, name: str, sha256: str) -> None:
    line = {"name": name, "sha256": sha256, "at": datetime.now(UTC).isoformat(), "account": partner.account}
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    with os.fdopen(os.open(partner.folder / LOG, flags, FILE_MODE), "a", encoding="utf-8") as handle:
        handle.write(json.dumps(line, ensure_ascii=False) + "\n")


async def too_large(request: Request) -> Response:
    """What nginx shows of a form that it did not let through."""
    return _page(
        partner_of(request), error=spaced(f"Le fichier dépasse {LARGEST_MB} Mo : rien n’a été pris."), status=413
    )


def clear_asides() -> None:
    """Remove what a receiver that was killed left half written; it is alone to write such files."""
    inbox = Path(os.environ.get("JALON_INBOX", "/srv/jalon/inbox"))
    for path in (inbox / PARTNERS_FOLDER).glob(f"*/{ASIDE.format('*')}"):
        path.unlink(missing_ok=True)


async def refuse(_request: Request, error: Exception) -> Response:
    """What a browser shows of a place that is not this account's, or is not there."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    said = _SAID.get(status, "Cette adresse ne mène à rien ici.")
    return Response(spaced(said), status, _HEADERS, "text/plain; charset=utf-8")


clear_asides()
application = Starlette(
    routes=[
        Route("/", show),
        Route("/depot", take, methods=["POST"]),
        Route("/reponses/{name}", answer),
        Route("/trop-volumineux", too_large),
        Route("/page.css", style),
    ],
    exception_handlers={HTTPException: refuse},
)
