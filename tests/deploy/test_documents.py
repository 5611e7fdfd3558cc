"""The runbook, the cycle and the threat model say what is there: every command, unit, variable and test they name."""

import ast
import re
import shlex
from functools import cache
from pathlib import Path

import click
import pytest

from orchestration.cli import main
from orchestration.services.runtime.paths import PROJECT

PAGES = sorted([*(PROJECT / "docs" / "operations").glob("*.md"), *(PROJECT / "docs" / "security").glob("*.md")])
RUNBOOK = (PROJECT / "docs" / "operations" / "runbook.md").read_text()
ENTRIES = re.findall(r"^## (« .+?)\n(.*?)(?=^## |\Z)", RUNBOOK, re.M | re.S)


def commands(text: str) -> list[str]:
    """The lines of the shell blocks of a page, one command each."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", text, re.M | re.S)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [part.strip() for line in lines if line and not line.startswith("#") for part in line.split(" && ")]


JALON = sorted(
    {
        (page.name, line.removeprefix("sudo "))
        for page in PAGES
        for line in commands(page.read_text())
        if line.removeprefix("sudo ").startswith("jalon ")
    }
)


@pytest.mark.parametrize(("page", "line"), JALON)
def test_every_command_a_page_gives_is_one_that_the_program_takes(page: str, line: str) -> None:
    words = shlex.split(line.replace(" S ", " CNS-13 ").replace(" S", " CNS-13"), comments=True)
    name, *arguments = words[1:]
    command = main.commands.get(name)
    assert command is not None, f"{page}: no command jalon {name}"
    if "--help" in arguments:
        return
    # files of the examples need not be there
    relaxed = click.Command(
        name, params=[_without_files(parameter) for parameter in command.params], callback=lambda **_: None
    )
    relaxed.make_context(name, arguments)


def _without_files(parameter: click.Parameter) -> click.Parameter:
    """The parameter, any path being good."""
    import copy

    relaxed = copy.copy(parameter)
    if isinstance(parameter.type, click.Path):
        relaxed.type = click.STRING
    return relaxed


@pytest.mark.parametrize(("title", "body"), ENTRIES, ids=[title for title, _ in ENTRIES])
def test_every_situation_says_what_is_seen_where_to_look_what_to_do_and_how_to_check(title: str, body: str) -> None:
    for part in ("**Seen**", "**Look**", "**Do**", "**Check**", "*Tried by*"):
        assert part in body, f"{title}: {part}"


def test_the_situations_asked_for_are_there() -> None:
    titles = " ".join(title for title, _ in ENTRIES)
    for words in (
        "file vanished",
        "draft is wrong",
        "machine died",
        "session was moved",
        "disk is full",
        "UI does not",
    ):
        assert words in titles, words
    assert len(ENTRIES) >= 12


@cache
def named_tests(path: str) -> set[str]:
    tree = ast.parse((PROJECT / path).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_a_page_names_is_there(page: Path) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page.read_text())
    gone = [
        f"{path}::{test}"
        for path, test in named
        if not (PROJECT / path).is_file() or (test and test not in named_tests(path))
    ]
    assert gone == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_unit_script_and_page_a_page_names_is_there(page: Path) -> None:
    text = page.read_text()
    units = set(re.findall(r"\bjalon-[a-z]+\.(?:service|timer)\b|\bjalon\.target\b", text))
    assert [unit for unit in units if not (PROJECT / "deploy" / "systemd" / unit).is_file()] == []
    scripts = set(re.findall(r"(?<!tests/)\bdeploy/[\w./-]+[\w/]", text))
    missing = [name for name in scripts if not (PROJECT / name).exists() and "secrets" not in name]
    assert missing == []
    links = re.findall(r"\]\((?!http)([^)#]+)", text)
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_setting_a_page_or_an_example_names_is_read_somewhere() -> None:
    code = "".join(
        path.read_text()
        for folder in ("orchestration", "exports", "deploy/bin", "deploy/compose", "tests/e2e")
        for path in (PROJECT / folder).rglob("*")
        if path.is_file() and path.suffix in {".py", "", ".yaml"} and "__pycache__" not in path.parts
    )
    code += (PROJECT / "dbt_project" / "profiles.yml").read_text()
    texts = [*(page.read_text() for page in PAGES), (PROJECT / "deploy" / "etc" / "jalon.env").read_text()]
    named = {name for text in texts for name in re.findall(r"\bJALON_[A-Z]+(?:_[A-Z]+)*\b", text)}
    unread = {name for name in named if name not in code and f'"{name.partition("_")[2]}' not in code}
    assert unread == set()
