"""One session run as on a server: not root, code it cannot write, history in PostgreSQL, secrets in the environment.

A workbook, its file's name, decisions, a document and a waiver name persons wherever they can. Then everything that was
written is looked at, saved, restored elsewhere and rebuilt.
"""

import os
import pwd
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import openpyxl
import pytest
from openpyxl.comments import Comment

from orchestration.services.audit.audit import AuditTrail
from orchestration.services.runtime.paths import PROJECT, Paths
from orchestration.services.session.headline import what_it_says
from orchestration.services.session.notifications import Notice, words
from orchestration.services.warehouse.database import open_marts
from sources.landing.store import Landing
from tests.deploy.test_documents import ENTRIES, commands

if TYPE_CHECKING:
    from tests.deploy.conftest import Database

pytestmark = pytest.mark.long

SESSION = "CNS-12"
#: invented persons: in a workbook; in the names of files; in roles and reasons of decisions; in a document
PERSON, ADDRESS = "Jeanne Plantée-Exemple", "jeanne.plantee@exemple.invalid"
FILED, DECIDING, WRITTEN = "Paul Nomdefichier", "Zoé Nomdedécideuse", "Omar Nomdedocument"
SECRETS = {
    "JALON_SMTP_PASSWORD": "planted-Smtp/93%x",
    "PGPASSWORD": "planted-Pg:77@y",
    "JALON_NOTIFY_WEBHOOK": "https://127.0.0.1:9/hook/planted-Token-55",
}
# root reads everything and writes everything: what a service may is seen as another user, who here reads all
UNPRIVILEGED = [
    "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--no-new-privs",
    "--inh-caps=-all,+dac_read_search", "--ambient-caps=+dac_read_search", "--bounding-set=-all,+dac_read_search",
]  # fmt: skip


