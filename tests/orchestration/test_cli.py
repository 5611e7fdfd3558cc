"""The command line: quick to help, plain in its errors, right in its exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestration.cli import main
from orchestration.services.runtime.paths import PROJECT
from sources.landing.store import Landing

HEAVY = ("dagster", "dbt", "duckdb", "great_expectations", "pandas", "pyarrow", "openpyxl", "pdfplumber", "docx")
COMMANDS = ("report", "rebuild", "check", "extract", "templates", "review", "remind", "status", "doctor", "dev")


def run(*arguments: str, home: Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, [*arguments, "--home", str(home)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.exit_code, result.output


def test_asking_for_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom orchestration.cli import main\n"
        "try:\n    main(['report', '--help'])\n"
        f"except SystemExit:\n    print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_home_and_inbox(command: str) -> None:
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0
    assert "--home" in result.output
    assert "--inbox" in result.output


def test_an_unknown_session_is_wrong_usage_and_names_those_there_are(tmp_path: Path) -> None:
    code, output = run("report", "--session", "CNS-99", home=tmp_path)
    assert code == 2
    assert "CNS-12, CNS-13" in output
    assert "Traceback" not in output
    assert list(tmp_path.iterdir()) == []


def test_status_before_anything_was_built_says_what_to_run(tmp_path: Path) -> None:
    code, output = run("status", home=tmp_path)
    assert code == 1
    assert "Run `jalon report --session CNS-12 --home " in output


def test_doctor_is_content_with_a_sound_installation(tmp_path: Path) -> None:
    Landing(tmp_path).open()
    (tmp_path / "inbox" / "partners").mkdir(parents=True)
    code, output = run("doctor", "--inbox", str(tmp_path / "inbox"), home=tmp_path)
    assert code == 0, output
    assert "every hash checked" in output


def test_doctor_finds_an_altered_archive_a_newer_landing_and_a_lost_inbox(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    landing = Landing(tmp_path / "home").open()
    dropped = tmp_path / "CNS-13_ANS.xlsx"
    dropped.write_bytes(b"workbook")
    reception, _ = landing.receive(dropped, channel="submissions", received_at=datetime(2025, 6, 1, tzinfo=UTC))
    landing.original(reception).write_bytes(b"altered")
    code, output = run("doctor", "--inbox", str(tmp_path / "gone"), home=tmp_path / "home")
    assert code == 1
    assert "content altered since it was archived" in output
    assert "gone: not there; mount or make it" in output

    (tmp_path / "home" / "landing" / "VERSION").write_text("99\n")
    code, output = run("doctor", home=tmp_path / "home")
    assert code == 1
    assert "Install the version which wrote it" in output


def test_doctor_finds_damaged_databases_a_dead_run_and_a_folder_that_is_not_mounted(tmp_path: Path) -> None:
    import duckdb

    home, empty = tmp_path / "home", tmp_path / "empty"
    empty.mkdir()
    Landing(home).open()
    for name in ("warehouse", "jalon"):
        path = home / f"{name}.duckdb"
        with duckdb.connect() as connection:
            connection.execute(f"attach '{path}' as made; use made; create schema raw; create schema marts")
            connection.execute("create table made.raw.jalon_build as select 'd' as digest")
            connection.execute("create table made.marts.t as select i, hash(i) as h from range(200000) n(i)")
    code, output = run("doctor", "--inbox", str(tmp_path), home=home)
    assert output.count("every block checked") == 2
    for name in ("warehouse", "jalon"):
        path = home / f"{name}.duckdb"
        content = bytearray(path.read_bytes())
        middle = len(content) // 3
        content[middle : middle + 4096] = bytes(4096)
        path.write_bytes(content)
    (home / "dagster" / "living").mkdir(parents=True)
    (home / "dagster" / "living" / "0123456789.lock").touch()
    os.utime(home / "dagster" / "living" / "0123456789.lock", (0, 0))
    code, output = run("doctor", "--inbox", str(empty), home=home)
    assert code == 1
    bad = [line for line in output.splitlines() if line.startswith("BAD")]
    assert [line.split(":")[0].split(maxsplit=1)[1] for line in bad] == ["inbox", "runs", "marts", "warehouse"]
    for line, fix in zip(
        bad,
        ("is the drop folder mounted?", "run it again", "`jalon rebuild --home ", "`jalon rebuild --home "),
        strict=True,
    ):
        assert fix in line


def test_doctor_finds_a_clock_moved_back(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from orchestration.commands.doctor import examine
    from orchestration.services.runtime.paths import Paths

    landing = Landing(tmp_path).open()
    dropped = tmp_path / "a.xlsx"
    dropped.write_bytes(b"workbook")
    landing.receive(dropped, channel="submissions", received_at=datetime(2025, 6, 1, tzinfo=UTC))
    paths = Paths(home=tmp_path, inbox=tmp_path)
    found = {item.subject: item for item in examine(paths, lambda: datetime(2025, 1, 1, tzinfo=UTC))}
    assert found["clock"].is_sound is False
    assert "set the clock right" in found["clock"].text


def test_a_home_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, not a folder")
    code, output = run("report", home=tmp_path / "home")
    assert code == 1
    assert "Traceback" not in output
    assert len([line for line in output.splitlines() if line.startswith("error:")]) == 1


# --- check, extract, templates ---------------------------------------------------------------------------------------


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """The shipped workbook of the ANS."""
    source = PROJECT / "sources" / "inbox" / "partners" / "ANS" / "CNS-12_ANS.xlsx"
    path = tmp_path / source.name
    path.write_bytes(source.read_bytes())
    return path


def test_check_accepts_a_good_workbook_and_stores_nothing(workbook: Path, tmp_path: Path) -> None:
    code, output = run("check", str(workbook), "--json", home=tmp_path / "home")
    assert code == 0
    told = json.loads(output)
    assert (told["partner"], told["session"], told["verdict"]) == ("ANS", "CNS-12", "accepted")
    rows = told["rows"]
    assert rows["read"] == rows["accepted"] + rows["rejected"] + rows["ignored"]
    assert not (tmp_path / "home").exists()


def test_check_of_several_files_is_a_list_and_a_broken_one_decides_the_code(workbook: Path, tmp_path: Path) -> None:
    broken = tmp_path / "CNS-12_CNAM.xlsx"
    broken.write_bytes(workbook.read_bytes()[:5000])
    code, output = run("check", str(workbook), str(broken), "--json", home=tmp_path / "home")
    assert code == 2
    assert [told["verdict"] for told in json.loads(output)] == ["accepted", "rejected"]


def test_check_of_a_folder_answers_for_every_file_whatever_its_name(workbook: Path, tmp_path: Path) -> None:
    """A name in another encoding than the system's must not end in a traceback."""
    folder = tmp_path / "dépôts"
    (folder / "ANS").mkdir(parents=True)
    workbook.rename(folder / "ANS" / workbook.name)
    (folder / "ANS" / f"~${workbook.name}").write_bytes(b"lock")
    (folder / os.fsdecode(b"CNS-12_\xe9.xlsx")).write_bytes(b"PK")
    code, output = run("check", str(folder), "--json", home=tmp_path / "home")
    assert code == 2
    assert {told["file"]: [i["rule"] for i in told["issues"]] for told in json.loads(output)} == {
        "CNS-12_ANS.xlsx": [],
        "CNS-12_\N{REPLACEMENT CHARACTER}.xlsx": ["FILE_UNSAFE_NAME"],
    }


