"""The page of the session cycle, followed on a moved clock: `python -m tests.deploy.cycle_on_a_moved_clock`.

Every command of docs/operations/session-cycle.md is run for CNS-13 as it is there, on its day, the clock of each
process being moved by libfaketime (Debian package faketime). Between the lines, invented partners do what partners do:
they fill the workbooks they were given and drop them; two of them are late. A mail server on loopback takes what is
sent. It ends with 1 at the first command that does not do what the page says. Some minutes: not a part of the suite,
where test_documents.py sees to it that the page names real commands.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
from aiosmtpd.controller import Controller

from orchestration.services.audit.audit import AuditTrail
from orchestration.services.runtime.paths import PROJECT, Paths
from tests.deploy.test_documents import commands

PAGE = PROJECT / "docs" / "operations" / "session-cycle.md"
SESSION = "CNS-13"
# section of the page → the days it is followed on; contributions are due on 10 June 2025, the session is on the 24th
DAYS = {
    "0": ("2025-04-01",),
    "1": ("2025-04-11",),
    "2": ("2025-05-06",),
    "3": ("2025-05-11", "2025-06-03", "2025-06-09", "2025-06-11"),
    "4": ("2025-06-10", "2025-06-17"),
    "5": ("2025-06-21",),
    "6": ("2025-06-24",),
    "7": ("2025-06-24",),
    "8": ("2025-06-25",),
}
LATE = ("CNS-13_ANS.xlsx", "CNS-13_CNAM.xlsx")


class Mailbox:
    """Takes everything."""

    def __init__(self) -> None:
        self.recipients: list[str] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        """Any recipient is good."""
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Any message too."""
        self.recipients += envelope.rcpt_tos
        return "250 OK"


class Engineer:
    """Who follows the page: an installation, a folder to work in, and a clock that is moved."""

    def __init__(self, folder: Path, port: int) -> None:
        self.paths = Paths(home=folder / "home", inbox=folder / "inbox")
        self.desk = folder / "desk"
        self.backups = folder / "backups"
        for made in (self.desk, self.backups):
            made.mkdir()
        self._moment = datetime(2025, 4, 1, 9, tzinfo=UTC)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("JALON_", "DAGSTER_"))},
            "JALON_HOME": str(self.paths.home),
            "JALON_INBOX": str(self.paths.inbox),
            "JALON_SMTP_HOST": "127.0.0.1",
            "JALON_SMTP_PORT": str(port),
            "JALON_SMTP_TLS": "none",
            "JALON_SMTP_FROM": "jalon@exemple.fr",
            "PYTHONPATH": str(PROJECT),
            # waiting and time-outs count real seconds
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def runs(self, day: str, line: str) -> str:
        """One line of the page on one day; its output. SystemExit when it ends otherwise than well."""
        started = time.monotonic()
        self._moment += timedelta(minutes=10)  # a later command is not run before an earlier one ended
        done = subprocess.run(
            [
                "faketime",
                "-f",
                f"@{day} {self._moment:%H:%M:%S}",
                sys.executable,
                "-m",
                "orchestration",
                *shlex.split(line)[1:],
            ],
            env=self.environment,
            cwd=self.desk,
            capture_output=True,
            text=True,
            check=False,
        )
        print(f"{day}  {line}  [{done.returncode}, {time.monotonic() - started:.0f} s]", flush=True)  # noqa: T201
        if done.returncode:
            sys.exit(f"{done.stdout}{done.stderr}")
        return done.stdout


def sections(page: Path) -> Iterator[tuple[str, list[str]]]:
    """The numbered sections of the page, each with its commands."""
    for number, body in re.findall(r"^## (\d)\..*?\n(.*?)(?=^## |\Z)", page.read_text(), re.M | re.S):
        yield number, [line for line in commands(body) if line.startswith("jalon ")]


def fill(template: Path, inbox: Path) -> None:
    """What a partner does in Excel: a status and a sentence for each action it leads, saved into its drop folder."""
    book = openpyxl.load_workbook(template)
    sheet = book["Avancement"]
    header = next(row for row in sheet.iter_rows() if sum(bool(cell.value) for cell in row) > 5)
    columns = {str(cell.value).split("(")[0].strip().lower(): cell.column for cell in header if cell.value}
    for number in range(header[0].row + 1, sheet.max_row + 1):
        if str(sheet.cell(number, columns["rôle"]).value or "").lower().startswith("pilote"):
            sheet.cell(number, columns["statut"]).value = "En bonne voie"
            sheet.cell(number, columns["avancement"]).value = "Texte inventé pour l’essai d’un cycle."
    target = inbox / "partners" / template.stem.partition("_")[2] / template.name
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)


def follow(engineer: Engineer) -> None:
    """The whole page, and what partners do meanwhile."""
    shutil.copytree(PROJECT / "sources" / "inbox", engineer.paths.inbox)
    templates = engineer.paths.home / "templates" / SESSION
    for number, lines in sections(PAGE):
        for day in DAYS[number]:
            if number == "2":
                for path in sorted(set(templates.glob("*.xlsx")) - {templates / name for name in LATE}):
                    fill(path, engineer.paths.inbox)
            if day == "2025-06-11":
                for name in LATE:
                    fill(templates / name, engineer.paths.inbox)
            for line in lines:
                told = re.sub(r"\bS\b", SESSION, line).replace("/var/backups/jalon", str(engineer.backups))
                file = engineer.paths.inbox / "partners" / "DGOS" / "CNS-13_DGOS.xlsx"
                engineer.runs(day, told.replace("FILE.xlsx", str(file)))
            if day == "2025-06-03":
                said = {path.name for path in (engineer.paths.home / "reminders").rglob("*") if path.is_file()}
                require(any("ANS" in name for name in said), f"the late are reminded: {sorted(said)}")


def require(condition: object, message: str) -> None:
    """SystemExit when the page promised something else."""
    if not condition:
        sys.exit(f"not as the page says: {message}")


def verify(engineer: Engineer, mailbox: Mailbox) -> None:
    """What a cycle must have left."""
    home = engineer.paths.home
    require((home / "snapshots" / SESSION / "v1" / "snapshot.json").is_file(), "a frozen version")
    require(mailbox.recipients == ["prenom.nom@exemple.fr"], f"one mail, {mailbox.recipients} were sent")
    entries = AuditTrail.of(engineer.paths).entries()
    done = [entry.action for entry in entries if entry.session_code == SESSION]
    require(done[-2:] == ["published", "sent"], f"the trail ends {done[-2:]}")
    require([entry.at[:10] for entry in entries[-2:]] == ["2025-06-24"] * 2, "on the day of the session")
    require(AuditTrail.of(engineer.paths).problems() == [], "a whole trail")
    require(len(list(engineer.backups.iterdir())) == 1, "a backup")


@contextmanager
def serving(mailbox: Mailbox) -> Iterator[int]:
    """A mail server on loopback; its port."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    listening = Controller(mailbox, hostname="127.0.0.1", port=port)
    listening.start()
    try:
        yield port
    finally:
        listening.stop()


def main(arguments: Sequence[str]) -> None:
    """Follow the page in a folder, a temporary one unless one is given."""
    if shutil.which("faketime") is None:
        sys.exit("faketime is not installed (Debian package faketime)")
    mailbox = Mailbox()
    with tempfile.TemporaryDirectory() as temporary, serving(mailbox) as port:
        folder = Path(arguments[0]) if arguments else Path(temporary)
        engineer = Engineer(folder, port)
        follow(engineer)
        verify(engineer, mailbox)
    print("the whole cycle, as the page says it")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
