"""What the tests of the shipped input read: the reference, the notes, the rows, the source report."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from sources.reference.roadmap import Reference, load_reference
from tools.reconstitution.published import Published, load_published

PROGRESS_NOTE = "2024-12-17_etat-avancement_CNS-12.md"
_ACTION = re.compile(r"^(\d{1,2}-\d)\. (.+)$", re.MULTILINE)
_PRIORITY = re.compile(r"^PRIORITÉ \d+\b.*", re.MULTILINE)


@dataclass(frozen=True)
class ActionBlock:
    """One action of a text in the published layout: title line, objective, and all that follows it."""

    title: str
    objective: str
    rest: str


def action_blocks(text: str) -> dict[str, ActionBlock]:
    """The actions of a text in the published layout, by code."""
    blocks = {}
    heads = list(_ACTION.finditer(text))
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        body = text[head.end() : following.start() if following else len(text)]
        body = _PRIORITY.split(body)[0]
        _, _, after = body.partition("→")
        objective, _, rest = after.partition("\n\n")
        blocks[head[1]] = ActionBlock(head[2], objective.strip(), rest)
    return blocks


@pytest.fixture(scope="session")
def reference(project_root: Path) -> Reference:
    return load_reference(project_root / "dbt_project" / "seeds")


@pytest.fixture(scope="session")
def published(reference: Reference) -> Published:
    return load_published(reference)


@pytest.fixture(scope="session")
def inbox(project_root: Path) -> Path:
    return project_root / "sources" / "inbox"


@pytest.fixture(scope="session")
def reports(inbox: Path) -> Path:
    return inbox / "reports"


@pytest.fixture(scope="session")
def note(reports: Path) -> dict[str, ActionBlock]:
    return action_blocks((reports / PROGRESS_NOTE).read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def report(seeds_dir: Path) -> dict[str, ActionBlock]:
    """The published report itself; skips where it is not on the machine."""
    (path,) = seeds_dir.glob("000_*.txt")
    return action_blocks(path.read_text(encoding="utf-8"))