@dataclass
class Server:
    """An installation and what its commands said."""

    paths: Paths
    environment: dict[str, str]
    prefix: list[str]
    said: list[str] = field(default_factory=list)

    def jalon(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command as the service's user."""
        done = subprocess.run(
            [*self.prefix, sys.executable, "-m", "orchestration", *map(str, arguments)],
            env=self.environment,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
        self.said += [done.stdout, done.stderr]
        return done

    def shell(self, line: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run a line of a page that begins with `jalon`, in a folder of its own."""
        words = shlex.split(line.replace("$JALON_INBOX", str(self.paths.inbox)), comments=True)
        done = subprocess.run(
            [*self.prefix, sys.executable, "-m", "orchestration", *words[1:]],
            env=self.environment,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        self.said += [done.stdout, done.stderr]
        return done

    def marts(self) -> dict[str, list[str]]:
        """Every mart, row by row."""
        with open_marts(self.paths.marts) as connection:
            names = connection.execute(
                "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
            ).fetchall()
            return {
                name: sorted(map(repr, connection.execute(f"select * from marts.{name}").fetchall()))
                for (name,) in names
            }


def plant(path: Path) -> None:
    """A person's name and address in every place of a workbook that people write in."""
    book = openpyxl.load_workbook(path)
    book.properties.creator = book.properties.lastModifiedBy = PERSON
    book.properties.description = book.properties.keywords = ADDRESS
    words = {"Avancement": ("avancement",), "Indicateurs": ("commentaire", "source"), "Jalons": ("preuve",)}
    for name, columns in words.items():
        sheet = book[name]
        header, titles = next(
            (row[0].row, {str(cell.value).strip().lower(): cell.column for cell in row if cell.value})
            for row in sheet.iter_rows()
            if sum(bool(cell.value) for cell in row) > 5
        )
        for title, column in titles.items():
            if title.startswith(columns):
                cell = sheet.cell(header + 1, column)
                cell.value = f"Vu avec {PERSON} ({ADDRESS})."
                cell.comment = Comment(f"Appeler {PERSON}", PERSON)
    book.save(path)


def plant_elsewhere(inbox: Path) -> None:
    """Persons in names of files, in a file that cannot be read, in decisions, in a document and its title."""
    ours = inbox / "partners" / "ANS" / f"{SESSION}_ANS.xlsx"
    plant(ours)
    shutil.copy(ours, book := ours.with_name(f"{SESSION}_ANS {FILED}.xlsx"))
    sent = openpyxl.load_workbook(book)
    sent.properties.title = PERSON  # other bytes, the same words
    sent.save(book)
    ours.with_name(f"{FILED}.xlsx").write_text(f"Pas un classeur, dit {PERSON}.")
    neighbour = inbox / "partners" / "HAS" / f"{SESSION}_HAS.xlsx"
    sent = openpyxl.load_workbook(neighbour)
    sent.properties.title = "Envoi d’essai"
    sent.save(neighbour)
    shipped = inbox / "decisions" / "2024-12-17_reprise-historique.xlsx"
    review = openpyxl.load_workbook(shipped)
    for cell in (cell for row in review["Faits"].iter_rows() for cell in row):
        if str(cell.value).startswith(("Équipe Jalon", "Chiffre relu")):
            cell.value = f"{DECIDING}, pilote"
    review.save(shipped.with_name(f"2024-12-17_reprise {FILED}.xlsx"))
    shipped.unlink()
    report = inbox / "reports" / "2024-12-17_etat-avancement_CNS-12.md"
    report.write_text(
        report.read_text().replace("Ils ont dépassé 30 millions", f"Selon {WRITTEN}, ils ont dépassé 30 millions")
    )
    (inbox / "reports" / f"2024-12-10_note de {FILED}.md").write_text(
        f"# Entretien avec {WRITTEN}\n\nAu 1er décembre 2024, selon {WRITTEN}, 34 000 médecins ont répondu.\n"
    )


def prefix() -> list[str]:
    """How to become the service's user; nothing where that user cannot even see this checkout."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return []
    seen = subprocess.run(["setpriv", "--reuid=nobody", "test", "-r", PROJECT / "dagster.yaml"], check=False)
    return [] if seen.returncode else UNPRIVILEGED


def server(folder: Path, **settings: str) -> Server:
    """Folders of an installation that belong to the service's user."""
    paths = Paths(home=folder / "home", inbox=folder / "inbox")
    folder.mkdir(parents=True, exist_ok=True)
    becoming = prefix()
    if becoming:
        shutil.chown(folder, "nobody", "nogroup")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JALON_", "DAGSTER_", "PG")) and name != "HOME"
    }
    places = {"JALON_HOME": str(paths.home), "JALON_INBOX": str(paths.inbox), "PYTHONPATH": str(PROJECT)}
    return Server(paths, {**kept, **places, **settings}, becoming)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that every user may pass, unlike pytest's."""
    folder = Path(tempfile.mkdtemp(prefix="jalon-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def deployed(place: Path, database: "Database") -> Server:
    made = server(
        place / "deployed",
        JALON_STORAGE_URL=database.create("deployed"),
        JALON_SMTP_HOST="127.0.0.1",
        JALON_SMTP_PORT="9",
        JALON_SMTP_TLS="none",
        JALON_SMTP_FROM="jalon@exemple.fr",
        JALON_SMTP_USER="jalon",
        **SECRETS,
    )
    shutil.copytree(PROJECT / "sources" / "inbox", made.paths.inbox)
    plant_elsewhere(made.paths.inbox)
    done = made.jalon("report", "--session", SESSION)
    assert done.returncode == 0, done.stdout + done.stderr
    return made


def written(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if not path.is_symlink()]


def test_the_run_wrote_as_the_service_and_nothing_that_others_may_read(deployed: Server) -> None:
    if not deployed.prefix:
        pytest.skip("only root can start a process as another user, and only where that user can read this checkout")
    nobody = pwd.getpwnam("nobody").pw_uid
    assert {path.stat().st_uid for path in written(deployed.paths.home)} == {nobody}
    too_open = {
        str(path.relative_to(deployed.paths.home)): oct(path.stat().st_mode & 0o777)
        for path in written(deployed.paths.home)
        if path.stat().st_mode & 0o027
    }
    assert too_open == {}


def test_no_secret_is_written_anywhere(deployed: Server, database: "Database") -> None:
    refused = deployed.jalon("send", "--session", SESSION, "--to", "a@exemple.fr", "--send")
    assert refused.returncode == 1, "nothing listens there: a mail must fail"
    version = deployed.paths.home / "landing" / "VERSION"
    version.write_text("99\n")
    failed = deployed.jalon("rebuild")
    version.write_text("1\n")
    assert failed.returncode == 1
    assert "this version of jalon knows" in failed.stderr
    dump = subprocess.run(
        [database.programs / "pg_dump", f"--dbname={deployed.environment['JALON_STORAGE_URL']}"],
        check=True,
        capture_output=True,
    ).stdout
    assert b"this version of jalon knows" in dump, "the failed run is in the history that is searched"
    places = {str(path): path.read_bytes() for path in written(deployed.paths.home) if path.is_file()}
    places |= {"history": dump, "output": "".join(deployed.said).encode()}
    for name, secret in SECRETS.items():
        forms = {secret, quote(secret, safe=""), b64encode(secret.encode()).decode(), secret.rpartition("/")[2]}
        found = [place for place, content in places.items() if any(form.encode() in content for form in forms)]
        assert found == [], f"{name} is in {found}"


#: what is searched for, in small letters, whatever the accents became
NAMES = re.compile(r"plant[ée]e?-exemple|jeanne|nomde[a-zé]+|@exemple\.invalid")


def named_in(content: bytes) -> set[str]:
    """The planted persons in a file's bytes, or in the parts of the package that it is."""
    if content[:2] != b"PK":
        return set(NAMES.findall(content.decode("utf-8", errors="replace").lower()))
    with zipfile.ZipFile(BytesIO(content)) as package:
        return {name for part in package.namelist() for name in named_in(package.read(part))}


def test_every_planted_person_was_read_and_is_in_the_warehouse(deployed: Server) -> None:
    """What the other tests do not find is left out on purpose, not missed by the readers."""
    asked = {
        "fct_contribution": "progress_text like '%Jeanne Plantée%'",
        "fct_decision": "author_role like '%Nomdedécideuse%' and reason like '%Nomdedécideuse%'",
        "dim_source": "file_name like '%Nomdefichier%' and title like '%Nomdedocument%'",
        "mart_refused_file": "folder = 'ANS'",
    }
    with open_marts(deployed.paths.marts) as connection:
        found = {
            table: connection.execute(f"select count(*) from marts.{table} where {wanted}").fetchall()[0][0]
            for table, wanted in asked.items()
        }
    assert all(found.values()), found


def test_no_planted_person_reaches_open_data_manifest_or_what_was_printed(deployed: Server) -> None:
    folder = deployed.paths.deliverables(SESSION)
    assert named_in((folder / f"{SESSION}_donnees-ouvertes.zip").read_bytes()) == set()
    assert named_in((folder / "manifest.json").read_bytes()) == set()
    # the engineer is shown the names of files, to find them; nothing of what is in them
    assert named_in("".join(deployed.said).encode()) <= {"nomdefichier"}


def test_no_planted_person_reaches_another_partner(deployed: Server, place: Path) -> None:
    receipts = [path for path in deployed.paths.receipts.rglob("*") if path.is_file()]
    its_own = [path for path in receipts if "ANS" in path.parts]
    assert {name for path in its_own for name in named_in(path.read_bytes())}, "its own words and names are there"
    others = [path for path in receipts if path not in its_own]
    assert {path.name: found for path in others if (found := named_in(path.read_bytes()))} == {}
    assert {path.suffix for path in others if "HAS" in path.parts} == {".json", ".xlsx"}
    for name, command in (("templates", ["templates"]), ("letters", ["remind", "--on", "2025-06-03"])):
        folder = place / name
        folder.mkdir()
        shutil.chown(folder, *(("nobody", "nogroup") if deployed.prefix else (os.getuid(),)))
        done = deployed.jalon(*command, "--session", "CNS-13", "--out", folder)
        assert done.returncode == 0, done.stderr
        written = {path.stem: named_in(path.read_bytes()) for path in folder.iterdir()}
        assert len(written) > 5
        assert {name.removeprefix("CNS-13_") for name, found in written.items() if found} <= {"ANS"}


def test_no_planted_person_is_in_a_notice(deployed: Server) -> None:
    headline, blockers = what_it_says(deployed.paths, SESSION)
    notice = Notice("deliverables_ready", "run", "report", SESSION, headline=headline, blockers=blockers)
    assert headline
    assert named_in("\n".join(words(notice, "http://127.0.0.1:3000")).encode()) == set()


def test_properties_and_notes_of_a_workbook_reach_no_deliverable(deployed: Server) -> None:
    for path in deployed.paths.deliverables(SESSION).glob("*.[dx][ol][cs]x"):
        with zipfile.ZipFile(path) as package:
            for name in package.namelist():
                content = package.read(name)
                assert f"Appeler {PERSON}".encode() not in content, f"{path.name}: {name}"
                if name.startswith("docProps/"):
                    assert b"Plant" not in content, f"{path.name}: {name}"


def test_every_file_and_every_decision_is_in_the_trail(deployed: Server) -> None:
    trail, landing = AuditTrail.of(deployed.paths), Landing(deployed.paths.home)
    assert trail.problems() == []
    noted = {entry.detail["sha256"]: entry for entry in trail.entries() if entry.action == "dropped"}
    assert set(noted) == {reception.sha256 for reception in landing.receptions()}
    assert {entry.via for entry in noted.values()} == {"jalon report"}
    with open_marts(deployed.paths.marts) as connection:
        files = connection.execute("select count(*) from marts.fct_kpi_observation").fetchall()
    assert files[0][0] > 0
    assert [entry.action for entry in trail.entries()].count("decided") > 0


LOOKED_AT = sorted(
    {
        line
        for _, body in ENTRIES
        for line in commands(body.partition("**Look**")[2].partition("**Do**")[0])
        if line.startswith("jalon ")
    }
)


def test_every_look_of_the_runbook_answers_and_changes_nothing(deployed: Server, place: Path) -> None:
    (place / "tmp").mkdir()
    shutil.chown(place / "tmp", *(("nobody", "nogroup") if deployed.prefix else (os.getuid(),)))
    before = {path: path.read_bytes() for path in written(deployed.paths.home) if is_data(path)}
    assert len(LOOKED_AT) >= 5
    for line in LOOKED_AT:
        done = deployed.shell(line, place / "tmp")
        assert "Traceback" not in done.stderr, line
        # a workbook that was refused rows answers 1: that is what one looks for
        assert done.returncode in {0, 1}, f"{line}: {done.stderr}"
        assert done.stdout, f"{line} says nothing"
    assert {path: path.read_bytes() for path in written(deployed.paths.home) if is_data(path)} == before


def is_data(path: Path) -> bool:
    # what is remembered (`memo/`) may be worked out again at any time
    return path.is_file() and path.suffix not in {".lock", ".holder"} and not {"dagster", "memo"} & set(path.parts)


def test_a_backup_restored_elsewhere_rebuilds_the_same_marts_and_the_same_history(
    deployed: Server, database: "Database", place: Path
) -> None:
    backups = place / "backups-of-all"
    backups.mkdir()
    shutil.chown(backups, *(("nobody", "nogroup") if deployed.prefix else (os.getuid(),)))
    done = deployed.jalon("backup", "--to", backups)
    assert done.returncode == 0, done.stderr
    (archive,) = backups.iterdir()
    again = server(place / "elsewhere", JALON_STORAGE_URL=database.create("elsewhere"))
    done = again.jalon("restore", archive)
    assert done.returncode == 0, done.stderr
    done = again.jalon("rebuild")
    assert done.returncode == 0, done.stderr
    assert again.marts() == deployed.marts()
    assert runs(database, "elsewhere") >= runs(database, "deployed") | {"rebuild"}
    done = again.jalon("doctor")
    assert done.returncode == 0, done.stdout
    # the same database is never written over
    twice = server(place / "twice", JALON_STORAGE_URL=again.environment["JALON_STORAGE_URL"])
    done = twice.jalon("restore", archive)
    assert done.returncode == 1
    assert "already holds" in done.stderr
    assert list(twice.paths.home.iterdir()) == []
    done = twice.jalon("restore", archive, "--without-history")
    assert done.returncode == 0, done.stderr


def runs(database: "Database", name: str) -> set[str]:
    """The jobs that a database knows runs of."""
    import psycopg2

    with psycopg2.connect(f"postgresql://jalon@/{name}?host={database.sockets}") as connection:
        cursor: Any = connection.cursor()
        cursor.execute("select pipeline_name from runs")
        return {job for (job,) in cursor.fetchall()}
