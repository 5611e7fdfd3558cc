"""A backup holds what cannot be made again, as of one instant; a restore takes nothing that is not as it was saved."""

import io
import json
import os
import pwd
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from orchestration.cli import main
from orchestration.services.audit.audit import Action, AuditTrail
from orchestration.services.backup.archive import CATALOGUE, ArchiveError
from orchestration.services.backup.backup import COMPLETE, STAGING, back_up, restore, verify
from orchestration.services.backup.last_backup import NOTE, backup_problem, backup_words, last_backup
from orchestration.services.reception.ingest import read_all
from orchestration.services.reception.readers import landing_readings, readers
from orchestration.services.runtime.locks import writing
from orchestration.services.runtime.paths import PROJECT, Paths
from orchestration.services.warehouse.database import open_warehouse
from sources.landing.load import load_raw
from sources.landing.store import Landing, LandingError
from sources.reference.roadmap import load_reference

AT = datetime(2025, 6, 10, 6, tzinfo=UTC)


def silent(_line: str) -> None:
    """Nobody listens."""


@pytest.fixture
def installed(tmp_path: Path) -> Paths:
    """A small installation: a file received, a line of the trail, a history, files that can be made again."""
    paths = Paths(home=tmp_path / "home", inbox=tmp_path / "inbox")
    drop = paths.inbox / "partners" / "ANS" / "CNS-13_ANS.xlsx"
    drop.parent.mkdir(parents=True)
    drop.write_bytes(b"invented workbook")
    (drop.parent / "~$CNS-13_ANS.xlsx").write_bytes(b"lock")
    landing = Landing(paths.home).open()
    received, _ = landing.receive(drop, channel="submissions", received_at=AT, folder="ANS")
    AuditTrail.of(paths, lambda: AT).append(Action.DROPPED, "CNS-13", {"sha256": received.sha256}, via="test")
    for name in (
        "snapshots/CNS-12/v1/snapshot.json",
        "deliverables/CNS-12/manifest.json",
        "receipts/ANS/r.xlsx",
        "outbox/CNS-12/draft/k.json",
    ):
        (paths.home / name).parent.mkdir(parents=True, exist_ok=True)
        (paths.home / name).write_text("{}")
    (paths.home / "audit" / "torn-0123.part").write_text("half a line")  # evidence, unlike what writers leave aside
    for name in (
        "warehouse.duckdb",
        "deliverables/CNS-12/.manifest.json.part",
        "jalon.duckdb",
        "writer.lock",
        "dbt/manifest.json",
    ):
        (paths.home / name).parent.mkdir(parents=True, exist_ok=True)
        (paths.home / name).write_bytes(b"made again")
    paths.dagster_home.mkdir()
    with sqlite3.connect(paths.dagster_home / "runs.db") as history:
        history.execute("create table runs (id)")
        history.execute("insert into runs values ('first')")
    return paths


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def elsewhere(tmp_path: Path) -> Paths:
    return Paths(home=tmp_path / "elsewhere" / "home", inbox=tmp_path / "elsewhere" / "inbox")


@pytest.mark.parametrize("name", ["b.tar", "b.tar.zst"])
def test_all_that_cannot_be_made_again_comes_back_elsewhere_and_nothing_else(
    installed: Paths, tmp_path: Path, name: str
) -> None:
    saved = back_up(installed, tmp_path / name, log=silent, clock=lambda: AT)
    again = elsewhere(tmp_path)
    done = restore(again, saved.path)
    before, after = contents(installed.home), contents(again.home)
    left_out = {
        "warehouse.duckdb",
        "jalon.duckdb",
        "dbt/manifest.json",
        "deliverables/CNS-12/.manifest.json.part",
        NOTE,
    }
    assert set(before) - set(after) == left_out | {path for path in before if path.endswith((".lock", ".holder"))}
    assert {path: after[path] for path in after if not path.endswith(".db")} == {
        path: before[path] for path in after if not path.endswith(".db")
    }
    with sqlite3.connect(again.dagster_home / "runs.db") as history:
        assert history.execute("select id from runs").fetchall() == [("first",)]
    assert contents(again.inbox) == {"partners/ANS/CNS-13_ANS.xlsx": b"invented workbook"}
    assert AuditTrail.of(again).problems() == []
    assert Landing(again.home).damages() == []
    assert done.files == saved.files
    assert done.inbox_left == 0


