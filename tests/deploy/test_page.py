"""The partners' page behind the real nginx, used by curl, by a browser at 360 px, and by the keyboard alone."""

import hashlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orchestration.services.runtime.paths import PROJECT
from sources.landing.drops import drops
from tests.deploy.test_proxy import free_port
from tests.deploy.test_units import needs

pytestmark = pytest.mark.long
DEPLOY = PROJECT / "deploy"
PASSWORD = "invented-password"  # noqa: S105 - invented
ACCOUNTS = ("ANS", "ANS.anne", "CNAM", "SANS-DOSSIER")
MB = 1024 * 1024
PATIENCE_MS = 180_000  # a machine that does other work besides


@dataclass
class Page:
    """The page's address and its drop folder."""

    url: str
    partners: Path
    certificate: Path

    def curl(self, *arguments: str, account: str = "ANS") -> tuple[int, str]:
        """Ask as a client; the status and the body."""
        command = ["curl", "--silent", "--noproxy", "*", "--cacert", self.certificate, "--write-out", "\n%{http_code}"]
        user = ["--user", f"{account}:{PASSWORD}"] if account else []
        done = subprocess.run([*command, *user, *arguments], capture_output=True, check=False)
        body, _, status = done.stdout.decode(errors="replace").rpartition("\n")
        return int(status), body.replace("\u00a0", " ").replace("\u202f", " ")

    def send(self, path: Path, name: str, *more: str, account: str = "ANS") -> tuple[int, str]:
        """Send a file by the form."""
        return self.curl("--form", f"fichier=@{path};filename={name}", *more, f"{self.url}/depot", account=account)

    def dropped(self) -> dict[str, bytes]:
        """What the drop folder would take, by place."""
        found = drops(self.partners.parent)
        return {str(drop.path.relative_to(self.partners)): drop.path.read_bytes() for drop in found}

    def asides(self) -> list[Path]:
        """What is left half written."""
        return list(self.partners.rglob("*.part"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    nginx, port = needs("nginx", "nginx-light"), free_port()
    needs("curl", "curl")
    folder = tmp_path_factory.mktemp("page")
    inbox = folder / "inbox"
    (inbox / "partners").mkdir(parents=True)
    secrets = folder / "secrets"
    subprocess.run(
        [DEPLOY / "compose" / "make-secrets", "x", secrets], env={**os.environ, "JALON_UI_PASSWORD": "x"}, check=True
    )
    hashed = subprocess.run(
        ["openssl", "passwd", "-6", PASSWORD], check=True, capture_output=True, text=True
    ).stdout.strip()
    (folder / "htpasswd").write_text("".join(f"{account}:{hashed}\n" for account in ACCOUNTS))
    site = (DEPLOY / "nginx" / "depot.conf").read_text()
    with ExitStack() as running:
        place = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="jp-", dir="/tmp")))
        sock = place / "page.sock"
        for before, after in {
            "127.0.0.1:8444": f"127.0.0.1:{port}",
            "    listen [::1]:8444 ssl;\n": "",
            "/run/jalon-page/page.sock": str(sock),
            "/etc/nginx/jalon.crt": f"{secrets}/tls.crt",
            "/etc/nginx/jalon.key": f"{secrets}/tls.key",
            "/etc/nginx/depot.htpasswd": f"{folder}/htpasswd",
            "/var/log/nginx/": f"{folder}/",
            "rate=5r/s": "rate=1000r/s",
        }.items():
            assert before in site, before
            site = site.replace(before, after)
        temps = "".join(
            f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        main = folder / "nginx.conf"
        main.write_text(f"user root;\npid {folder}/pid;\nevents {{}}\nhttp {{\n{temps}{site}}}\n")
        environment = {**os.environ, "JALON_INBOX": str(inbox), "PYTHONPATH": str(PROJECT)}
        uvicorn = [sys.executable, "-m", "uvicorn", "--app-dir", str(DEPLOY / "page"), "--uds", str(sock)]
        for command in (
            [*uvicorn, "--no-access-log", "--no-server-header", "receiver:application"],
            [nginx, "-c", str(main), "-e", str(folder / "error.log"), "-g", "daemon off;"],
        ):
            process = subprocess.Popen(command, env=environment, cwd=PROJECT)
            running.callback(lambda one=process: (one.terminate(), one.wait()))
        page = Page(f"https://127.0.0.1:{port}", inbox / "partners", secrets / "tls.crt")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not sock.exists():
            time.sleep(0.1)
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield page


@pytest.fixture
def page(served: Page) -> Page:
    """Two partners with a folder each, empty."""
    for partner in ("ANS", "CNAM"):
        shutil.rmtree(served.partners / partner, ignore_errors=True)
        (served.partners / partner / "reponses").mkdir(parents=True)
    return served


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"PK invented \r\n--x\r\n" + bytes(range(256)) * 50)
    return path


