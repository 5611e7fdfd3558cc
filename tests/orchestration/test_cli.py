"""The command line: quick to help, plain in its errors, right in its exit codes."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestration.cli import main
from sources.landing.store import Landing

HEAVY = ("dagster", "dbt", "duckdb", "great_expectations", "pandas", "pyarrow", "openpyxl", "pdfplumber", "docx")
COMMANDS = ("report", "rebuild", "status", "doctor", "dev")


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
    assert "Run `jalon report` first." in output


def test_doctor_is_content_with_a_sound_installation(tmp_path: Path) -> None:
    Landing(tmp_path).open()
    code, output = run("doctor", home=tmp_path)
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


def test_doctor_finds_a_clock_moved_back(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from orchestration.commands.doctor import examine
    from orchestration.paths import Paths

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
