"""The DNS's own template and theme: taken from where it leaves them, checked, part of what a rendering depends on."""

from dataclasses import replace
from pathlib import Path

import pytest

from exports.packing import read_package, write_package
from exports.word.styles import TEMPLATE
from orchestration.commands.look import look
from orchestration.services.runtime.paths import Paths
from orchestration.services.session.appearance import dashboard_theme, template_of
from orchestration.services.session.report_cache import inputs_fingerprint
from orchestration.services.session.state import RenderInputs


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "home", tmp_path / "inbox")


def left(paths: Paths, content: bytes = b"") -> Path:
    path = paths.home / "modele-rapport.docx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content or TEMPLATE.read_bytes())
    return path


def test_without_a_setting_the_look_is_the_shipped_neutral_one(paths: Paths) -> None:
    assert template_of(paths) is None
    assert dashboard_theme() == "neutral"


def test_a_template_left_in_the_home_is_taken(paths: Paths) -> None:
    assert left(paths) == template_of(paths)


def test_the_theme_is_the_states_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_DASHBOARD_THEME", "etat")
    assert dashboard_theme() == "etat"


def test_another_theme_is_another_rendering(paths: Paths) -> None:
    neutral = RenderInputs("CNS-12", 1, (), (), None, None)
    key = paths.memo.key("sources.errors", data=[neutral.decides])
    assert paths.memo.key("sources.errors", data=[replace(neutral, theme="etat").decides]) != key
    changed = replace(neutral, template=left(paths))
    assert paths.memo.key("sources.errors", data=[changed.decides]) != key


def test_another_look_is_something_new_to_report(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    paths.inbox.mkdir()
    seen = [inputs_fingerprint(paths)]
    left(paths)
    seen.append(inputs_fingerprint(paths))
    monkeypatch.setenv("JALON_DASHBOARD_THEME", "etat")
    seen.append(inputs_fingerprint(paths))
    assert len(set(seen)) == 3


def test_the_shipped_template_is_given_once_and_never_over_a_file(
    paths: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a" / "modele.docx"
    assert look(paths, out, None) == 0
    assert out.read_bytes() == TEMPLATE.read_bytes()
    assert str(paths.home / "modele-rapport.docx") in capsys.readouterr().out
    assert look(paths, out, None) == 1
    assert "existe déjà" in capsys.readouterr().err


def test_what_a_template_lacks_is_said_before_any_rendering(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    parts = read_package(TEMPLATE)
    parts["word/styles.xml"] = parts["word/styles.xml"].replace(b"Jalon chapeau", b"Autre")
    path = left(paths, content=write_package(parts))
    assert look(paths, None, path) == 1
    assert look(paths, None, None) == 1
    assert capsys.readouterr().err.count("le style « Jalon chapeau »") == 2
    left(paths)
    assert look(paths, None, None) == 0


def test_an_unknown_theme_is_said_with_those_there_are(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JALON_DASHBOARD_THEME", "fleuri")
    assert look(paths, None, None) == 1
    assert "etat, neutral" in capsys.readouterr().err
