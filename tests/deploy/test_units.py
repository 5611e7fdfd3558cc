"""The systemd units, the compose file and the proxy, judged by the programs that will read them."""

import configparser
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.cli import main
from orchestration.services.runtime.paths import PROJECT

DEPLOY = PROJECT / "deploy"
DEPLOYMENT = PROJECT / "docs" / "operations" / "deployment.md"
SERVICES = sorted((DEPLOY / "systemd").glob("*.service"))
# systemd's own mark, 0 (locked up) to 10 (exposed): what these units have today, and must not lose
EXPOSURE_AT_MOST = 1.5


def needs(program: str, package: str) -> str:
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{program} is not installed (Debian package {package})")
    return found


@pytest.fixture
def placed(tmp_path: Path) -> Path:
    """The units as installed, with this checkout in the place of /opt/jalon/current."""
    for unit in (DEPLOY / "systemd").glob("*.*"):
        text = unit.read_text().replace("/opt/jalon/current", str(PROJECT))
        (tmp_path / unit.name).write_text(text)
    # systemd-analyze reads an instance, not a template
    shutil.copy(tmp_path / "jalon-failure@.service", tmp_path / "jalon-failure@unit.service")
    return tmp_path


def test_every_unit_that_can_fail_says_who_is_notified() -> None:
    silent = [unit.name for unit in SERVICES if "OnFailure=jalon-failure@%n.service" not in unit.read_text()]
    assert silent == ["jalon-failure@.service"]


def test_every_timer_starts_a_unit_and_is_enabled_by_the_page() -> None:
    timers = sorted((DEPLOY / "systemd").glob("*.timer"))
    assert [timer.name for timer in timers if not timer.with_suffix(".service").is_file()] == []
    (enabled,) = re.findall(r"systemctl enable --now (jalon\.target .*)", DEPLOYMENT.read_text())
    assert set(enabled.split()[1:]) == {timer.name for timer in timers}


def test_every_digest_is_checked_each_night_and_a_failure_is_notified() -> None:
    timer = (DEPLOY / "systemd" / "jalon-nightly.timer").read_text()
    assert re.search(r"^OnCalendar=\*-\*-\* \d\d:\d\d:00 Europe/Paris$", timer, re.M)
    assert "Persistent=yes" in timer
    text = (DEPLOY / "systemd" / "jalon-nightly.service").read_text()
    assert "OnFailure=jalon-failure@%n.service" in text
    program, *arguments = re.findall(r"^ExecStart=(.+)$", text, re.M)[0].split()
    assert program == "/opt/jalon/current/.venv/bin/jalon"
    assert main.commands[arguments[0]].make_context(arguments[0], arguments[1:]).params["deep"] is True