def test_a_backup_waits_for_the_run_that_is_writing(installed: Paths, tmp_path: Path) -> None:
    late = installed.home / "deliverables" / "CNS-12" / "late.docx"
    with writing(installed.writer_lock):
        # another process, as a run launched from the UI is: a lock is re-entrant within one
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration", "backup", "--to", tmp_path / "b.tar", "--home", installed.home],
            cwd=PROJECT,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        assert process.stderr is not None
        assert "is writing in" in process.stderr.readline()
        assert not (tmp_path / "b.tar").exists()
        late.write_bytes(b"the run's last file")
    assert process.wait(30) == 0
    process.stderr.close()
    again = elsewhere(tmp_path)
    restore(again, tmp_path / "b.tar")
    assert (again.home / "deliverables" / "CNS-12" / "late.docx").read_bytes() == b"the run's last file"


def test_the_history_is_that_of_one_instant_while_dagster_writes(installed: Paths, tmp_path: Path) -> None:
    with sqlite3.connect(installed.dagster_home / "runs.db") as dagster:
        dagster.execute("PRAGMA journal_mode=WAL")
        dagster.execute("insert into runs values ('in the log only')")
        dagster.commit()
        dagster.execute("insert into runs values ('not committed')")
        saved = back_up(installed, tmp_path / "b.tar", log=silent)
        dagster.rollback()
    again = elsewhere(tmp_path)
    restore(again, saved.path)
    with sqlite3.connect(again.dagster_home / "runs.db") as history:
        assert [row for (row,) in history.execute("select id from runs")] == ["first", "in the log only"]


def test_rights_are_kept_and_never_wider_than_the_group(installed: Paths, tmp_path: Path) -> None:
    record = installed.home / "outbox" / "CNS-12" / "draft" / "k.json"
    record.chmod(0o600)
    frozen = installed.home / "snapshots" / "CNS-12" / "v1" / "snapshot.json"
    frozen.chmod(0o444)
    saved = back_up(installed, tmp_path / "b.tar.zst", log=silent)
    assert saved.path.stat().st_mode & 0o777 == 0o640
    again = elsewhere(tmp_path)
    restore(again, saved.path)
    modes = {path: (again.home / path).stat().st_mode & 0o777 for path in contents(again.home)}
    assert modes["outbox/CNS-12/draft/k.json"] == 0o600
    assert modes["snapshots/CNS-12/v1/snapshot.json"] == 0o440
    assert {path: mode for path, mode in modes.items() if mode & 0o027} == {}
    assert all(path.stat().st_mode & 0o027 == 0 for path in again.home.rglob("*") if path.is_dir())


