"""The shipped French: in our own words, and set as French is set."""

import re
from pathlib import Path

import pytest

RUN = 11
NBSP, NNBSP = "\u00a0", "\u202f"
# Lines that are names, not sentences: titles of the report, of the consultation, entries of a glossary, table rows.
_NAMES = re.compile(
    r"^(?:#|PRIORITÉ|\d+-\d+\. |\||- Priorité \d+ de la concertation|- [^.:]+ \((?:[\w’-]+)(?: également)?\)$)"
)


def shipped(root: Path) -> list[Path]:
    return [
        *sorted((root / "sources/inbox/reports").glob("*.md")),
        *sorted((root / "tools/reconstitution").glob("*.csv")),
    ]


def words(text: str) -> list[str]:
    return re.findall(r"[\w]+", text.lower())


def sentences(path: Path) -> list[str]:
    """The runs of lines of a file that are sentences, cut where a name stands."""
    runs = [""]
    previous = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        is_name = bool(_NAMES.match(line)) or previous.startswith("PRIORITÉ")
        previous = line if line else previous
        if is_name:
            runs.append("")
        else:
            runs[-1] += f" {line}"
    return runs


@pytest.fixture(scope="session")
def source_runs(seeds_dir: Path) -> set[tuple[str, ...]]:
    runs = set()
    for path in seeds_dir.glob("*.txt"):
        told = words(path.read_text(encoding="utf-8"))
        runs |= {tuple(told[at : at + RUN]) for at in range(len(told) - RUN + 1)}
    return runs


def test_no_sentence_of_the_sources(project_root: Path, source_runs: set[tuple[str, ...]]) -> None:
    copied = []
    for path in shipped(project_root):
        for text in sentences(path):
            told = words(text)
            copied += [
                (path.name, " ".join(run))
                for at in range(len(told) - RUN + 1)
                if (run := tuple(told[at : at + RUN])) in source_runs
            ]
    assert copied == []


@pytest.mark.parametrize(
    ("fault", "pattern"),
    [
        ("a straight apostrophe", r"'"),
        ("a plain space before : ; ! ? » %", r" [:;!?»%]"),
        ("a plain space after «", r"« "),
        ("no space before ; ! ? »", r"[^\s\u00a0\u202f];|[^\s\u00a0\u202f][!?»]"),
        ("a plain space inside a number", r"(?<!\d)\d{1,3} \d{3}(?!\d)"),
        ("a thousands space that joins a year to a number", r"(?<!\d)\d{4}\u202f"),
        ("three dots", r"\.\.\."),
        ("two spaces", r"  "),
        ("a space at the end of a line", r"[ \t]+$"),
        ("a capital that lost its accent", r"\b(?:A (?:la|l’|fin|ce)|Etat|Evaluation clinique et économique de)\b"),
    ],
)
def test_french_typography(project_root: Path, fault: str, pattern: str) -> None:
    found = []
    for path in shipped(project_root):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if line.startswith("| ---"):
                continue
            text = re.sub(r"https?://[^\s)]+", "", line)
            found += [
                (path.name, number, text[max(0, hit.start() - 20) : hit.end() + 20])
                for hit in re.finditer(pattern, text)
            ]
    assert found == [], fault


def test_every_note_says_that_its_words_are_ours(project_root: Path) -> None:
    silent = [
        path.name
        for path in (project_root / "sources/inbox/reports").glob("*.md")
        if "formulation" not in "".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:8])
    ]
    assert silent == []