def give_receipt(page: Page, partner: str, content: bytes, headline: str, waiting: dict[str, list[str]]) -> str:
    """What a run puts into `reponses/`; invented."""
    sha256 = hashlib.sha256(content).hexdigest()
    name = f"CNS-13_{partner}_accuse_{sha256[:8]}"
    folder = page.partners / partner / "reponses"
    told = {"file": f"CNS-13_{partner}.xlsx", "sha256": sha256, "headline": headline, "waiting": waiting}
    told |= {"received_at": "2025-06-02T09:05:00+00:00", "due_on": "2025-06-10", "issues": []}
    (folder / f"{name}.xlsx").write_bytes(b"PK annotated")
    (folder / f"{name}.json").write_text(json.dumps(told))
    return f"{name}.xlsx"


def test_nobody_sees_anything_without_an_account_and_each_its_own_alone(page: Page, book: Path) -> None:
    theirs = give_receipt(page, "CNAM", b"x", "De la CNAM, inventé.", {})
    for path in ("/", "/depot", f"/reponses/{theirs}", "/page.css"):
        assert page.curl(f"{page.url}{path}", account="")[0] == 401
    assert page.curl("--header", "X-Remote-User: CNAM", f"{page.url}/")[1].count("CNAM") == 0, "nginx says who it is"
    status, body = page.curl(f"{page.url}/")
    assert (status, "CNAM" in body, "Rien n’a encore été reçu de vous" in body) == (200, False, True)
    for name in (theirs, f"..%2F..%2FCNAM%2Freponses%2F{theirs}", "..%2F.depot.jsonl", "%2Fetc%2Fpasswd"):
        assert page.curl(f"{page.url}/reponses/{name}")[0] in (400, 404)
    assert page.curl(f"{page.url}/reponses/{theirs}", account="CNAM")[0] == 200
    assert page.send(book, "a.xlsx", account="SANS-DOSSIER")[0] == 403
    assert page.dropped() == {}


