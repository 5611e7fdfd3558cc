"""A command that a message names is whole: it works as it is printed, for the session and the folders it was about."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from orchestration.cli import main
from sources.command_line import command, remember_call
from sources.landing.store import Landing

PACKAGES = ("orchestration", "sources", "quality", "exports")
# a command inside backticks or guillemets of a message
NAMED = re.compile(r"[`«]\s?(jalon [^`»]+?)\s?[`»]")


def modules(project: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Every module of the product, parsed, by its place in the project."""
    for package in PACKAGES:
        for path in sorted((project / package).rglob("*.py")):
            yield path.relative_to(project), ast.parse(path.read_text(encoding="utf-8"))


def texts(project: Path) -> list[tuple[str, str]]:
    """Every text of the product that is no docstring, with its place; f-strings by their constant parts."""
    found = []
    for path, tree in modules(project):
        docs = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        found += [
            (f"{path}:{node.lineno}", node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
        ]
    return found


def parsed(line: str) -> None:
    """Parse a command line as the shell and click do; nothing is executed. click.UsageError when it is not whole."""
    name, *arguments = shlex.split(line)[1:]
    if not arguments:  # a command that is spoken of, no line to run
        return
    subcommand = main.commands[name]
    # files that a hint names need not be there
    for parameter in subcommand.params:
        if isinstance(parameter.type, click.Path):
            parameter.type.exists = False
    with subcommand.make_context(name, arguments):
        pass


def test_every_command_named_in_a_message_parses_as_it_stands(project_root: Path) -> None:
    wrong = []
    for place, text in texts(project_root):
        for line in NAMED.findall(text):
            try:
                parsed(line)
            except (click.UsageError, KeyError, ValueError) as error:
                wrong.append(f"{place}: {line} ({error})")
    assert wrong == []


def built(project: Path) -> list[tuple[str, str]]:
    """Every command that the product builds for a message, with its place; what is only known then is stood in for."""
    found = []
    for path, tree in modules(project):
        named = {
            node.targets[0].id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "command"):
                continue
            if node.keywords or path.name == "mailbox.py":  # click's own commands, and those of IMAP
                continue
            values = [value for given in node.args for value in spread(given, named)]
            arguments = [stand_in(values, rank) for rank in range(len(values))]
            found.append((f"{path}:{node.lineno}", shlex.join(["jalon", *arguments])))
    return found


def spread(given: ast.expr, named: dict[str, ast.expr]) -> list[ast.expr]:
    """One argument, or those of the tuple that a starred name stands for."""
    if not isinstance(given, ast.Starred):
        return [given]
    assert isinstance(given.value, ast.Name)
    listed = named[given.value.id]
    assert isinstance(listed, ast.Tuple | ast.List)
    return listed.elts


def stand_in(values: list[ast.expr], rank: int) -> str:
    """The argument itself where it is written, else a session after --session and a word elsewhere."""
    value, before = values[rank], values[rank - 1]
    if isinstance(value, ast.Constant):
        return str(value.value)
    return "CNS-12" if isinstance(before, ast.Constant) and before.value == "--session" else "reçu"


def test_every_command_that_a_message_is_given_parses(project_root: Path) -> None:
    lines = built(project_root)
    assert len(lines) > 30
    wrong = []
    for place, line in lines:
        try:
            parsed(line)
        except (click.UsageError, KeyError, ValueError) as error:
            wrong.append(f"{place}: {line} ({error})")
    assert wrong == []


@pytest.mark.parametrize("name", ["publish", "send", "review"])
def test_what_cannot_be_undone_has_no_default_session(name: str) -> None:
    done = CliRunner().invoke(main, [name])
    assert done.exit_code == 2
    assert "--session" in done.output


def test_a_hint_repeats_the_folders_that_were_given_and_is_quoted() -> None:
    try:
        remember_call(".venv/bin/jalon", ["--home", "/srv/essai d’hiver"])
        line = command("report", "--session", "CNS-13", "--reason", "reçu d’un tiers")
        assert shlex.split(line) == [
            ".venv/bin/jalon",
            "report",
            "--session",
            "CNS-13",
            "--reason",
            "reçu d’un tiers",
            "--home",
            "/srv/essai d’hiver",
        ]
        remember_call("/work/orchestration/__main__.py", [])
        assert command("rebuild") == "jalon rebuild"
    finally:
        remember_call("jalon", [])


def said(home: Path, *arguments: str) -> tuple[int, str]:
    """The exit code of a command on that home, and all that it printed."""
    return executed(shlex.join(["jalon", *arguments, "--home", str(home), "--inbox", str(home.parent / "inbox")]))


def executed(line: str) -> tuple[int, str]:
    """The same of a line as it was printed."""
    done = CliRunner().invoke(main, shlex.split(line)[1:])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def hint(home: Path, output: str) -> str:
    """The one command of an output; it names the home that the user named."""
    [line] = dict.fromkeys(NAMED.findall(output))
    assert shlex.quote(str(home)) in line
    return str(line)


def test_a_missing_backup_is_made_by_the_line_printed(tmp_path: Path) -> None:
    home, kept = tmp_path / "la maison", tmp_path / "sauvegardes d’hiver"
    for folder in (home, kept, tmp_path / "inbox"):
        folder.mkdir()
    Landing(home).open()
    code, output = said(home, "backup", "--verify", str(kept))
    assert code == 1
    assert executed(hint(home, output))[0] == 0
    assert said(home, "backup", "--verify", str(kept))[0] == 0


def test_a_template_is_checked_by_the_line_printed(tmp_path: Path) -> None:
    home = tmp_path / "la maison"
    home.mkdir()
    code, output = said(home, "look", "--out", str(tmp_path / "mon modèle.docx"))
    assert code == 0
    assert executed(hint(home, output))[0] == 0