def test_check_speaks_french_to_the_partner(workbook: Path, tmp_path: Path) -> None:
    code, output = run("check", str(workbook), home=tmp_path / "home")
    assert code == 0
    assert "CNS-12_ANS.xlsx\u00a0: accepté" in output


def test_a_terminal_that_knows_fewer_letters_gets_question_marks(workbook: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orchestration", "check", str(workbook), "--home", str(tmp_path)],
        cwd=PROJECT,
        env={**os.environ, "PYTHONIOENCODING": "iso8859-9"},
        capture_output=True,
        encoding="iso8859-9",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "accepté ? " in done.stdout


def test_extract_reads_the_shipped_report(tmp_path: Path) -> None:
    report = PROJECT / "sources" / "inbox" / "reports" / "2024-12-17_etat-avancement_CNS-12.md"
    code, output = run("extract", str(report), "--json", home=tmp_path)
    assert code == 0
    told = json.loads(output)
    assert (told["document"]["kind"], len(told["actions"]), len(told["priorities"])) == ("progress_report", 65, 18)


def test_extract_of_a_damaged_file_is_one_line_and_code_two(tmp_path: Path) -> None:
    damaged = tmp_path / "rapport.pdf"
    damaged.write_bytes(b"%PDF-1.7 nothing")
    code, output = run("extract", str(damaged), home=tmp_path)
    assert code == 2
    assert output.startswith("error: rapport.pdf")
    assert len(output.splitlines()) == 1


def test_templates_writes_one_partner_or_says_who_there_is(tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, output = run("templates", "--session", "CNS-13", "--partner", "ANS", "--out", str(out), home=tmp_path)
    assert code == 0
    assert str(out / "CNS-13_ANS.xlsx") in output
    code, output = run("templates", "--partner", "NOBODY", "--out", str(out), home=tmp_path)
    assert code == 2
    assert "no partner 'NOBODY'" in output


# --- review ----------------------------------------------------------------------------------------------------------


def test_review_wants_one_of_export_and_import(tmp_path: Path) -> None:
    code, output = run("review", "--session", "CNS-12", home=tmp_path)
    assert code == 2
    assert "--export FILE.xlsx or --import FILE.xlsx" in output


def test_review_before_anything_was_built_says_what_to_run(tmp_path: Path) -> None:
    code, output = run("review", "--session", "CNS-12", "--export", str(tmp_path / "r.xlsx"), home=tmp_path / "home")
    assert code == 1
    assert "lancez d’abord «\u00a0jalon report --session CNS-12 --home " in output


def test_review_of_another_session_is_refused_and_nothing_is_stored(tmp_path: Path) -> None:
    shipped = PROJECT / "sources" / "inbox" / "decisions" / "2024-12-17_reprise-historique.xlsx"
    code, output = run("review", "--session", "CNS-13", "--import", str(shipped), home=tmp_path / "home")
    assert code == 1
    assert f"review --session CNS-12 --import {shipped} --home" in output, "the line printed names the file as given"
    assert Landing(tmp_path / "home").receptions() == []
