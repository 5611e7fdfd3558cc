"""The services as their units start them, behind the real nginx: who has no account gets nothing."""

import json
import shlex
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration.services.runtime.paths import PROJECT
from tests.deploy.test_units import needs, settings

pytestmark = pytest.mark.long

ACCOUNT, PASSWORD = "exploitation", "invented-password"
DEPLOY = PROJECT / "deploy"
HEALTH = DEPLOY / "bin" / "health"


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Served:
    """The running services and the address of the proxy."""

    url: str
    upstream: str
    folder: Path
    environment: dict[str, str]
    certificate: Path

    def health(self, *services: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [HEALTH, "--wait", "300", *services], env=self.environment, capture_output=True, text=True, check=False
        )

    def get(self, path: str, *, account: str = "", origin: str = "", data: bytes | None = None) -> tuple[int, str]:
        request = urllib.request.Request(f"{self.url}{path}", data=data)  # noqa: S310 - our own address
        if account:
            request.add_header("Authorization", "Basic " + b64encode(account.encode()).decode())
        if origin:
            request.add_header("Origin", origin)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        context = ssl.create_default_context(cafile=str(self.certificate))
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        try:
            with opener.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, ""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    import os

    nginx = needs("nginx", "nginx-light")
    folder = tmp_path_factory.mktemp("served")
    web, proxy = free_port(), free_port()
    sockets = Path(tempfile.gettempdir()) / f"jalon-code-{web}.sock"  # a socket's path has to be short
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("JALON_", "DAGSTER_"))},
        "JALON_HOME": str(folder / "home"),
        "JALON_INBOX": str(folder / "inbox"),
        "DAGSTER_HOME": str(folder / "home" / "dagster"),
        "JALON_CODE_SOCKET": str(sockets),
        "JALON_WEBSERVER": f"http://127.0.0.1:{web}",
        "NO_PROXY": "127.0.0.1",
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "PYTHONPATH": str(PROJECT),
    }
    (folder / "inbox").mkdir()
    workspace = folder / "workspace.yaml"
    text = (DEPLOY / "systemd" / "workspace.yaml").read_text()
    workspace.write_text(text.replace("/run/jalon/code.sock", str(sockets)))

    def command(unit: str, key: str = "ExecStart") -> list[str]:
        line = settings(DEPLOY / "systemd" / f"{unit}.service")[key]
        line = line.replace("/opt/jalon/current/deploy/systemd/workspace.yaml", str(workspace))
        line = line.replace("/opt/jalon/current", str(PROJECT)).replace("/run/jalon/code.sock", str(sockets))
        return shlex.split(line.replace("--port 3000", f"--port {web}"))

    secrets = folder / "secrets"
    subprocess.run(
        [DEPLOY / "compose" / "make-secrets", ACCOUNT, secrets],
        env={**os.environ, "JALON_UI_PASSWORD": PASSWORD},
        check=True,
    )
    for name in ("htpasswd", "tls.crt", "tls.key"):
        shutil.copy(secrets / name, folder / name)
        (folder / name).chmod(0o644)
    configuration = nginx_configuration(folder, web, proxy)
    with ExitStack() as running:
        log = running.enter_context((folder / "services.log").open("wb"))

        def start(line: list[str]) -> None:
            process = subprocess.Popen(line, env=environment, cwd=PROJECT, stdout=log, stderr=log)

            def stop() -> None:
                process.terminate()
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

            running.callback(stop)

        subprocess.run(command("jalon-code", "ExecStartPre"), env=environment, cwd=PROJECT, check=True)
        start(command("jalon-code"))
        made = Served(f"https://127.0.0.1:{proxy}", f"http://127.0.0.1:{web}", folder, environment, folder / "tls.crt")
        said = made.health("code")
        assert said.returncode == 0, said.stdout + (folder / "services.log").read_text()
        start(command("jalon-webserver"))
        start(command("jalon-daemon"))
        start([nginx, "-c", str(configuration), "-e", str(folder / "nginx.error.log"), "-g", "daemon off;"])
        yield made
        running.callback(sockets.unlink, missing_ok=True)


def nginx_configuration(folder: Path, web: int, proxy: int) -> Path:
    """The shipped site inside a main file of its own, with ports and places of the test."""
    site = (DEPLOY / "nginx" / "jalon.conf").read_text()
    for before, after in {
        "127.0.0.1:8443": f"127.0.0.1:{proxy}",
        "    listen [::1]:8443 ssl;\n": "",
        "127.0.0.1:3000": f"127.0.0.1:{web}",
        "/etc/nginx/jalon.crt": f"{folder}/tls.crt",
        "/etc/nginx/jalon.key": f"{folder}/tls.key",
        "/etc/nginx/jalon.htpasswd": f"{folder}/htpasswd",
        "/var/log/nginx/": f"{folder}/",
    }.items():
        assert before in site, before
        site = site.replace(before, after)
    places = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = folder / "nginx.conf"
    path.write_text(f"user root;\npid {folder}/nginx.pid;\nevents {{}}\nhttp {{\n{places}{site}}}\n")
    return path