def settings(unit: Path) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(strict=False, comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(unit)
    return parser["Service"]


def test_systemd_finds_nothing_to_say_against_any_unit(placed: Path) -> None:
    analyze = needs("systemd-analyze", "systemd")
    units = [
        path
        for path in sorted(placed.iterdir())
        if path.suffix in {".service", ".timer", ".target"} and "@." not in path.name
    ]
    assert len(units) == 14
    done = subprocess.run([analyze, "verify", "--man=no", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_every_service_is_locked_up(unit: Path, placed: Path) -> None:
    analyze = needs("systemd-analyze", "systemd")
    done = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", f"./{unit.name.replace('@.', '@unit.')}"],
        cwd=placed,
        capture_output=True,
        text=True,
        check=False,
    )
    exposure = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    assert exposure is not None, done.stdout + done.stderr
    assert float(exposure.group(1)) <= EXPOSURE_AT_MOST


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_no_service_is_root_writes_its_code_or_opens_its_files_to_others(unit: Path) -> None:
    service = settings(unit)
    user = "jalon-page" if unit.stem == "jalon-page" else "jalon"
    assert (service["User"], service["UMask"]) == (user, "0027")
    assert service["ProtectSystem"] == "strict"
    assert "/opt" not in service.get("ReadWritePaths", "")


def test_the_page_reads_nothing_of_jalon_s_and_its_socket_is_nginx_s() -> None:
    service = settings(DEPLOY / "systemd" / "jalon-page.service")
    assert service["ReadWritePaths"] == "/srv/jalon/inbox/partners"
    assert service["InaccessiblePaths"] == "-/var/lib/jalon -/var/backups/jalon -/etc/jalon"
    assert (service["Group"], service["RuntimeDirectoryMode"]) == ("www-data", "0750")
    assert service["RestrictAddressFamilies"] == "AF_UNIX"


def test_the_service_s_user_and_folders_are_made_and_partners_can_write_nowhere_above_their_own(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make users and folders of others")
    (tmp_path / "etc").mkdir()
    for program, *arguments in (
        ("systemd-sysusers", "sysusers.conf"),
        ("systemd-tmpfiles", "--create", "tmpfiles.conf"),
    ):
        *options, name = arguments
        command = [needs(program, "systemd"), f"--root={tmp_path}", *options, DEPLOY / "systemd" / name]
        subprocess.run(command, check=True, capture_output=True)
    user = (tmp_path / "etc" / "passwd").read_text().strip().split(":")
    assert (user[0], user[-1]) == ("jalon", "/usr/sbin/nologin")
    made = {
        str(path.relative_to(tmp_path)): (path.stat().st_uid == int(user[2]), oct(path.stat().st_mode & 0o777))
        for top in ("etc/jalon", "var/lib/jalon", "var/backups/jalon", "srv/jalon")
        for path in [tmp_path / top, *(tmp_path / top).rglob("*")]
    }
    its_own, root_s = (True, "0o750"), (False, "0o750")
    # 0751: a partner passes to its own folder, and neither lists nor writes: receptions.csv, at the top, is nobody's
    assert made == {
        "etc/jalon": root_s,
        "var/lib/jalon": its_own,
        "var/lib/jalon/dagster": its_own,
        "var/backups/jalon": its_own,
        "srv/jalon": (False, "0o751"),
        "srv/jalon/inbox": (False, "0o751"),
        "srv/jalon/inbox/partners": (False, "0o751"),
        "srv/jalon/inbox/reports": root_s,
        "srv/jalon/inbox/decisions": root_s,
        "srv/jalon/inbox/drafts": root_s,
    }


def test_secrets_are_given_to_what_executes_runs_or_tries_the_channels_alone() -> None:
    given = [unit.stem for unit in SERVICES if "secrets.env" in unit.read_text()]
    assert given == ["jalon-code", "jalon-failure@", "jalon-nightly"]
    for example in (DEPLOY / "etc").iterdir():
        filled = re.findall(r"^#?\s*(\w*(?:PASSWORD|SECRET|TOKEN|WEBHOOK)\w*)=(.+)$", example.read_text(), re.M)
        assert filled == [], f"{example.name} is shipped with a secret in it"


def test_everything_listens_on_loopback_as_shipped() -> None:
    assert "--host 127.0.0.1" in settings(DEPLOY / "systemd" / "jalon-webserver.service")["ExecStart"]
    assert "--socket" in settings(DEPLOY / "systemd" / "jalon-code.service")["ExecStart"]
    listens = re.findall(r"^\s*listen (\S+)", (DEPLOY / "nginx" / "jalon.conf").read_text(), re.M)
    assert listens == ["127.0.0.1:8443", "[::1]:8443"]


@pytest.mark.parametrize("code", [0, 1])
def test_a_container_does_each_night_what_the_unit_does_and_removes_nothing_where_something_is_wrong(
    tmp_path: Path, code: int
) -> None:
    for name in ("jalon", "python"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho "{name} $*"\nexit {code}\n')
        program.chmod(0o755)
    done = subprocess.run(
        [DEPLOY / "compose" / "start", "nightly"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    unit = re.findall(r"^ExecStart=/\S+/(.+)$", (DEPLOY / "systemd" / "jalon-nightly.service").read_text(), re.M)
    assert len(unit) == 2
    assert done.stdout.splitlines() == (unit if code == 0 else unit[:1])
    assert done.returncode == code


# --- compose ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def composed(tmp_path: Path) -> dict[str, Any]:
    """The compose file as docker-compose itself resolves it, with secrets made by the script."""
    compose = needs("docker-compose", "docker-compose")
    folder = tmp_path / "deploy" / "compose"
    shutil.copytree(DEPLOY / "compose", folder)
    made = {**os.environ, "JALON_UI_PASSWORD": "invented-password"}
    subprocess.run([folder / "make-secrets", "exploitation"], env=made, check=True)
    done = subprocess.run(
        [compose, "--profile", "page", "--file", folder / "compose.yaml", "config"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    content: dict[str, Any] = yaml.safe_load(done.stdout)
    return content


def test_compose_accepts_the_file_and_every_container_is_unprivileged(composed: dict[str, Any]) -> None:
    assert set(composed["services"]) == {"code", "webserver", "daemon", "postgres", "proxy", "page", "page-proxy"}
    for name, service in composed["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["logging"]["options"]["max-size"], name
        # the proxies' image has a user of its own
        assert name.endswith("proxy") or not service["user"].startswith(("0", "root")), name
        assert name.endswith("proxy") or service["healthcheck"]["test"], name


def test_compose_publishes_the_proxies_alone_and_on_loopback(composed: dict[str, Any]) -> None:
    ports = {name: service.get("ports") for name, service in composed["services"].items() if service.get("ports")}
    assert set(ports) == {"proxy", "page-proxy"}
    for published in ports.values():
        assert str(published).startswith(("['127.0.0.1:", "[{'host_ip': '127.0.0.1'"))
    assert composed["networks"]["inside"]["internal"] is True
    assert composed["networks"]["page"]["internal"] is True
    for name in ("webserver", "daemon", "postgres"):
        assert list(composed["services"][name]["networks"]) == ["inside"], name


def test_the_page_of_the_partners_sees_their_folders_alone_and_runs_where_it_is_asked_for(
    composed: dict[str, Any],
) -> None:
    page = composed["services"]["page"]
    (volume,) = page["volumes"]
    assert "/srv/inbox/partners" in str(volume), "a text or a mapping, by docker-compose's version"
    assert list(page["networks"]) == ["page"]
    assert not page.get("secrets")
    assert [name for name, service in composed["services"].items() if service.get("profiles") == ["page"]] == [
        "page",
        "page-proxy",
    ]


def test_the_pages_two_nginx_files_say_the_same_but_for_addresses_and_places() -> None:
    def directives(path: Path) -> list[str]:
        return [line for line in path.read_text().splitlines() if line and not line.startswith("#")]

    site = "\n".join(directives(DEPLOY / "nginx" / "depot.conf"))
    for before, after in {
        "    listen 127.0.0.1:8444 ssl;\n    listen [::1]:8444 ssl;\n": "    listen 8444 ssl;\n",
        "depot.localhost": "_",
        "/etc/nginx/jalon.crt": "/run/secrets/certificate",
        "/etc/nginx/jalon.key": "/run/secrets/key",
        "/etc/nginx/depot.htpasswd": "/run/secrets/partners",
        "/var/log/nginx/depot.log": "/dev/stdout",
        "/var/log/nginx/depot.error.log": "/dev/stderr",
        "http://unix:/run/jalon-page/page.sock": "http://page:8000",
    }.items():
        assert before in site, before
        site = site.replace(before, after)
    assert directives(DEPLOY / "compose" / "page.conf") == site.splitlines()


def test_no_secret_stands_in_the_environment_of_a_container(composed: dict[str, Any]) -> None:
    for name, service in composed["services"].items():
        values = " ".join(f"{key}={value}" for key, value in service.get("environment", {}).items())
        assert not re.search(r"PASSWORD=(?!/)\S|://[^/\s:]+:[^/\s@]+@", values), f"{name}: {values}"


def test_made_secrets_are_readable_by_their_owner_alone_and_are_made_once(tmp_path: Path) -> None:
    command = [DEPLOY / "compose" / "make-secrets", "exploitation", tmp_path / "secrets"]
    environment = {**os.environ, "JALON_UI_PASSWORD": "invented-password"}
    subprocess.run(command, env=environment, check=True)
    files = {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()}
    assert set(files) == {"pgpassword", "pgpass", "tls.key", "tls.crt", "htpasswd", "partners.htpasswd", "mail.env"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "secrets").iterdir())
    assert b"invented-password" not in files["htpasswd"]
    assert files["pgpass"].endswith(b":" + files["pgpassword"])
    subprocess.run(command, env=environment, check=True)
    assert {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()} == files


def test_the_image_is_unprivileged_and_its_code_belongs_to_root() -> None:
    lines = (DEPLOY / "compose" / "Dockerfile").read_text().splitlines()
    assert "USER 10001:10001" in lines
    assert "COPY --from=environment /opt/jalon /opt/jalon" in lines, "without --chown: root's"
    assert "--require-hashes" in "\n".join(lines)