def test_a_file_is_put_whole_under_a_name_of_its_own(page: Page, book: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.xlsx"
    other.write_bytes(b"PK other")
    assert [page.send(book, "CNS-13_ANS.xlsx")[0] for _ in range(2)] == [303, 303], "the same again is the same"
    assert page.send(other, "CNS-13_ANS.xlsx", account="ANS.anne")[0] == 303
    assert page.dropped() == {
        "ANS/CNS-13_ANS.xlsx": book.read_bytes(),
        "ANS/CNS-13_ANS (2).xlsx": other.read_bytes(),
    }
    log = [json.loads(line) for line in (page.partners / "ANS" / ".depot.jsonl").read_text().splitlines()]
    assert [(line["name"], line["account"]) for line in log][-1] == ("CNS-13_ANS (2).xlsx", "ANS.anne")
    assert page.asides() == []
    _, body = page.curl(f"{page.url}/?depot=CNS-13_ANS.xlsx")
    assert "« CNS-13_ANS.xlsx » est déposé" in body
    assert "déposé, en attente de lecture" in body


@pytest.mark.parametrize(
    ("given", "kept"),
    [("été n°1 #?.xlsx", "été n°1 #_.xlsx"), ("../../x.xlsx", "x.xlsx"), (".cache.xlsx", "cache.xlsx"),
     ("C:\\a\\b.xlsx", "b.xlsx"),
     ("<script>alert(1)</script>.xlsx", "script_.xlsx"), ("x" * 300 + ".xlsx", "x" * 195 + ".xlsx")],
)  # fmt: skip
def test_a_hostile_name_is_a_name(page: Page, book: Path, given: str, kept: str) -> None:
    status, _ = page.send(book, f'"{given}"')
    assert status == 303
    assert list(page.dropped()) == [f"ANS/{kept}"]
    assert "<script>" not in page.curl(f"{page.url}/")[1]


@pytest.mark.parametrize("size", [50 * MB + 1, 100 * MB])
def test_fifty_megabytes_are_refused_by_name(page: Page, tmp_path: Path, size: int) -> None:
    large = tmp_path / "large.xlsx"
    with large.open("wb") as handle:
        handle.truncate(size)
    status, body = page.send(large, "énorme.xlsx")
    assert status == 413
    assert "50 Mo" in body
    if size < 80 * MB:
        assert "« énorme.xlsx » n’a pas été pris : il pèse 50 Mo, pour 50 Mo au plus" in body
    with large.open("wb") as handle:
        handle.truncate(50 * MB)
    assert page.send(large, "juste.xlsx")[0] == 303
    assert list(page.dropped()) == ["ANS/juste.xlsx"]
    assert page.asides() == []


def test_half_an_upload_is_never_there(page: Page) -> None:
    """A sender that goes away, and one that is slow: nothing of it is seen while it comes, nor afterwards."""
    context = ssl.create_default_context(cafile=str(page.certificate))
    import base64

    host, port = "127.0.0.1", int(page.url.rpartition(":")[2])
    body = b'--b\r\nContent-Disposition: form-data; name="fichier"; filename="a.xlsx"\r\n\r\n' + b"PK" * 200_000
    head = (
        f"POST /depot HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Authorization: Basic {base64.b64encode(f'ANS:{PASSWORD}'.encode()).decode()}\r\n"
        f"Content-Length: {len(body) + 9}\r\n\r\n"
    )
    with context.wrap_socket(socket.create_connection((host, port)), server_hostname=host) as client:
        client.sendall(head.encode() + body)
        deadline = time.monotonic() + 20
        while not page.asides() and time.monotonic() < deadline:
            time.sleep(0.05)
        (aside,) = page.asides()
        while aside.stat().st_size < 300_000 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert aside.stat().st_size > 300_000, "it goes to the disk as it comes"
        assert page.dropped() == {}
    while page.asides() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (page.asides(), page.dropped()) == ([], {})


def test_another_site_cannot_send_by_a_signed_in_browser(page: Page, book: Path) -> None:
    assert page.send(book, "a.xlsx", "--header", "Origin: https://ailleurs.exemple")[0] == 403
    assert page.send(book, "a.xlsx", "--header", "Sec-Fetch-Site: cross-site")[0] == 403
    assert page.curl("--data", "x=y", f"{page.url}/depot")[0] == 400
    assert page.curl("--form", "autre=x", f"{page.url}/depot")[0] == 400
    assert page.dropped() == {}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or pytest.skip("no chromium on this machine (apt install chromium)")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield launched
        launched.close()


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """A narrow window, signed in, without scripts."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740},
        http_credentials={"username": "ANS", "password": PASSWORD},
        ignore_https_errors=True,
        accept_downloads=True,
        java_script_enabled=False,
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def focused(tab: Any) -> str:
    """What the keyboard is on."""
    said: str = tab.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
    return said


def test_a_round_at_360_px_by_the_keyboard_alone(page: Page, tab: Any, book: Path) -> None:
    """Get the workbook, send it, see what is missing, read the answer."""
    (page.partners / "ANS" / "reponses" / "CNS-13_ANS.xlsx").write_bytes(b"PK workbook")
    choosers: list[Any] = []

    def chosen(chooser: Any) -> None:
        choosers.append(chooser)

    tab.on("filechooser", chosen)  # before anything: asked for late, the browser would open its own
    tab.goto(page.url)
    tab.keyboard.press("Tab")
    assert focused(tab) == "Télécharger CNS-13_ANS.xlsx"
    with tab.expect_download() as got:
        tab.keyboard.press("Enter")
    assert Path(got.value.path()).read_bytes() == b"PK workbook"
    tab.keyboard.press("Tab")
    assert focused(tab) == "fichier"
    tab.keyboard.press("Space")
    deadline = time.monotonic() + 20
    while not choosers and time.monotonic() < deadline:
        tab.wait_for_timeout(100)
    choosers[0].set_files({"name": "CNS-13_ANS.xlsx", "mimeType": "x/y", "buffer": book.read_bytes()})
    tab.keyboard.press("Tab")
    assert focused(tab) == "Déposer le fichier"
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    assert "est déposé" in tab.inner_text("[role=status]")
    assert tab.title().startswith("Fichier déposé")
    assert page.dropped() == {"ANS/CNS-13_ANS.xlsx": book.read_bytes()}
    name = give_receipt(
        page, "ANS", book.read_bytes(), "1 erreur à corriger (inventé).", {"Avancement": ["8-3"], "Jalons": []}
    )
    tab.goto(page.url)
    said = tab.inner_text("main").replace("\u00a0", " ")
    for words in (
        "1 action : 8-3",
        "au plus tard le 10 juin 2025",
        "1 erreur à corriger (inventé).",
        "2 juin 2025 à 11 h 05",
    ):
        assert words in said
    assert "en attente de lecture" not in said
    for _stop in range(30):
        tab.keyboard.press("Tab")
        if focused(tab).startswith("Télécharger la réponse"):
            break
    assert focused(tab).startswith("Télécharger la réponse")
    with tab.expect_download() as got:
        tab.keyboard.press("Enter")
    assert got.value.suggested_filename == name


@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_no_violation_and_nothing_is_wider_than_the_window(browser: Any, page: Page, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    (page.partners / "ANS" / "reponses" / f"CNS-13_ANS_{'x' * 90}.xlsx").write_bytes(b"PK")
    give_receipt(page, "ANS", b"x", "Accepté (inventé).", {"Avancement": ["8-3", "8-4"]})
    context = browser.new_context(
        viewport={"width": width, "height": 740},
        http_credentials={"username": "ANS", "password": PASSWORD},
        ignore_https_errors=True,
        bypass_csp=True,
    )
    context.set_default_timeout(PATIENCE_MS)
    tab = context.new_page()
    for path in ("/", "/?depot=a.xlsx"):
        tab.goto(f"{page.url}{path}")
        results = axe.run(tab)
        assert results.response["violations"] == []
        assert len(results.response["passes"]) > 15, "axe looked at nothing"
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