@pytest.mark.parametrize("file", ["nginx/jalon.conf", "nginx/depot.conf", "compose/nginx.conf", "compose/page.conf"])
def test_nginx_accepts_the_shipped_configuration(tmp_path: Path, file: str) -> None:
    nginx = needs("nginx", "nginx-light")
    subprocess.run(
        [DEPLOY / "compose" / "make-secrets", ACCOUNT, tmp_path / "s"], env={"JALON_UI_PASSWORD": "x"}, check=True
    )
    site = (DEPLOY / file).read_text()
    for before, after in {
        "/etc/nginx/jalon.crt": "tls.crt",
        "/etc/nginx/jalon.key": "tls.key",
        "/run/secrets/certificate": "tls.crt",
        "/run/secrets/key": "tls.key",
    }.items():
        site = site.replace(before, str(tmp_path / "s" / after))
    site = (
        site.replace("webserver:3000", "127.0.0.1:3000")
        .replace("page:8000", "127.0.0.1:8000")
        .replace("/var/log/nginx/", f"{tmp_path}/")
    )
    path = tmp_path / "nginx.conf"
    path.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{site}}}\n")
    command = [nginx, "-t", "-q", "-e", str(tmp_path / "error.log"), "-c", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_services_answer_the_health_check_and_a_missing_one_is_named(served: Served) -> None:
    said = served.health("code", "webserver", "daemon")
    assert (said.returncode, said.stdout) == (0, "ok   code\nok   webserver\nok   daemon\n")
    environment = {**served.environment, "JALON_WEBSERVER": f"http://127.0.0.1:{free_port()}"}
    down = subprocess.run([HEALTH, "webserver"], env=environment, capture_output=True, text=True, check=False)
    assert down.returncode == 1
    assert down.stdout.startswith("BAD  webserver: ")


def test_nobody_sees_the_ui_without_an_account_and_with_one_everything(served: Served) -> None:
    served.health("webserver")
    for path in ("/", "/runs", "/graphql", "/server_info"):
        assert served.get(path)[0] == 401, path
    assert served.get("/", account=f"{ACCOUNT}:wrong")[0] == 401
    assert served.get("/", account=f"other:{PASSWORD}")[0] == 401
    status, page = served.get("/", account=f"{ACCOUNT}:{PASSWORD}")
    assert status == 200
    assert "Dagster" in page
    assert served.get("/health")[0] == 200


def test_the_jobs_are_seen_through_the_proxy(served: Served) -> None:
    served.health("webserver")
    query = json.dumps({"query": "{repositoriesOrError{... on RepositoryConnection{nodes{jobs{name}}}}}"}).encode()
    deadline = time.monotonic() + 60
    names: list[str] = []
    while not names and time.monotonic() < deadline:
        status, body = served.get("/graphql", account=f"{ACCOUNT}:{PASSWORD}", origin=served.url, data=query)
        assert status == 200
        nodes = json.loads(body)["data"]["repositoriesOrError"]["nodes"]
        names = [job["name"] for node in nodes for job in node["jobs"]]
    assert {"report", "ingest", "rebuild"} <= set(names)


def test_a_page_of_another_site_cannot_act_by_a_signed_in_browser(served: Served) -> None:
    query = json.dumps({"query": "{version}"}).encode()
    assert served.get("/graphql", account=f"{ACCOUNT}:{PASSWORD}", origin="https://evil.example", data=query)[0] == 403
    assert served.get("/graphql", account=f"{ACCOUNT}:{PASSWORD}", origin="null", data=query)[0] == 403


def test_the_log_says_who_asked_for_what_in_one_line_and_never_the_password(served: Served) -> None:
    served.get("/runs?name=invented-person", account=f"{ACCOUNT}:{PASSWORD}")
    time.sleep(0.2)
    text = (served.folder / "jalon.log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    last = next(line for line in reversed(lines) if line["path"] == "/runs")
    assert (last["user"], last["status"], last["method"]) == (ACCOUNT, 200, "GET")
    assert "invented-person" not in text
    everything = "".join(path.read_text(errors="replace") for path in served.folder.glob("*.log"))
    assert PASSWORD not in everything
    assert b64encode(f"{ACCOUNT}:{PASSWORD}".encode()).decode() not in everything


def test_services_log_one_json_object_a_line(served: Served) -> None:
    served.health("code", "webserver")
    lines = [line for line in (served.folder / "services.log").read_text().splitlines() if line.startswith("{")]
    assert any("location_name" in line or "grpc" in line.lower() or "Serving" in line for line in lines)
    for line in lines:
        json.loads(line)
