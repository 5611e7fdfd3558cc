"""A whole round by mail without a hand: invited, answered with a fault, told, corrected, accepted, reminded no more.

The days are those of the calendar; a small daemon of the test evaluates the real schedules and sensors and executes
what they ask for. Both mail servers are real, and the partner's workbook is filled through LibreOffice.
"""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from dagster import RunRequest, SensorResult, build_schedule_context, build_sensor_context

from exports.mail import parse_address
from orchestration.definitions import build_defs
from orchestration.instance.instance import open_instance
from orchestration.schedules.calendar_schedules import PARIS
from orchestration.services.mailroom.correspondence import correspondence_of
from orchestration.services.runtime.paths import Paths
from orchestration.services.session.figures import board_of
from sources.reference.roadmap import load_reference
from tests.e2e.conftest import _render
from tests.mail.mailroom.conftest import DNS, XLSX
from tests.mail.mailroom.dovecot import PASSWORD, USER
from tests.mail.mailroom.dovecot import Server as Imap
from tests.workbook.test_round_trip import PYTHON, LibreOffice

if TYPE_CHECKING:
    from tests.mail.conftest import Server

SESSION, PARTNER, OTHER = "CNS-13", "DGE", "HAS"
DGE, HAS = "bureau@dge.exemple", "service@has.exemple"
pytestmark = [pytest.mark.long, pytest.mark.skipif(PYTHON is None, reason="LibreOffice is not on this machine")]


class Daemon:
    """What runs an installation by itself: the calendar each morning, the sensors until nothing is left to do."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self.now = datetime(2025, 4, 10, 8, tzinfo=UTC)
        self.defs = build_defs(paths, clock=lambda: self.now)
        self._cursors: dict[str, str | None] = {}
        self.ran: list[str] = []

    def morning_of(self, year: int, month: int, day: int) -> None:
        """Six in Paris: the letters that the calendar has for that day."""
        self.now = datetime(year, month, day, 6, tzinfo=PARIS).astimezone(UTC)
        with open_instance(self.paths) as instance:
            for schedule in self.defs.schedules or ():
                if schedule.job_name not in ("invite", "remind"):
                    continue
                ticked = schedule.evaluate_tick(
                    build_schedule_context(
                        instance, scheduled_execution_time=self.now, repository_def=self.defs.get_repository_def()
                    )
                )
                for request in ticked.run_requests or ():
                    self._execute(instance, schedule.job_name, request)

    def work(self) -> None:
        """Sensors and their runs, until nothing more is asked for."""
        for _ in range(6):
            self.now += timedelta(minutes=11)
            before = len(self.ran)
            with open_instance(self.paths) as instance:
                for name in ("mailbox", "drop_folder"):
                    sensor = self.defs.resolve_sensor_def(name)
                    result = sensor(build_sensor_context(instance=instance, cursor=self._cursors.get(name)))
                    assert isinstance(result, SensorResult)
                    self._cursors[name] = result.cursor
                    for request in result.run_requests or ():
                        self._execute(instance, request.job_name or sensor.job_name, request)
            if len(self.ran) == before:
                return

    def _execute(self, instance: Any, job: str, request: RunRequest) -> None:
        self.ran.append(job)
        done = self.defs.resolve_job_def(job).execute_in_process(
            instance=instance, run_config=request.run_config, tags=request.tags, partition_key=request.partition_key
        )
        assert done.success


@pytest.fixture
def daemon(
    tmp_path: Path,
    mailbox: Imap,
    server: "Server",
    built_once: Callable[[str, Callable[[Path], None]], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Daemon:
    """The shipped installation, with contacts, a mailbox and a server."""
    shipped = built_once("shipped", _render)
    shutil.copytree(shipped / "home", tmp_path / "home")
    shutil.copytree(shipped / "inbox", tmp_path / "inbox")
    smtp = {name: value for name, value in server.env.items() if name.startswith("JALON_SMTP_")}
    for name, value in {**mailbox.env, **smtp, "JALON_MAIL_PARTNERS": "on"}.items():
        monkeypatch.setenv(name, value)
    contacts = tmp_path / "home" / "contacts.csv"
    rows = [f"{PARTNER},{DGE},,contributor", f"{OTHER},{HAS},,contributor", f"DNS,{DNS},,dns"]
    contacts.write_text("\n".join(["partner,address,name,role", *rows]) + "\n")
    contacts.chmod(0o640)
    paths = Paths(tmp_path / "home", tmp_path / "inbox")
    as_if_installed_before(paths, datetime(2025, 1, 15, tzinfo=UTC))
    paths.export()
    return Daemon(paths)


def as_if_installed_before(paths: Paths, day: datetime) -> None:
    """Set back when the shipped files came: the landing takes nothing that would be older than its last file."""
    files = sorted((paths.home / "landing" / "receptions").glob("*.json"))
    for number, path in enumerate(files):
        said = json.loads(path.read_text(encoding="utf-8"))
        came = (day + timedelta(seconds=number)).isoformat()
        is_later = said["received_at"] > came
        path.write_text(json.dumps(said | {"archived_at": came} | ({"received_at": came} if is_later else {})))


def attachment(message: EmailMessage, folder: Path, ending: str) -> Path:
    """Save the attached file whose name ends so."""
    part = next(item for item in message.iter_attachments() if (item.get_filename() or "").endswith(ending))
    path = folder / str(part.get_filename())
    path.write_bytes(part.get_content())
    return path


def place(path: Path, sheet: str, code: str, header: str) -> str:
    """The cell of a row by its code and of a column by its header."""
    page = openpyxl.load_workbook(path)[sheet]
    cells = [cell for row in page.iter_rows(max_row=8) for cell in row]
    column = next(cell.column_letter for cell in cells if cell.value == header)
    return next(f"{column}{row[0].row}" for row in page.iter_rows(max_col=1) if row[0].value == code)


def reply(to: EmailMessage, path: Path) -> bytes:
    """What a partner's program sends back."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = f"Bureau <{DGE}>", USER
    message["Subject"] = f"RE: {to['Subject']}"
    message["In-Reply-To"] = message["References"] = str(to["Message-ID"])
    message["Message-ID"] = f"<{path.stat().st_mtime_ns}@dge.exemple>"
    message.set_content("Bonjour,\n\nCi-joint.\n")
    message.add_attachment(path.read_bytes(), maintype="application", subtype=XLSX, filename=path.name)
    return message.as_bytes()