@pytest.mark.parametrize("where", ["first byte", "middle", "end"])
@pytest.mark.parametrize("name", ["b.tar", "b.tar.zst"])
def test_one_altered_byte_or_a_cut_end_restores_nothing(
    installed: Paths, tmp_path: Path, name: str, where: str
) -> None:
    path = back_up(installed, tmp_path / name, log=silent).path
    content = bytearray(path.read_bytes())
    if where == "end":
        content = content[: len(content) // 2]
    else:
        content[0 if where == "first byte" else content.find(b"invented") if name == "b.tar" else 200] ^= 0xFF
    path.write_bytes(content)
    again = elsewhere(tmp_path)
    with pytest.raises(ArchiveError, match=r"not a whole backup|has no place"):
        restore(again, path)
    assert contents(again.home) == {}
    assert not again.inbox.exists()
    path.write_bytes(b"")
    with pytest.raises(ArchiveError, match="not a whole backup"):
        restore(again, path)


def forged(change: Callable[[tarfile.TarInfo], None]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with tarfile.open(path, "w") as tar:
            member = tarfile.TarInfo("home/landing/VERSION")
            member.size = 2
            change(member)
            tar.addfile(member, io.BytesIO(b"1\n") if member.isfile() else None)
            listed = {"format": 1, "history": "sqlite", "made_at": "", "files": {}}
            closing = tarfile.TarInfo(CATALOGUE)
            closing.size = len(json.dumps(listed))
            tar.addfile(closing, io.BytesIO(json.dumps(listed).encode()))

    return write


def named(name: str, **more: Any) -> Callable[[tarfile.TarInfo], None]:
    def change(member: tarfile.TarInfo) -> None:
        member.name = name
        for key, value in more.items():
            setattr(member, key, value)

    return change


@pytest.mark.parametrize(
    "change",
    [
        named("../outside"),
        named("/var/jalon-outside"),
        named("home/../../outside"),
        named("home/link", type=tarfile.SYMTYPE, linkname="/etc/passwd", size=0),
        named("home/hard", type=tarfile.LNKTYPE, linkname="/etc/passwd", size=0),
        named("home/device", type=tarfile.CHRTYPE, size=0),
        named("home/not-in-the-catalogue"),
    ],
    ids=["parent", "absolute", "inner parent", "symbolic link", "hard link", "device", "extra file"],
)
def test_a_forged_archive_writes_nothing_outside_and_restores_nothing(
    tmp_path: Path, change: Callable[[tarfile.TarInfo], None]
) -> None:
    forged(change)(tmp_path / "forged.tar")
    again = elsewhere(tmp_path)
    with pytest.raises(ArchiveError, match=r"leaves the folder|has no place|not as it was saved"):
        restore(again, tmp_path / "forged.tar")
    assert contents(again.home) == {}
    assert not (tmp_path / "elsewhere" / "outside").exists()
    assert not Path("/var/jalon-outside").exists()


def test_a_home_that_holds_anything_is_never_written_over(installed: Paths, tmp_path: Path) -> None:
    saved = back_up(installed, tmp_path / "b.tar", log=silent)
    before = contents(installed.home)
    done = CliRunner().invoke(main, ["restore", str(saved.path), "--home", str(installed.home)])
    assert done.exit_code == 1
    assert "not empty" in done.output
    assert "another --home" in done.output
    assert contents(installed.home) == before


def test_a_drop_folder_with_files_is_left_as_it_is_and_that_is_said(installed: Paths, tmp_path: Path) -> None:
    saved = back_up(installed, tmp_path / "b.tar", log=silent)
    again = Paths(home=tmp_path / "elsewhere", inbox=installed.inbox)
    done = CliRunner().invoke(
        main, ["restore", str(saved.path), "--home", str(again.home), "--inbox", str(again.inbox)]
    )
    assert done.exit_code == 0
    assert "1 files of the drop folder were left in the backup" in done.output


def test_a_backup_of_a_newer_layout_is_refused_before_anything_is_moved(installed: Paths, tmp_path: Path) -> None:
    (installed.home / "landing" / "VERSION").write_text("99\n")
    saved = back_up(installed, tmp_path / "b.tar", log=silent)
    again = elsewhere(tmp_path)
    with pytest.raises(LandingError, match="this version of jalon knows"):
        restore(again, saved.path)
    assert contents(again.home) == {}


def test_a_restore_killed_while_it_moves_is_gone_on_with(
    installed: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = back_up(installed, tmp_path / "b.tar", log=silent)
    again = elsewhere(tmp_path)
    real, moves = Path.replace, []

    def dies(path: Path, target: Path) -> Path:
        if path.parent.name == "home" and STAGING in path.parts:
            moves.append(path.name)
            if len(moves) == 4:
                raise KeyboardInterrupt
        return real(path, target)

    monkeypatch.setattr(Path, "replace", dies)
    with pytest.raises(KeyboardInterrupt):
        restore(again, saved.path)
    monkeypatch.undo()
    assert not (again.home / "landing").exists(), "half a home must not be taken for an installation"
    assert (again.home / STAGING / COMPLETE).is_file()
    (tmp_path / "b.tar").write_bytes(b"")  # not needed any more: what was verified is on the disk
    restore(again, saved.path)
    assert Landing(again.home).damages() == []
    assert len(Landing(again.home).receptions()) == 1
    assert not (again.home / STAGING).exists()


@pytest.mark.parametrize(
    ("to", "said"),
    [("home/b.tar", "would be lost with it"), ("nowhere/b.tar", "no such folder"), ("b.zip", "expected a folder")],
)
def test_a_place_that_saves_nothing_is_refused(installed: Paths, tmp_path: Path, to: str, said: str) -> None:
    done = CliRunner().invoke(main, ["backup", "--to", str(tmp_path / to), "--home", str(installed.home)])
    assert done.exit_code == 1
    assert said in done.output


def test_a_backup_that_fails_half_way_leaves_the_former_one_and_nothing_beside(
    installed: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    saved = back_up(installed, folder / "b.tar", log=silent)
    before = saved.path.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("orchestration.services.backup.backup.copy_sqlite", full)
    with pytest.raises(OSError, match="No space left"):
        back_up(installed, folder / "b.tar", log=silent)
    assert {path.name for path in folder.iterdir()} == {"b.tar"}
    assert saved.path.read_bytes() == before


# --- names and files that a backup must survive -----------------------------------------------------------------------

ODD_NAMES = [
    b"back\\slash.xlsx",
    b"new\nline.xlsx",
    b"latin-1 \xe9t\xe9.xlsx",
    b"-dash.xlsx",
    b" spaces .xlsx",
    "é".encode() * 120 + b".xlsx",
    b"a" * 250,
    "décomposé e\u0301.xlsx".encode(),
    "rtl \u202excod.xlsx".encode(),
    b"C:\\windows\\cns.xlsx",
]


@pytest.mark.parametrize("name", ["b.tar", "b.tar.zst"])
def test_whatever_a_dropped_file_is_called_the_backup_is_restored_with_it(
    installed: Paths, tmp_path: Path, name: str
) -> None:
    folder = os.fsencode(installed.inbox / "partners" / "ANS")
    for number, odd in enumerate(ODD_NAMES):
        with open(os.path.join(folder, odd), "wb") as stream:  # noqa: PTH118, PTH123 - bytes, not text
            stream.write(b"invented %d" % number)
    saved = back_up(installed, tmp_path / name, log=silent)
    assert saved.left_out == ()
    again = elsewhere(tmp_path)
    done = restore(again, saved.path)
    back = os.fsencode(again.inbox / "partners" / "ANS")
    assert set(ODD_NAMES) <= {os.fsencode(path.name) for path in (again.inbox / "partners" / "ANS").iterdir()}
    assert done.inbox_refused == ()
    for number, odd in enumerate(ODD_NAMES):
        with open(os.path.join(back, odd), "rb") as stream:  # noqa: PTH118, PTH123
            assert stream.read() == b"invented %d" % number


def test_a_file_and_a_folder_nobody_may_read_are_listed_and_stop_nothing(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    folder = Path(tempfile.mkdtemp(prefix="jalon-rights-"))
    nobody = pwd.getpwnam("nobody").pw_uid
    try:
        paths = Paths(home=folder / "home", inbox=folder / "inbox")
        (paths.home / "landing").mkdir(parents=True)
        (paths.home / "landing" / "VERSION").write_text("1\n")
        (paths.inbox / "partners" / "ANS").mkdir(parents=True)
        (paths.inbox / "partners" / "ANS" / "lisible.xlsx").write_bytes(b"invented")
        closed_file = paths.inbox / "partners" / "ANS" / "fermé.xlsx"
        closed_folder = paths.inbox / "partners" / "fermé"
        closed_file.write_bytes(b"invented")
        closed_folder.mkdir()
        back_up(paths, folder / "warm.tar", log=silent)  # every module is loaded before rights are given up
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, nobody, -1)
        for path in (closed_file, closed_folder):
            os.chown(path, 0, 0)
            path.chmod(0o700)
        os.seteuid(nobody)
        try:
            saved = back_up(paths, folder / "b.tar", log=silent)
        finally:
            os.seteuid(0)
        assert sorted(line.partition(":")[0] for line in saved.left_out) == [
            "inbox/partners/ANS/fermé.xlsx",
            "inbox/partners/fermé",
        ]
        again = elsewhere(tmp_path)
        restore(again, saved.path)
        assert list(contents(again.inbox)) == ["partners/ANS/lisible.xlsx"]
        assert "2 files are not in the last one" in str(backup_problem(paths, datetime.now(UTC)))
    finally:
        shutil.rmtree(folder)


# --- verified, noted, cleared -----------------------------------------------------------------------------------------


def test_the_newest_backup_of_a_folder_is_compared_whole_and_an_altered_one_is_found(
    installed: Paths, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    back_up(installed, folder, log=silent, clock=lambda: AT)
    newest = back_up(installed, folder, log=silent, clock=lambda: AT + timedelta(days=1))
    path, checked = verify(folder, installed, clock=lambda: AT + timedelta(days=2))
    assert (path, checked) == (newest.path, newest.files)
    last = last_backup(installed)
    assert last is not None
    assert last.verified_at.startswith("2025-06-12")
    plain = back_up(installed, folder / "plain.tar", log=silent).path
    content = bytearray(plain.read_bytes())
    content[content.find(b"invented workbook")] ^= 0xFF
    plain.write_bytes(content)
    with pytest.raises(ArchiveError, match="not as it was saved"):
        verify(plain, installed)
    with pytest.raises(ArchiveError, match="no backup there"):
        verify(tmp_path / "home", installed)


def test_the_age_of_the_last_backup_is_said_and_an_old_one_is_a_problem(installed: Paths, tmp_path: Path) -> None:
    assert backup_problem(installed, datetime.now(UTC)) is None, "an installation of today"
    assert "no backup yet" in str(backup_problem(installed, datetime.now(UTC) + timedelta(days=3)))
    back_up(installed, tmp_path / "b.tar", log=silent, clock=lambda: AT)
    assert backup_problem(installed, AT + timedelta(days=1)) is None
    assert "3 days old" in str(backup_problem(installed, AT + timedelta(days=3)))
    assert backup_words(last_backup(installed), AT + timedelta(days=3)) == (
        "Dernière sauvegarde relue\u00a0: 10/06/2025, il y a 3\u00a0jours."
    )


def test_what_a_killed_backup_left_beside_is_removed_by_the_next(installed: Paths, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    code = (
        "import os, sys; from pathlib import Path; from orchestration.services.backup import backup\n"
        "from orchestration.services.runtime.paths import Paths\n"
        "backup._filled = lambda *_: os.kill(os.getpid(), 9)\n"
        "backup.back_up(Paths(Path(sys.argv[1]), Path(sys.argv[2])), Path(sys.argv[3]), log=lambda _: None)\n"
    )
    command = [sys.executable, "-c", code, installed.home, installed.inbox, folder]
    assert subprocess.run(command, cwd=PROJECT, check=False).returncode == -9
    left = list(folder.iterdir())
    assert {path.name.partition("-")[0] for path in left} == {".jalon"}
    for path in left:
        os.utime(path, (0, 0))
    saved = back_up(installed, folder, log=silent)
    assert list(folder.iterdir()) == [saved.path]


# --- a backup of an earlier version -----------------------------------------------------------------------------------


def test_a_backup_made_at_b36f1af_is_restored_and_read_by_this_version(tmp_path: Path) -> None:
    """The committed backup holds ANS's CNS-12 workbook, and a fictional CNS-13 one of template v1."""
    again = elsewhere(tmp_path)
    archive = PROJECT / "tests" / "deploy" / "fixtures" / "jalon-b36f1af.tar.zst"
    command = ["restore", str(archive), "--home", str(again.home), "--inbox", str(again.inbox)]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    landing, reference = Landing(again.home).open(), load_reference(again.seeds)
    assert landing.damages() == []
    for reader in readers(again, reference):
        read_all(landing, reader, silent)
    with open_warehouse(again.warehouse, log=silent) as warehouse:
        load_raw(warehouse, landing_readings(again))
        found = warehouse.execute(
            "select session_code, progress_text from raw.contribution where partner_code = 'ANS' and "
            "progress_text like 'Texte fictif%' "
        ).fetchall()
        sessions = warehouse.execute("select session_code from raw.submission order by all").fetchall()
    assert found == [("CNS-13", "Texte fictif d’essai, écrit pour une sauvegarde d’essai.")]
    assert sessions == [("CNS-12",), ("CNS-13",)]
