"""`extract` and `check` answer within a minute, with a plain word, whatever the file does to its parser."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestration.cli import main
from orchestration.commands import extract
from orchestration.services.reception import check
from orchestration.services.runtime.paths import PROJECT
from sources.files.guarded import Limits
from sources.workbook.loading import MAX_SECONDS

BOOK = next((PROJECT / "sources" / "inbox" / "partners").glob("*/CNS-12_ANS.xlsx"))


def test_the_limits_add_up_to_less_than_a_minute() -> None:
    assert max(extract.LIMITS.seconds, extract.LIMITS.wait) < 60
    assert max(MAX_SECONDS, check.MOST_SECONDS) < 60


def test_a_document_that_computes_too_long_is_given_up_with_the_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "note.md"
    document.write_text("Une phrase.")
    monkeypatch.setattr(extract, "LIMITS", Limits(0.05, extract.LIMITS.memory, 55.0))
    done = CliRunner().invoke(main, ["extract", str(document)])
    assert done.exit_code == 2
    assert "note.md : lecture abandonnée après 0 secondes de calcul. Imprimez le document" in done.output


@pytest.mark.parametrize("name", ["extract", "check"])
def test_a_parser_that_does_not_answer_is_no_fault_of_the_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "note.md"
    document.write_text("Une phrase.")
    monkeypatch.setattr(extract, "LIMITS", Limits(50.0, extract.LIMITS.memory, 0.0))
    monkeypatch.setattr(check, "MOST_SECONDS", 0.0)
    done = CliRunner().invoke(main, [name, str(document if name == "extract" else BOOK)])
    assert done.exit_code == 2
    assert ("for no fault of the file" if name == "extract" else "le fichier n’est pas en cause") in done.output