def test_a_round_by_mail_without_a_hand(
    daemon: Daemon, mailbox: Imap, server: "Server", tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    office, desk = LibreOffice(tmp_path), tmp_path / "desk"
    desk.mkdir()

    daemon.morning_of(2025, 4, 11)
    (invitation,) = server.mailbox.messages(DGE)
    attached = [part.get_filename() for part in invitation.iter_attachments()]
    assert attached == [f"{SESSION}_{PARTNER}.xlsx", "guide-partenaire.docx"]

    template = attachment(invitation, desk, f"{PARTNER}.xlsx")
    kpis = [kpi.kpi_id for kpi in load_reference(daemon.paths.seeds).kpis_of(PARTNER)]
    typed = [
        ("Avancement", place(template, "Avancement", "5-4", "Statut"), "En bonne voie"),
        ("Avancement", place(template, "Avancement", "5-4", "Avancement"), "Texte inventé pour un essai, juin 2025."),
    ]
    # the second is a running total, of 134 at the session before
    for kpi, value in zip(kpis, ("douze", "140"), strict=True):
        typed.append(("Indicateurs", place(template, "Indicateurs", kpi, "Valeur"), value))
        typed.append(("Indicateurs", place(template, "Indicateurs", kpi, "Période"), "T1 2025"))
    filled = office.type_into(template, desk / "filled" / template.name, typed)

    mailbox.deliver(reply(invitation, filled))
    daemon.work()
    assert "collect" in daemon.ran
    first = server.mailbox.messages(DGE)[-1]
    assert first["In-Reply-To"] == f"<{filled.stat().st_mtime_ns}@dge.exemple>"
    said = str(first.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert "« douze »".replace(" ", "\u00a0") in said

    annotated = attachment(first, desk, ".xlsx")
    cell = place(annotated, "Indicateurs", kpis[0], "Valeur")
    corrected = office.type_into(annotated, desk / "corrected" / template.name, [("Indicateurs", cell, "12")])
    mailbox.deliver(reply(first, corrected))
    daemon.work()
    second = server.mailbox.messages(DGE)[-1]
    said = str(second.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert "Aucune erreur" in said
    assert len(server.mailbox.messages(DGE)) == 3, "one invitation, two answers"
    (line,) = [row for row in board_of(daemon.paths.marts, SESSION) if row.partner == PARTNER]
    assert (line.missing, line.to_correct) == (0, 0)

    daemon.morning_of(2025, 6, 3)
    assert len(server.mailbox.messages(DGE)) == 3, "who has answered is not reminded"
    assert "rappel" in str(server.mailbox.messages(HAS)[-1]) or len(server.mailbox.messages(HAS)) == 2
    found = correspondence_of(daemon.paths, SESSION)
    assert (found[PARTNER].reminders, found[PARTNER].answers) == (0, 2)
    assert found[OTHER].reminders == 1

    nothing_of_it_is_anywhere(daemon.paths, capfd)


def nothing_of_it_is_anywhere(paths: Paths, capfd: pytest.CaptureFixture[str]) -> None:
    """The password is nowhere, addresses in contacts.csv alone: in no deliverable, log, history or output."""
    said = capfd.readouterr()
    kept = {str(path.relative_to(paths.home)): path.read_bytes() for path in paths.home.rglob("*") if path.is_file()}
    kept["output"] = (said.out + said.err).encode()
    for secret in (PASSWORD, DGE, HAS, DNS):
        holding = {name for name, content in kept.items() if secret.encode() in content}
        assert holding <= ({"contacts.csv"} if secret != PASSWORD else set()), secret
    assert parse_address(DGE).masked == "b…@dge.exemple"
